"""Pages of the history: every row once, whatever arrives meanwhile, and the same cost at any size."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime_app.models import Activation, Namespace, Origin, Status
from runtime_app.models.statuses import FINAL
from runtime_app.services.history import pages
from runtime_app.services.history.pages import History, HistoryFilters, Key, Page, with_activation_id
from tests.factories import make_activation, make_namespace, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MANY = 5_000


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def add(namespace: Namespace, seconds: int, status: Status = Status.SUCCESS) -> Activation:
    listed_at = NOON + timedelta(seconds=seconds)
    return Activation.objects.create(namespace=namespace, action_path="a", listed_at=listed_at, status=status)


def pks(page: Page) -> list[int]:
    return [row.pk for row in page.rows]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seconds=st.lists(st.integers(0, 5), max_size=25),
    arriving=st.lists(st.integers(0, 9), max_size=8),
    size=st.integers(1, 6),
)
def test_walking_to_the_end_shows_every_row_once_while_others_arrive(
    seconds: list[int], arriving: list[int], size: int
) -> None:
    namespace = make_namespace()
    there = {add(namespace, moment).pk for moment in seconds}
    history, arrivals = History(namespace), iter(arriving)
    page = history.newest_page(size)
    seen = pks(page)
    while page.older is not None:
        if (moment := next(arrivals, None)) is not None:
            add(namespace, moment)
        page = history.page_before(page.older, size)
        seen += pks(page)
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seconds=st.lists(st.integers(0, 5), min_size=1, max_size=25), size=st.integers(1, 6))
def test_walking_back_shows_the_same_rows(seconds: list[int], size: int) -> None:
    namespace = make_namespace()
    for moment in seconds:
        add(namespace, moment)
    history = History(namespace)
    page = history.newest_page(size)
    pages = [page]
    while page.older is not None:
        page = history.page_before(page.older, size)
        pages.append(page)
    for earlier, later in pairwise(pages):
        assert later.newer is not None
        assert pks(history.page_after(later.newer, size)) == pks(earlier)


def test_a_page_is_ordered_by_time_and_then_by_arrival(namespace: Namespace) -> None:
    rows = [add(namespace, moment) for moment in (0, 5, 5, 3)]
    assert pks(History(namespace).newest_page()) == [rows[2].pk, rows[1].pk, rows[3].pk, rows[0].pk]


def test_the_end_has_no_older_page_and_the_beginning_no_newer_one(namespace: Namespace) -> None:
    add(namespace, 0)
    page = History(namespace).newest_page()
    assert (page.older, page.newer) == (None, None)


def test_several_statuses_are_merged_in_order(namespace: Namespace) -> None:
    rows = [
        add(namespace, number, status)
        for number, status in enumerate([Status.SUCCESS, Status.TIMED_OUT, Status.REFUSED, Status.SUCCESS])
    ]
    history = History(namespace, HistoryFilters(statuses=(Status.SUCCESS, Status.TIMED_OUT)))
    page = history.newest_page(2)
    assert pks(page) == [rows[3].pk, rows[1].pk]
    assert page.older is not None
    assert pks(history.page_before(page.older, 2)) == [rows[0].pk]


@pytest.mark.parametrize("running", [0, 1, 3, 20])
def test_many_statuses_give_the_newest_of_them_behind_whatever_is_newer(
    namespace: Namespace, running: int
) -> None:
    ended = [add(namespace, number, status) for number, status in enumerate(sorted(FINAL))]
    for number in range(running):
        add(namespace, 100 + number, Status.PENDING)
    history = History(namespace, HistoryFilters(statuses=tuple(FINAL)))
    page = history.newest_page(3)
    assert pks(page) == [row.pk for row in ended[:-4:-1]]
    assert page.older is not None
    assert pks(history.page_before(page.older, 20)) == [row.pk for row in ended[-4::-1]]


def test_many_statuses_take_two_queries_where_most_has_ended(
    namespace: Namespace, django_assert_num_queries: Any
) -> None:
    for number in range(20):
        add(namespace, number, Status.SUCCESS if number % 3 else Status.PENDING)
    with django_assert_num_queries(2):
        assert len(History(namespace, HistoryFilters(statuses=tuple(FINAL))).newest_page(5).rows) == 5


@pytest.mark.parametrize(("few_rows", "most_walks"), [(0, 3), (5_000, 3), (0, 4)])
def test_several_paths_and_statuses_are_merged_in_order(
    namespace: Namespace, monkeypatch: pytest.MonkeyPatch, few_rows: int, most_walks: int
) -> None:
    monkeypatch.setattr(pages, "FEW_ROWS", few_rows)
    monkeypatch.setattr(pages, "MOST_WALKS", most_walks)
    rows = [
        make_activation(namespace, status, action_path=path, listed_at=NOON + timedelta(seconds=number))
        for number, (path, status) in enumerate(
            [
                ("a", Status.SUCCESS),
                ("b", Status.TIMED_OUT),
                ("c", Status.SUCCESS),
                ("a", Status.REFUSED),
                ("b", Status.SUCCESS),
            ]
        )
    ]
    filters = HistoryFilters(statuses=(Status.SUCCESS, Status.TIMED_OUT), action_paths=("a", "b"))
    history = History(namespace, filters)
    page = history.newest_page(2)
    assert pks(page) == [rows[4].pk, rows[1].pk]
    assert page.older is not None
    older = history.page_before(page.older, 2)
    assert pks(older) == [rows[0].pk]
    assert older.newer is not None
    assert pks(history.page_after(older.newer, 2)) == [rows[4].pk, rows[1].pk]
    assert str(history.count()) == "3"
    assert str(history.count_newer_than(rows[0].pk)) == "2"


def test_statuses_are_counted_together_up_to_the_cap(namespace: Namespace) -> None:
    for number, status in enumerate([Status.SUCCESS, Status.TIMED_OUT, Status.REFUSED, Status.SUCCESS]):
        add(namespace, number, status)
    history = History(namespace, HistoryFilters(statuses=(Status.SUCCESS, Status.TIMED_OUT)))
    assert str(history.count()) == str(history.count(3)) == "3"
    assert str(history.count(2)) == "2+"
    assert str(history.count(1)) == "1+"


def test_all_filters_at_once(namespace: Namespace) -> None:
    person = make_user()
    wanted = make_activation(namespace, Status.SUCCESS, listed_at=NOON, launched_by=person)
    for field in ({"launched_by": None}, {"action_path": "b"}, {"origin": Origin.ELSEWHERE}):
        make_activation(namespace, Status.SUCCESS, **{"listed_at": NOON, "launched_by": person, **field})
    make_activation(namespace, Status.TIMED_OUT, listed_at=NOON, launched_by=person)
    make_activation(namespace, Status.SUCCESS, listed_at=NOON - timedelta(hours=1), launched_by=person)
    filters = HistoryFilters(
        statuses=(Status.SUCCESS,),
        action_paths=("resize",),
        person=person,
        origin=Origin.PANEL,
        since=NOON,
        until=NOON + timedelta(seconds=1),
    )
    history = History(namespace, filters)
    assert pks(history.newest_page()) == [wanted.pk]
    assert str(history.count()) == "1"


def test_counting_stops_at_the_cap_and_says_so(namespace: Namespace) -> None:
    for number in range(4):
        add(namespace, number)
    assert str(History(namespace).count(cap=4)) == "4"
    assert str(History(namespace).count(cap=3)) == "3+"


def test_news_are_what_came_into_being_and_passes_the_filters(namespace: Namespace) -> None:
    known = add(namespace, 0)
    add(namespace, -100)  # began earlier, was heard of later
    add(namespace, 1, Status.TIMED_OUT)
    assert str(History(namespace).count_newer_than(known.pk)) == "2"
    late = History(namespace, HistoryFilters(statuses=(Status.TIMED_OUT,)))
    assert str(late.count_newer_than(known.pk)) == "1"


def test_an_id_is_found_in_its_own_namespace_only(namespace: Namespace) -> None:
    row = make_activation(namespace)
    assert row.activation_id
    assert with_activation_id(namespace, row.activation_id) == row
    assert with_activation_id(make_namespace(), row.activation_id) is None


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(0, 2**63 - 1))
def test_a_key_survives_the_address(moment: datetime, pk: int) -> None:
    key = Key(moment.replace(tzinfo=UTC), pk)
    assert Key.parse(str(key)) == key


@given(st.text(max_size=30))
def test_no_text_breaks_a_key(text: str) -> None:
    parsed = Key.parse(text)
    assert parsed is None or isinstance(parsed, Key)


def plan_of(rows: QuerySet[Any]) -> str:
    return rows.explain()


@pytest.fixture
def large(namespace: Namespace) -> Namespace:
    """A namespace with so many rows that a wrong plan shows, mostly successes."""
    rare = {7: Status.TIMED_OUT, MANY // 2: Status.INTERNAL_ERROR}
    Activation.objects.bulk_create(
        [
            Activation(
                namespace=namespace,
                action_path=f"action-{number % 20}",
                listed_at=NOON + timedelta(seconds=number),
                status=rare.get(number, Status.SUCCESS),
            )
            for number in range(MANY)
        ],
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return namespace


def test_a_large_history_opens_along_an_index_without_sorting_and_as_fast_as_a_small_one(
    large: Namespace,
) -> None:
    check_plans(large)
    check_times(large)


def check_plans(large: Namespace) -> None:
    rows = Activation.objects.filter(namespace=large)
    middle = NOON + timedelta(seconds=MANY // 2)
    shapes = {
        "first page": rows.newest_first()[:51],
        "deep page": rows.before(middle, MANY).newest_first()[:51],
        "back": rows.after(middle, 1).order_by("listed_at", "id")[:51],
        "action": rows.filter(action_path="action-3").newest_first()[:51],
        "status": rows.filter(status=Status.INTERNAL_ERROR).newest_first()[:51],
        "person": rows.filter(launched_by=5).newest_first()[:51],
    }
    for name, shape in shapes.items():
        plan = plan_of(shape)
        assert "history" in plan, f"{name}: {plan}"
        assert "TEMP B-TREE" not in plan, f"{name}: {plan}"
        assert "Sort" not in plan.replace("Incremental Sort", ""), f"{name}: {plan}"


def check_times(large: Namespace) -> None:
    small = make_namespace()
    for number in range(100):
        add(small, number)

    def fastest(history: History) -> float:
        def once() -> float:
            started = time.perf_counter()
            page = history.newest_page()
            history.count()
            if page.older:
                history.page_before(page.older)
            return time.perf_counter() - started

        return min(once() for _ in range(7))

    rare = HistoryFilters(statuses=(Status.TIMED_OUT, Status.INTERNAL_ERROR))
    few = fastest(History(small))
    assert fastest(History(large)) < 4 * few + 0.005
    assert fastest(History(large, rare)) < 4 * few + 0.005
