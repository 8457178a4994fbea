"""Which page of the runtime's list to ask for next, when too many wait to ask for each."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.collecting.ending import end_rates
from runtime_app.services.collecting.pages import LONGEST_SECONDS, PRICE, Awaited, Page, next_page
from runtime_app.services.collecting.planning import Single, Waiting, Window

PAGE_SIZE = 200


def awaited(start_ms: int, *, ends: float = 0.1, unasked: float = 1.0, reach_ms: int = 100) -> Awaited:
    """A job that starts within `reach_ms` after `start_ms`."""
    return Awaited(Waiting(str(start_ms), start_ms, start_ms + reach_ms), ends, unasked)


def in_order(crowd: Iterable[Awaited]) -> list[Awaited]:
    """Oldest first."""
    return sorted(crowd, key=lambda each: (each.waiting.earliest_ms, each.waiting.latest_ms))


def page_of(crowd: list[Awaited], known_starts: Sequence[int] = (), *, price: float = PRICE) -> Page:
    """What is asked for next, in how many seconds ever."""
    wanted = next_page(crowd, known_starts, page_size=PAGE_SIZE, price=price)
    assert wanted is not None
    return wanted[0]


CROWDS = st.lists(
    st.builds(
        awaited,
        st.integers(0, 60_000),
        ends=st.floats(0.0001, 2),
        unasked=st.floats(0, 60),
        reach_ms=st.integers(0, 3_000),
    ),
    min_size=1,
    max_size=80,
)
KNOWN = st.lists(st.integers(0, 60_000), max_size=400).map(sorted)


def test_where_none_waits_there_is_nothing_to_ask() -> None:
    assert next_page([], [], page_size=PAGE_SIZE) is None


def test_while_one_page_holds_all_it_is_the_page() -> None:
    crowd = in_order(awaited(n * 10) for n in range(100))
    page = page_of(crowd)
    assert page.awaited == tuple(crowd)
    assert page.request == Window(0, 1_090, tuple(each.waiting for each in crowd), cost=1)


def test_one_alone_is_asked_for_by_its_id() -> None:
    page = page_of([awaited(5)])
    assert isinstance(page.request, Single)


def test_the_page_on_which_most_is_expected_comes_first() -> None:
    dull = [awaited(n * 10, ends=0.01) for n in range(100)]
    lively = [awaited(60_000 + n * 10, ends=0.2) for n in range(100)]
    known = sorted(range(0, 60_000, 100))
    page = page_of(in_order(dull + lively), known)
    assert set(lively) <= set(page.awaited)


def test_what_was_just_looked_at_gives_way_to_what_was_not() -> None:
    seen = [awaited(n * 10, unasked=0.1) for n in range(150)]
    unseen = [awaited(60_000 + n * 10, ends=0.02, unasked=3) for n in range(150)]
    page = page_of(in_order(seen + unseen), sorted(range(0, 60_000, 100)))
    assert set(unseen) <= set(page.awaited)


def test_what_hardly_ends_is_looked_at_when_it_was_left_alone_for_long() -> None:
    forgotten = awaited(0, ends=1e-9, unasked=LONGEST_SECONDS + 1)
    crowd = in_order([forgotten, awaited(60_000, unasked=0.1)])
    page = page_of(crowd, list(range(1_000, 50_000, 100)))
    assert page.awaited == (forgotten,)
    assert page.is_worth(PRICE)


def test_jobs_that_started_at_once_and_fill_pages_are_read_page_after_page() -> None:
    crowd = in_order(Awaited(Waiting(str(n), 0, 500), 0.5, 1.0) for n in range(300))
    page = page_of(crowd, list(range(500)))
    assert page.cost > 1
    assert len(page.awaited) == 300


@given(CROWDS, KNOWN)
def test_a_page_holds_neighbours_and_its_window_covers_them(crowd: list[Awaited], known: list[int]) -> None:
    ordered = in_order(crowd)
    page = page_of(ordered, known)
    first = ordered.index(page.awaited[0])
    assert list(page.awaited) == ordered[first : first + len(page.awaited)]
    if isinstance(page.request, Window):
        for each in page.awaited:
            assert page.request.since_ms <= each.waiting.earliest_ms
            assert each.waiting.latest_ms <= page.request.upto_ms


@given(CROWDS, KNOWN, st.floats(0.1, 50))
def test_when_a_page_will_be_worth_its_price_is_foretold(
    crowd: list[Awaited], known: list[int], price: float
) -> None:
    wanted = next_page(in_order(crowd), known, page_size=PAGE_SIZE, price=price)
    assert wanted is not None
    page, seconds = wanted
    assert 0 <= seconds <= LONGEST_SECONDS
    later = [replace(each, unasked_seconds=each.unasked_seconds + seconds + 0.01) for each in page.awaited]
    assert Page(tuple(later), page.cost).is_worth(price)


@given(CROWDS, KNOWN)
def test_what_was_left_alone_for_too_long_is_asked_for_at_once(
    crowd: list[Awaited], known: list[int]
) -> None:
    wanted = next_page(in_order(crowd), known, page_size=PAGE_SIZE)
    assert wanted is not None
    if any(each.unasked_seconds >= LONGEST_SECONDS for each in crowd):
        assert wanted[1] == 0.0


def test_the_page_that_is_worth_it_soonest_is_waited_for_not_the_one_left_alone_longest() -> None:
    quiet = [awaited(n * 10, ends=1e-6, unasked=3) for n in range(100)]
    lively = [awaited(60_000 + n * 10, ends=0.2, unasked=0.3) for n in range(100)]
    wanted = next_page(in_order(quiet + lively), sorted(range(0, 60_000, 100)), page_size=PAGE_SIZE)
    assert wanted is not None
    page, seconds = wanted
    assert set(lively) <= set(page.awaited)
    assert 0 < seconds < 1


@given(CROWDS)
def test_the_halves_of_a_page_ask_for_the_same_jobs(crowd: list[Awaited]) -> None:
    page = page_of(in_order(crowd))
    halves = page.halves()
    assert (not halves) == (len(page.awaited) == 1)
    assert not halves or halves[0].awaited + halves[1].awaited == page.awaited


@dataclass
class Simulated:
    """Jobs of a runtime in simulated time: (start, end) in seconds, and a collector that asks by pages."""

    jobs: list[tuple[float, float]]
    lags: list[float] = field(default_factory=list)
    requests: int = 0
    home: set[int] = field(default_factory=set)
    asked: dict[int, float] = field(default_factory=dict)

    def run(self, *, step_seconds: float = 0.1) -> float:
        """Collect all; when the last came home."""
        now = 0.0
        while len(self.home) < len(self.jobs):
            now += step_seconds
            self.cycle(now)
        return now

    def cycle(self, now: float) -> None:
        while (page := self._page(now)) is not None:
            since = min(each.waiting.earliest_ms for each in page.awaited)
            upto = max(each.waiting.latest_ms for each in page.awaited)
            came = [
                number
                for number, (start, end) in enumerate(self.jobs)
                if since <= start * 1000 <= upto and end <= now
            ]
            self.requests += 1 + len(came) // PAGE_SIZE
            self.asked |= {int(each.waiting.activation_id): now for each in page.awaited}
            self.lags += [now - self.jobs[number][1] for number in set(came) - self.home]
            self.home |= set(came)

    def _page(self, now: float) -> Page | None:
        waiting = [n for n, (start, _) in enumerate(self.jobs) if start <= now and n not in self.home]
        rates = end_rates(
            [self.jobs[n][1] - self.jobs[n][0] for n in self.home],
            [(now - self.jobs[n][0], 1) for n in waiting],
        )
        crowd = in_order(
            Awaited(
                Waiting(str(n), int(start * 1000) - 100, int(start * 1000) + 100),
                rates.at(now - start),
                now - self.asked.get(n, start),
            )
            for n, start in ((n, self.jobs[n][0]) for n in waiting)
        )
        known = sorted(int(self.jobs[n][0] * 1000) for n in self.home)
        page, seconds = next_page(crowd, known, page_size=PAGE_SIZE) or (None, 0.0)
        return page if seconds == 0 else None


def test_a_thousand_jobs_cost_some_two_requests_a_second_and_wait_half_a_second() -> None:
    """Of 1 to 60 s, launched within 45 s. One GET for each in a second would be 26,000 requests."""
    chance = random.Random(7)
    starts = [n * 0.045 for n in range(1_000)]
    simulated = Simulated([(start, start + chance.uniform(1, 60)) for start in starts])
    seconds = simulated.run()
    lags = sorted(simulated.lags)
    assert simulated.requests / seconds <= 2.1
    assert lags[500] <= 0.5
    assert lags[950] <= 1.0


def test_ten_times_as_many_that_run_for_long_cost_no_more_requests_while_they_run() -> None:
    few, many = (Simulated([(n * 20 / jobs, 4_000.0) for n in range(jobs)]) for jobs in (200, 2_000))
    for simulated in (few, many):
        for step in range(1, 60):
            simulated.cycle(20 + step / 2)
    assert few.requests > 0
    assert many.requests <= 1.5 * few.requests
