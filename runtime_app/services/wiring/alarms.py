"""When an alarm fires: cron, interval or a date, in UTC, as the alarms package reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from runtime_app.services.wiring.feeds import ALARMS, Feed

TIMES_SHOWN = 5
# minute hour day month weekday, or with seconds in front (apache/openwhisk-package-alarms README).
CRON_FIELDS = (5, 6)
OTHER_SETTINGS = ("timezone", "strict", "deleteAfterFire")
LONGEST_MINUTES = 60 * 24 * 366
# What croniter raises for texts that are none, its own errors being ValueErrors.
NOT_A_CRON = (ValueError, KeyError, AttributeError)


class AlarmKind(StrEnum):
    """The feeds of the alarms package."""

    ALARM = "alarm"
    INTERVAL = "interval"
    ONCE = "once"


class BadSchedule(ValueError):
    """A schedule that no alarm would take. The text is one sentence for the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm. Of `cron`, `minutes` and `date` the one that `kind` needs is set."""

    kind: AlarmKind
    cron: str = ""
    minutes: int | None = None
    date: datetime | None = None
    payload: dict[str, Any] | None = None
    starts: datetime | None = None
    stops: datetime | None = None
    # What else the feed was told elsewhere (`timezone`, `strict`, `deleteAfterFire`), to be told again.
    others: dict[str, Any] = field(default_factory=dict)

    @property
    def feed(self) -> Feed:
        """The feed and what it is told."""
        told: dict[str, Any] = {**self.others, "trigger_payload": self.payload or {}}
        limits = {"startDate": self.starts, "stopDate": self.stops}
        told |= {name: moment.isoformat() for name, moment in limits.items() if moment}
        if self.kind is AlarmKind.ALARM:
            told["cron"] = self.cron
        elif self.kind is AlarmKind.INTERVAL:
            told["minutes"] = self.minutes
        elif self.date is not None:
            told["date"] = self.date.isoformat()
        return Feed(f"{ALARMS}{self.kind}", told)

    def next_times(
        self, start: datetime, times: int = TIMES_SHOWN, *, since: datetime | None = None
    ) -> list[datetime]:
        """When it fires after `start`, at most `times` moments; none for settings that make no sense.

        An interval without a first date counts from `since`, when it was set up; else from `start`.
        """
        moments = self._unlimited_times(start, times, self.starts or since or start)
        return [moment for moment in moments if self.stops is None or moment <= self.stops]

    @property
    def zone(self) -> str:
        """The time zone of the cron. Adobe reads every cron in UTC (prepackages.md)."""
        return str(self.others.get("timezone") or "UTC")

    def _unlimited_times(self, start: datetime, times: int, since: datetime) -> list[datetime]:
        if self.kind is AlarmKind.ALARM:
            begin = max(start, self.starts or start)
            try:
                return _cron_times(self.cron, begin.astimezone(ZoneInfo(self.zone)), times)
            except (*NOT_A_CRON, OSError):
                return []
        if self.kind is AlarmKind.INTERVAL:
            step = timedelta(minutes=self.minutes or 0)
            if not step:
                return []
            passed = max(0, (start - since) // step) if start >= since else -1
            return [since + step * (passed + number) for number in range(1, times + 1)]
        return [self.date] if self.date is not None and self.date > start else []

    @property
    def sentence(self) -> str:
        """The schedule in a few words."""
        if self.kind is AlarmKind.ALARM:
            return f"By the cron {self.cron}, in {self.zone}{self._limits_in_words()}"
        if self.kind is AlarmKind.INTERVAL:
            return f"Every {self.minutes} minute{'' if self.minutes == 1 else 's'}{self._limits_in_words()}"
        return f"Once, on {self.date:%Y-%m-%d at %H:%M} UTC" if self.date else "Once"

    def _limits_in_words(self) -> str:
        words = (("from", self.starts), ("until", self.stops))
        return "".join(f", {word} {moment:%Y-%m-%d %H:%M %Z}" for word, moment in words if moment)


def check_cron(text: str) -> str:
    """The cron, tidied.

    Raises:
        BadSchedule: it is none, or never fires.
    """
    cron = " ".join(text.split())
    if len(cron.split()) not in CRON_FIELDS:
        raise BadSchedule("A cron has five parts: minute, hour, day, month and weekday, e.g. 0 8 * * 1.")
    try:
        _cron_times(cron, timezone.now(), 1)
    except CroniterBadDateError as error:
        raise BadSchedule("This cron never fires: no date fits it.") from error
    except NOT_A_CRON as error:
        raise BadSchedule(f"“{cron}” is no cron: {_reason(error)}.") from error
    return cron


def alarm_from(feed_path: str, told: dict[str, Any]) -> Alarm | None:
    """The schedule behind a trigger's feed; None when the feed is no alarm or its settings are not known."""
    name = feed_path.removeprefix(ALARMS)
    if not feed_path.startswith(ALARMS) or name not in set(AlarmKind) or not told:
        return None
    payload = told.get("trigger_payload")
    minutes, date = told.get("minutes"), told.get("date")
    return Alarm(
        kind=AlarmKind(name),
        cron=str(told.get("cron") or ""),
        minutes=minutes if isinstance(minutes, int) and 0 < minutes <= LONGEST_MINUTES else None,
        date=_moment(date),
        payload=payload if isinstance(payload, dict) else None,
        starts=_moment(told.get("startDate")),
        stops=_moment(told.get("stopDate")),
        others={key: told[key] for key in OTHER_SETTINGS if told.get(key)},
    )


def _cron_times(cron: str, start: datetime, times: int) -> list[datetime]:
    has_seconds = len(cron.split()) == max(CRON_FIELDS)
    moments = croniter(cron, start, ret_type=datetime, second_at_beginning=has_seconds)
    return [moments.get_next() for _ in range(times)]


def _moment(date: Any) -> datetime | None:
    """ISO 8601 text as a moment, in UTC where it does not say."""
    try:
        moment = parse_datetime(date) if isinstance(date, str) else None
    except ValueError:
        return None
    return timezone.make_aware(moment, UTC) if moment and timezone.is_naive(moment) else moment


def _reason(error: Exception) -> str:
    if "out of range" in str(error):
        return "one of its numbers is out of range"
    return "one of its parts is neither a number, a range, a list nor *"
