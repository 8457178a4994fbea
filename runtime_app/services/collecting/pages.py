"""Which page of the runtime's list to ask for next, when too many wait to ask for each. Pure functions.

A list window brings what has ended, old and new alike, a page at a time: with a thousand jobs under way, most
of a page is known already, and every look at all of them costs several requests. So a look is cut into pages,
and the page is asked for that is worth most: on which the most jobs have probably ended, weighted by how long
nobody has looked. A page is not worth a request until that is more than a price.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from runtime_app.services.collecting.planning import Request, Single, Waiting, Window

# By its square, the time since the last look is what jobs that have ended wait in all. By a high power
# nothing waits for long only because little is expected of it, and nothing is asked for sooner than all wait.
POWER = 8
# With one job a second ending on a page, it is asked for every 1.2 s; with sixteen, every 0.8 s.
PRICE = 3.0
# However unlikely an end is.
LONGEST_SECONDS = 20.0
# Foreign records and more ends than expected need some room.
FILLED = 0.97
HALVINGS = 12


@dataclass(frozen=True, slots=True)
class Awaited:
    """A job that may have ended, or `count` that are alike.

    Where their records will stand, and what is expected of each.
    """

    waiting: Waiting
    ends_per_second: float
    unasked_seconds: float
    count: int = 1

    @property
    def worth(self) -> float:
        """What it adds to a page."""
        return self.worth_after(0.0)

    @property
    def expected(self) -> float:
        """How many have probably ended since the last look."""
        return self.count * min(1.0, self.ends_per_second * max(0.0, self.unasked_seconds))

    def worth_after(self, seconds: float) -> float:
        """What it will add to a page in so many seconds, unless somebody looks before."""
        return self.count * self.ends_per_second * max(0.0, self.unasked_seconds + seconds) ** POWER


@dataclass(frozen=True, slots=True)
class Page:
    """One look: everything awaited between two places of an ordered list, for `cost` requests at the most."""

    awaited: tuple[Awaited, ...]
    cost: int = 1

    @property
    def request(self) -> Request:
        """What to ask: one alone is asked for by its id."""
        covers = tuple(each.waiting for each in self.awaited)
        if self.count == 1:
            return Single(covers[0])
        return Window(covers[0].earliest_ms, max(each.latest_ms for each in covers), covers, self.cost)

    @property
    def count(self) -> int:
        """How many jobs it looks for."""
        return sum(each.count for each in self.awaited)

    @property
    def is_dear(self) -> bool:
        """Whether to ask for several by their ids costs no more than the pages of their window."""
        return 1 < self.count <= self.cost

    @property
    def worth(self) -> float:
        """Expected ends for each request, weighted by how long nobody has looked."""
        return sum(each.worth for each in self.awaited) / self.cost

    @property
    def unasked_seconds(self) -> float:
        """How long nobody has looked for the one that was left alone longest."""
        return max(each.unasked_seconds for each in self.awaited)

    def is_worth(self, price: float) -> bool:
        """Whether to ask now."""
        return self.worth >= price or self.unasked_seconds >= LONGEST_SECONDS

    def seconds_until(self, price: float) -> float:
        """How long until it is worth `price`, or has been left alone for `LONGEST_SECONDS`; 0 for now."""
        if self.is_worth(price):
            return 0.0
        low, high = 0.0, max(0.0, LONGEST_SECONDS - self.unasked_seconds)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            reached = sum(each.worth_after(middle) for each in self.awaited)
            low, high = (low, middle) if reached >= price * self.cost else (middle, high)
        return high

    def halves(self) -> list[Page]:
        """Two smaller looks instead of this one; none where all that it looks for are alike."""
        middle = len(self.awaited) // 2
        return [Page(self.awaited[:middle]), Page(self.awaited[middle:])] if middle else []


def next_page(
    ordered: Sequence[Awaited], known_starts: Sequence[int], *, page_size: int, price: float = PRICE
) -> tuple[Page, float] | None:
    """What to ask for next, and in how many seconds it will be worth `price`; None when none waits.

    `ordered`: oldest first, by `earliest_ms` and then `latest_ms`. `known_starts`: sorted start times (epoch
    ms) of records that are known and would come along.
    """
    if not ordered:
        return None
    line = _Line(ordered, known_starts, page_size)
    best = line.page_from(max(range(len(ordered)), key=line.worth_from))
    if best.is_worth(price):
        return best, 0.0
    # The one that is worth most now need not be the first that is worth enough.
    stale = line.page_from(max(range(len(ordered)), key=lambda index: ordered[index].unasked_seconds))
    waits = ((page, page.seconds_until(price)) for page in (best, stale, *line.pages()))
    return min(waits, key=lambda each: each[1])


class _Line:
    """All that are awaited, in order, and how much of it fits on a page."""

    def __init__(self, ordered: Sequence[Awaited], known_starts: Sequence[int], page_size: int) -> None:
        self.ordered = ordered
        self.page_size = page_size
        self.below = [bisect_left(known_starts, each.waiting.earliest_ms) for each in ordered]
        self.upto = [bisect_right(known_starts, each.waiting.latest_ms) for each in ordered]
        self.expected = [0.0, *accumulate(each.expected for each in ordered)]
        self.worths = [0.0, *accumulate(each.worth for each in ordered)]
        self.ends = list(self._ends(page_size * FILLED))

    def worth_from(self, first: int) -> float:
        """What the page is worth that begins here."""
        return self.worths[self.ends[first]] - self.worths[first]

    def page_from(self, first: int) -> Page:
        """The page that begins here; where even one's own reach does not fit on one, several pages."""
        end = self.ends[first]
        if end == first + 1 and self._records(first, end) > self.page_size:
            return self._pages_from(first)
        return Page(tuple(self.ordered[first:end]))

    def pages(self) -> Iterator[Page]:
        """Everything that is awaited, page after page."""
        first = 0
        while first < len(self.ordered):
            yield (page := self.page_from(first))
            first += len(page.awaited)

    def _pages_from(self, first: int) -> Page:
        latest = self.ordered[first].waiting.latest_ms
        end = bisect_right(self.ordered, latest, lo=first + 1, key=lambda each: each.waiting.earliest_ms)
        cost = ceil(self._records(first, end) / self.page_size)
        page = Page(tuple(self.ordered[first:end]), cost)
        alone = self.ordered[first]
        return Page((alone,), alone.count) if page.count <= cost else page

    def _ends(self, room: float) -> Iterator[int]:
        """For each as the first of a page, the index behind the last that still fits."""
        end = 0
        for first in range(len(self.ordered)):
            end = max(end, first + 1)
            while end < len(self.ordered) and self._records(first, end + 1) <= room:
                end += 1
            yield end

    def _records(self, first: int, end: int) -> float:
        """How many records a look at these will probably bring."""
        return self.upto[end - 1] - self.below[first] + self.expected[end] - self.expected[first]
