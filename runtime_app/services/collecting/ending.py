"""How likely a job is to end now, from the runs of its action that have ended and those that still run.

A median of what has ended misleads while a batch is under way: the short ones end first. So every run
counts by the time it has been watched, whether it has ended or not: the rate of an age is how many ended at
that age, by how many seconds were spent at it. Pure functions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

FIRST_EDGE_SECONDS = 0.25
GROWTH = 1.25
STEPS = 60
# Ages in seconds at which a bin begins; the last one, of two days, has no end.
EDGES = (0.0, *(FIRST_EDGE_SECONDS * GROWTH**step for step in range(STEPS)))


@dataclass(frozen=True, slots=True)
class EndRates:
    """How many of the jobs of an age end in a second, by bins of age."""

    rates: tuple[float, ...]

    def at(self, age_seconds: float) -> float:
        """Ends a second, for a job that has been waited for this long."""
        return self.rates[_bin(age_seconds)]


def end_rates(ended_seconds: Iterable[float], running: Iterable[tuple[float, int]]) -> EndRates:
    """The rates that durations tell, and the ages of running jobs: each with how many are as old.

    Each bin begins with one end in as many seconds as its age, which is what may be expected of a job of
    which nothing else is known: what has run for an hour will hardly end within this second.
    """
    ends, stays, spent = [0] * len(EDGES), [0] * len(EDGES), [0.0] * len(EDGES)
    for seconds, count, ended in _runs(ended_seconds, running):
        index = _bin(seconds)
        ends[index] += ended
        stays[index] += count
        spent[index] += count * (max(0.0, seconds) - EDGES[index])
    beyond = 0
    for index in range(len(EDGES) - 2, -1, -1):
        beyond += stays[index + 1]
        spent[index] += beyond * (EDGES[index + 1] - EDGES[index])
    ages = (max(edge, FIRST_EDGE_SECONDS) for edge in EDGES)
    return EndRates(tuple((end + 1) / (time + age) for end, time, age in zip(ends, spent, ages, strict=True)))


def _runs(ended: Iterable[float], running: Iterable[tuple[float, int]]) -> Iterable[tuple[float, int, int]]:
    """An age, how many runs reached it, and how many of them ended at it."""
    yield from ((seconds, 1, 1) for seconds in ended)
    yield from ((seconds, count, 0) for seconds, count in running)


def _bin(age_seconds: float) -> int:
    return max(0, bisect_right(EDGES, age_seconds) - 1)


UNKNOWN = end_rates((), ())
