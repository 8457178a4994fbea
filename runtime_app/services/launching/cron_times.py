"""When a cron is due in somebody's time zone, right through both changes of the clock.

The clock jumps ahead: a time that does not exist that day is due as much later (2:30 becomes 3:30). It falls
back: a time that exists twice is due once, the first time. A cron for every hour goes on hour by hour through
both, as cron itself does (cron(8), "daylight saving time").
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from croniter import CroniterBadDateError, croniter

from runtime_app.services.wiring.alarms import BadSchedule, check_cron

TIMES_SHOWN = 5
FIELDS = 5
EVERY_HOUR = ("*", "*/1")
# Longer than clocks are ever changed by.
MARGIN = timedelta(hours=3)


def check(cron: str) -> str:
    """The cron, tidied: minute, hour, day, month, weekday.

    Raises:
        BadSchedule: it is none, or is never due.
    """
    tidied = check_cron(cron)
    if len(tidied.split()) != FIELDS:
        raise BadSchedule("A cron has five parts here: minute, hour, day, month and weekday, e.g. 0 8 * * 1.")
    return tidied


def next_times(cron: str, zone: ZoneInfo, after: datetime, count: int = TIMES_SHOWN) -> list[datetime]:
    """The next moments after `after`, in UTC, at most `count`."""
    found: set[datetime] = set()
    for wall in _walls(cron, after.astimezone(zone).replace(tzinfo=None) - MARGIN):
        instants = _instants(wall, zone, every_hour=cron.split()[1] in EVERY_HOUR)
        if len(found) >= count:
            nearest = sorted(found)[:count]
            if wall.replace(tzinfo=zone).astimezone(UTC) > nearest[-1] + MARGIN:
                return nearest
        found.update(moment for moment in instants if moment > after)
    return sorted(found)[:count]


def next_time(cron: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The next moment after `after`; None when there is none any more."""
    return next(iter(next_times(cron, zone, after, 1)), None)


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks in this zone ever show this time, given without a zone."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def zone_names() -> list[str]:
    """The IANA names of places, and UTC first."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return ["UTC", *sorted(places)]


def _walls(cron: str, start: datetime) -> Iterator[datetime]:
    """What the clock on the wall shows when it is due."""
    walls = croniter(cron, start, ret_type=datetime)
    while True:
        try:
            yield walls.get_next()
        except CroniterBadDateError:
            return


def _instants(wall: datetime, zone: ZoneInfo, *, every_hour: bool) -> list[datetime]:
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if not every_hour:
        # Where the time does not exist, fold 0 counts by the clock before the jump (PEP 495): as much later.
        return [first]
    if not exists(wall, zone):
        return []
    return [first, wall.replace(tzinfo=zone, fold=1).astimezone(UTC)]
