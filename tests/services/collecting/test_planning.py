"""Planning a cycle: everything is covered, never dearer than one GET each, and many together are cheap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.collecting.planning import Request, Single, Waiting, Window, plan

PAGE_SIZES = st.integers(1, 200)
STARTS = st.integers(0, 100_000)


def cost_of(requests: list[Request]) -> int:
    """How many HTTP requests a plan makes at the most."""
    return sum(request.cost for request in requests)


@st.composite
def waiting_lists(draw: st.DrawFn) -> list[Waiting]:
    starts = draw(st.lists(STARTS, max_size=60))
    margins = draw(st.lists(st.integers(0, 3_000), min_size=len(starts), max_size=len(starts)))
    return [
        Waiting(f"{number:032x}", start, start + margin)
        for number, (start, margin) in enumerate(zip(starts, margins, strict=True))
    ]


@given(waiting_lists(), st.lists(STARTS, max_size=300).map(sorted), PAGE_SIZES)
def test_every_pending_id_is_covered_exactly_once(
    waiting: list[Waiting], known: list[int], page_size: int
) -> None:
    covered = [item for request in plan(waiting, known, page_size=page_size) for item in request.covers]
    assert sorted(item.activation_id for item in covered) == sorted(item.activation_id for item in waiting)


@given(waiting_lists(), st.lists(STARTS, max_size=300).map(sorted), PAGE_SIZES)
def test_no_plan_costs_more_than_one_get_each(
    waiting: list[Waiting], known: list[int], page_size: int
) -> None:
    assert cost_of(plan(waiting, known, page_size=page_size)) <= len(waiting)


@given(waiting_lists(), st.lists(STARTS, max_size=300).map(sorted), PAGE_SIZES)
def test_a_window_holds_the_starts_of_all_it_covers_in_the_pages_it_counts(
    waiting: list[Waiting], known: list[int], page_size: int
) -> None:
    for request in plan(waiting, known, page_size=page_size):
        if isinstance(request, Window):
            assert all(request.since_ms <= item.earliest_ms for item in request.covers)
            assert all(item.latest_ms <= request.upto_ms for item in request.covers)
            records = sum(request.since_ms <= start <= request.upto_ms for start in known)
            assert request.cost * page_size >= records + len(request.covers)


def test_a_thousand_launched_together_cost_a_handful() -> None:
    waiting = [Waiting(f"{n:032x}", 1_000_000 + 2 * n, 1_000_500 + 2 * n) for n in range(1000)]
    assert cost_of(plan(waiting, [], page_size=200)) == 5


def test_ten_times_as_many_in_the_same_pages_cost_the_same_windows() -> None:
    few = [Waiting(f"{n:032x}", 1_000_000 + n, 1_000_500 + n) for n in range(100)]
    more = [Waiting(f"{n:032x}", 1_000_000 + n // 10, 1_000_500 + n // 10) for n in range(1000)]
    assert len(plan(few, [], page_size=200)) == len(plan(more, [], page_size=200)) == 1


def test_one_alone_is_asked_for_by_its_id() -> None:
    alone = Waiting("a" * 32, 5, 10)
    assert plan([alone], [], page_size=200) == [Single(alone)]


def test_two_far_apart_with_many_known_between_are_not_listed_together() -> None:
    early, late = Waiting("a" * 32, 0, 10), Waiting("b" * 32, 100_000, 100_010)
    known = list(range(11, 100_000, 100))
    assert plan([early, late], known, page_size=200) == [Single(early), Single(late)]


def test_nothing_due_means_nothing_asked() -> None:
    assert plan([], [1, 2, 3], page_size=200) == []
