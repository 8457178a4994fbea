"""Which requests to make in a cycle: the fewest that cover everything that is due. Pure functions.

A single GET brings one activation. A list window (`since`, `upto`, `docs=true`) brings every record that
started in it, many at once, but also those that are known already, page after page. So neighbours in time
share a window as long as fewer known records lie between them than fit on a page, and a window is used only
where it costs fewer requests than asking one by one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to ask for, started between `earliest_ms` and `latest_ms` (epoch ms, the server's clock)."""

    activation_id: str
    earliest_ms: int
    latest_ms: int


@dataclass(frozen=True, slots=True)
class Single:
    """GET /activations/ID."""

    waiting: Waiting

    @property
    def covers(self) -> tuple[Waiting, ...]:
        """What this request answers."""
        return (self.waiting,)

    @property
    def cost(self) -> int:
        """Requests."""
        return 1


@dataclass(frozen=True, slots=True)
class Window:
    """GET /activations?docs=true&since=…&upto=…, in `cost` pages at the most."""

    since_ms: int
    upto_ms: int
    covers: tuple[Waiting, ...]
    cost: int


Request = Single | Window


def plan(waiting: Iterable[Waiting], known_starts: Sequence[int], *, page_size: int) -> list[Request]:
    """The requests for one cycle.

    `known_starts`: sorted start times (epoch ms) of records that are known and would come along. `page_size`:
    how many records one list request brings. No plan costs more than one request for each that waits.
    """
    ordered = sorted(waiting, key=lambda item: (item.earliest_ms, item.latest_ms))
    requests: list[Request] = []
    for group in _groups(ordered, known_starts, page_size):
        window = _window(group, known_starts, page_size)
        requests += [window] if window.cost < len(group) else [Single(item) for item in group]
    return requests


def _groups(
    ordered: Sequence[Waiting], known_starts: Sequence[int], page_size: int
) -> Iterable[list[Waiting]]:
    """Runs of neighbours with less than a page of known records in each gap."""
    group: list[Waiting] = []
    reach = 0
    for item in ordered:
        if group and _known_between(known_starts, reach + 1, item.earliest_ms - 1) >= page_size:
            yield group
            group, reach = [], 0
        group.append(item)
        reach = max(reach, item.latest_ms)
    if group:
        yield group


def _window(group: list[Waiting], known_starts: Sequence[int], page_size: int) -> Window:
    since, upto = group[0].earliest_ms, max(item.latest_ms for item in group)
    records = _known_between(known_starts, since, upto) + len(group)
    return Window(since, upto, tuple(group), cost=-(-records // page_size))


def _known_between(known_starts: Sequence[int], first_ms: int, last_ms: int) -> int:
    return max(0, bisect_right(known_starts, last_ms) - bisect_left(known_starts, first_ms))
