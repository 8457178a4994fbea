"""From the parameters of a feed to the times at which its trigger fires."""

from __future__ import annotations

import json
import zoneinfo
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from standalone.alarms.cron import parse_cron
from standalone.clock import now_ms
from standalone.errors import ApiError

ALARM, INTERVAL, ONCE = "alarm", "interval", "once"
KINDS = (ALARM, INTERVAL, ONCE)
MINUTE_MS = 60_000
AFTER_FIRE = ("false", "true", "rules")


@dataclass(frozen=True)
class Schedule:
    """When a trigger fires, with what, until when. Times are epoch milliseconds."""

    kind: str
    payload: dict[str, Any]
    start_ms: int | None = None
    stop_ms: int | None = None
    cron: str | None = None
    timezone: str = "UTC"
    minutes: int = 0
    delete_after_fire: str = "false"

    def next_after(self, moment_ms: int, fired_before: bool) -> int | None:
        """The next time to fire after `moment_ms`; None when it is over."""
        found = self._next(moment_ms, fired_before)
        return None if found is None or (self.stop_ms is not None and found > self.stop_ms) else found

    def _next(self, moment_ms: int, fired_before: bool) -> int | None:
        start_ms = self.start_ms if self.start_ms is not None else moment_ms
        if self.kind == ONCE:
            return None if fired_before else start_ms
        if self.kind == INTERVAL:
            if moment_ms < start_ms:
                return start_ms
            every_ms = self.minutes * MINUTE_MS
            return start_ms + ((moment_ms - start_ms) // every_ms + 1) * every_ms
        moment = datetime.fromtimestamp(max(moment_ms, start_ms) / 1000, UTC)
        zone = zoneinfo.ZoneInfo(self.timezone)
        found = parse_cron(self.cron or "").next_after(moment, zone)
        return int(found.timestamp() * 1000) if found else None

    def as_told(self) -> dict[str, Any]:
        """The schedule in the words of the feed's own parameters, as the answer to READ has them."""
        told: dict[str, Any] = {"payload": self.payload}
        if self.kind == ONCE:
            return told | {"date": _iso(self.start_ms), "deleteAfterFire": self.delete_after_fire}
        told |= {"startDate": _iso(self.start_ms), "stopDate": _iso(self.stop_ms)}
        if self.kind == INTERVAL:
            return told | {"minutes": self.minutes}
        return told | {"cron": self.cron, "timezone": self.timezone}

    def document(self) -> dict[str, Any]:
        return asdict(self)


def parse_schedule(kind: str, given: dict[str, Any]) -> Schedule:
    """Check a feed's parameters; ApiError 400 with a sentence when they cannot be."""
    if kind not in KINDS:
        raise _bad(f"there is no feed '{kind}'")
    payload = _payload(given.get("trigger_payload"))
    after = str(given.get("deleteAfterFire", "false")).lower()
    if after not in AFTER_FIRE:
        raise _bad("deleteAfterFire parameter must be one of [false, true, rules]")
    if kind == ONCE:
        return Schedule(kind, payload, start_ms=_date(given, "date", required=True), delete_after_fire=after)
    start_ms, stop_ms = _date(given, "startDate"), _date(given, "stopDate")
    if start_ms is not None and stop_ms is not None and stop_ms <= start_ms:
        raise _bad("stopDate parameter must be greater than the startDate parameter")
    if kind == INTERVAL:
        # An interval needs a fixed beginning, or a restart of the server would shift it.
        return Schedule(kind, payload, start_ms or now_ms(), stop_ms, minutes=_minutes(given.get("minutes")))
    return Schedule(kind, payload, start_ms, stop_ms, _cron(given.get("cron")), _zone(given.get("timezone")))


def _bad(reason: str) -> ApiError:
    return ApiError(400, reason)


def _payload(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {"payload": value}
    return value if isinstance(value, dict) else {}


def _date(given: dict[str, Any], name: str, required: bool = False) -> int | None:
    """An ISO 8601 date or epoch milliseconds, in the future."""
    value = given.get(name)
    if value is None:
        if required:
            raise _bad(f"trigger feed is missing the {name} parameter")
        return None
    try:
        moment_ms = value if isinstance(value, int) else _iso_ms(str(value))
    except (ValueError, OverflowError):
        raise _bad(f"{name} parameter '{value}' is not a valid Date") from None
    if moment_ms <= now_ms():
        raise _bad(f"{name} parameter '{value}' must be in the future")
    return moment_ms


def _iso(moment_ms: int | None) -> str | None:
    return None if moment_ms is None else datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat()


def _iso_ms(text: str) -> int:
    if text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _minutes(value: Any) -> int:
    if value is None:
        raise _bad("interval trigger feed is missing the minutes parameter")
    try:
        minutes = int(value)
    except (TypeError, ValueError):
        minutes = 0
    if not 1 <= minutes <= 527_040:  # a year
        raise _bad("the minutes parameter must be an integer greater than or equal to 1")
    return minutes


def _cron(value: Any) -> str:
    if not isinstance(value, str):
        raise _bad("cron trigger feed is missing the cron parameter")
    try:
        parse_cron(value)
    except ValueError as error:
        raise _bad(f"cron pattern '{value}' is not valid: {error}") from None
    return value


def _zone(value: Any) -> str:
    if value is None:
        return "UTC"
    if value not in zoneinfo.available_timezones():
        raise _bad(f"timezone '{value}' is not known")
    return str(value)
