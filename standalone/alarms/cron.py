"""Cron expressions: five fields, or six with seconds first. Sunday is 0 or 7; months and days have names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
HOURS = 24
YEARS_AHEAD = 8  # the 29th of February comes at the latest eight years later


@dataclass(frozen=True)
class Cron:
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The first matching second after `moment`, on the clock of `zone`; None if none comes for years.

        What is to happen every hour happens in both hours that a clock shows alike in autumn, and so goes on
        without a gap; what is to happen at set hours happens in the first of them only.
        """
        shown = moment.astimezone(zone)
        if len(self.hours) == HOURS:
            for clock in (shown, (moment + timedelta(hours=1)).astimezone(zone)):
                steady = self._search(moment.astimezone(timezone(clock.utcoffset() or timedelta())))
                if steady is not None and _same_on_clock(steady, steady.astimezone(zone)):
                    return steady
        found = self._search(shown)
        if found is not None and found.timestamp() <= moment.timestamp():
            return found.replace(fold=1)
        return found

    def _search(self, shown: datetime) -> datetime | None:
        """The first match after what a clock shows, by counting on without regard to its being set."""
        start = shown.replace(microsecond=0, tzinfo=None) + timedelta(seconds=1)
        found, last = start, start.replace(day=1) + timedelta(days=366 * YEARS_AHEAD)
        while found < last:
            later = self._first_step(found)
            if later is None:
                return found.replace(tzinfo=shown.tzinfo, fold=0)
            found = later
        return None

    def _first_step(self, at: datetime) -> datetime | None:
        """Where to look next when `at` does not match; None when it does."""
        midnight = at.replace(hour=0, minute=0, second=0)
        if at.month not in self.months:
            return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        if not self._day_matches(at):
            return midnight + timedelta(days=1)
        if at.hour not in self.hours:
            return at.replace(minute=0, second=0) + timedelta(hours=1)
        if at.minute not in self.minutes:
            return at.replace(second=0) + timedelta(minutes=1)
        if at.second not in self.seconds:
            return at + timedelta(seconds=1)
        return None

    def _day_matches(self, at: datetime) -> bool:
        by_month, by_week = at.day in self.days, at.isoweekday() % 7 in self.weekdays
        return by_month or by_week if self.either_day else by_month and by_week


def _same_on_clock(one: datetime, other: datetime) -> bool:
    return one.replace(tzinfo=None) == other.replace(tzinfo=None)


def parse_cron(text: str) -> Cron:
    """ValueError when the text is no cron expression."""
    fields = text.lower().split()
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) != 6:
        raise ValueError(f"'{text}' has {len(fields)} fields, not 5 or 6")
    seconds, minutes, hours, days, months, weekdays = fields
    return Cron(
        _numbers(seconds, 0, 59),
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        _numbers(days, 1, 31),
        _numbers(months, 1, 12, MONTHS),
        frozenset(day % 7 for day in _numbers(weekdays, 0, 7, WEEKDAYS)),
        # As in Vixie cron: with both kinds of days restricted, either of them suffices.
        either_day=not days.startswith("*") and not weekdays.startswith("*"),
    )


def _numbers(field: str, lowest: int, highest: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    return frozenset(number for part in field.split(",") for number in _range(part, lowest, highest, names))


def _range(part: str, lowest: int, highest: int, names: tuple[str, ...]) -> range:
    span, slash, step = part.partition("/")
    first, dash, last = span.partition("-")
    if span in ("*", "?"):
        low, high = lowest, highest
    else:
        low = _number(first, lowest, highest, names)
        high = _number(last, lowest, highest, names) if dash else (highest if slash else low)
    every = _number(step, 1, highest, ()) if slash else 1
    if low > high:
        raise ValueError(f"'{part}' runs backwards")
    return range(low, high + 1, every)


def _number(text: str, lowest: int, highest: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + lowest
    if not (text.isascii() and text.isdigit()) or not lowest <= int(text) <= highest:
        raise ValueError(f"'{text}' is not a number from {lowest} to {highest}")
    return int(text)
