"""From the parameters of a feed to the times at which its trigger fires."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from standalone.alarms.cron import parse_cron
from standalone.clock import now_ms
from standalone.errors import ApiError
from standalone.json_text import loads

ALARM, INTERVAL, ONCE = "alarm", "interval", "once"
KINDS = (ALARM, INTERVAL, ONCE)
Document = dict[str, Any]
PAYLOAD = "trigger_payload"
SETTINGS = {
    ALARM: ("cron", "timezone", "strict", "startDate", "stopDate"),
    INTERVAL: ("minutes", "startDate", "stopDate"),
    ONCE: ("date", "deleteAfterFire"),
}
# How the original names the feed that misses what it cannot do without.
REQUIRED = {ALARM: ("alarms", "cron"), INTERVAL: ("interval", "minutes"), ONCE: ("alarms once", "date")}
LAST = {ALARM: "cron", INTERVAL: "interval"}
MINUTE_MS = 60_000
LONGEST_MINUTES = 527_040  # a year
LATEST_MS = 10**14  # in the year 5138; Python's dates end in 9999
AFTER_FIRE = ("false", "true", "rules")


@dataclass(frozen=True)
class Schedule:
    """When a trigger fires, with what, until when. Times are epoch milliseconds."""

    kind: str
    payload: dict[str, Any] = field(default_factory=dict)
    start_ms: int | None = None
    stop_ms: int | None = None
    cron: str | None = None
    timezone: str = "UTC"
    minutes: int = 0
    delete_after_fire: str = "false"
    told: dict[str, Any] = field(default_factory=dict)
    """What the feed was told, but for the payload, in its own words."""
    changed_ms: int = 0
    over: str = ""
    """Why it fires no more."""

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

    def ended(self) -> Schedule:
        """The same, with what its READ says from now on."""
        reason = "firing once" if self.kind == ONCE else f"firing last scheduled {LAST[self.kind]} trigger"
        return replace(self, changed_ms=now_ms(), over=f"Automatically disabled after {reason}")

    def as_told(self) -> dict[str, Any]:
        """The schedule as the answer to READ has it."""
        return {"payload": self.payload, "strict": False, **self.told}

    def document(self) -> dict[str, Any]:
        return asdict(self)


def parse_schedule(kind: str, given: Document) -> Schedule:
    """CREATE: check a feed's parameters; ApiError 400 with the original's sentence when they cannot be."""
    if kind not in KINDS:
        raise _bad(f"there is no feed '{kind}'")
    missing, needed = REQUIRED[kind]
    told = _told(kind, given)
    if needed not in told:
        raise _bad(f"{missing} trigger feed is missing the {needed} parameter")
    # An interval needs a fixed beginning, or a restart of the server would shift it.
    start_ms = now_ms() if kind == INTERVAL else None
    empty = Schedule(kind, start_ms=start_ms, told={"startDate": start_ms} if start_ms else {})
    schedule = _with(empty, given, told)
    if schedule.next_after(now_ms(), fired_before=False) is None and kind == ALARM and schedule.stop_ms:
        raise _bad("the first scheduled trigger fire is not until after the stop date")
    return schedule


def changed_schedule(old: Schedule, given: Document) -> Schedule:
    """UPDATE: what is not told stays as it was. ApiError 400 as above."""
    told = _told(old.kind, given)
    if not told and not _is_told(given, PAYLOAD):
        raise _bad("no updatable parameters were specified")
    return _with(old, given, told)


def _told(kind: str, given: Document) -> Document:
    """The parameters that this kind of feed has, as far as they are told."""
    return {name: given[name] for name in SETTINGS[kind] if _is_told(given, name)}


def _is_told(given: Document, name: str) -> bool:
    """JavaScript's truth, by which the original decides: an empty object is told."""
    return bool(given.get(name)) or given.get(name) == {}


def _with(old: Schedule, given: Document, told: Document) -> Schedule:
    values: Document = {"payload": _payload(given[PAYLOAD])} if _is_told(given, PAYLOAD) else {}
    readers = {name: READERS[name] for name in told if name in READERS}
    values |= {attribute: read(name, told[name]) for name, (attribute, read) in readers.items()}
    if "minutes" in values:
        told = {**told, "minutes": values["minutes"]}
    return _checked(replace(old, told={**old.told, **told}, changed_ms=now_ms(), over="", **values))


def _checked(schedule: Schedule) -> Schedule:
    start_ms, stop_ms = schedule.start_ms, schedule.stop_ms
    if start_ms is not None and stop_ms is not None and stop_ms <= start_ms:
        start, stop = schedule.told["startDate"], schedule.told["stopDate"]
        raise _bad(f"stopDate parameter '{stop}' must be greater than the startDate parameter '{start}'")
    return schedule


def _bad(reason: str) -> ApiError:
    return ApiError(400, reason)


def _payload(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = loads(value)
        except (ValueError, RecursionError):
            return {"payload": value}
    return value if isinstance(value, dict) else {}


def _date(name: str, value: Any) -> int:
    """An ISO 8601 date or epoch milliseconds, in the future."""
    try:
        moment_ms = value if isinstance(value, int) else _iso_ms(str(value))
    except (ValueError, OverflowError):
        moment_ms = LATEST_MS + 1
    if moment_ms > LATEST_MS:
        raise _bad(f"{name} parameter '{value}' is not a valid Date")
    if moment_ms <= now_ms():
        raise _bad(f"{name} parameter '{value}' must be in the future")
    return moment_ms


def _iso_ms(text: str) -> int:
    if text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _minutes(name: str, value: Any) -> int:
    try:
        minutes = int(value)
        whole = minutes == float(value)
    except (TypeError, ValueError, OverflowError):
        minutes, whole = 0, False
    if not whole:
        raise _bad(f"the {name} parameter must be an integer")
    if minutes <= 0:
        raise _bad(f"the {name} parameter must be an integer greater than zero")
    if minutes > LONGEST_MINUTES:
        raise _bad(f"the {name} parameter must be at most {LONGEST_MINUTES}")
    return minutes


def _cron(name: str, value: Any) -> str:
    try:
        parse_cron(str(value))
    except ValueError:
        raise _bad(f"{name} pattern '{value}' is not valid") from None
    return str(value)


def _zone(name: str, value: Any) -> str:
    zone = str(value)
    if zone not in zoneinfo.available_timezones():
        raise _bad(f"Invalid {name}.")
    return zone


def _after_fire(name: str, value: Any) -> str:
    after = str(value).strip().lower()
    if after not in AFTER_FIRE:
        raise _bad(f"{name} parameter must be one of [false, true, rules].")
    return after


READERS: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "cron": ("cron", _cron),
    "timezone": ("timezone", _zone),
    "minutes": ("minutes", _minutes),
    "date": ("start_ms", _date),
    "startDate": ("start_ms", _date),
    "stopDate": ("stop_ms", _date),
    "deleteAfterFire": ("delete_after_fire", _after_fire),
}
"""The attribute that each setting becomes, and how it is read."""
