"""The named queries of activations: what they find, in which order, at what cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace, Status, summarize
from tests.factories import make_activation, make_namespace, make_preset, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def test_newest_first_breaks_ties_by_arrival(namespace: Namespace) -> None:
    now = timezone.now()
    rows = [make_activation(namespace, listed_at=now) for _ in range(3)]
    assert list(Activation.objects.newest_first()) == rows[::-1]


def test_before_and_after_a_key_leave_out_its_row(namespace: Namespace) -> None:
    now = timezone.now()
    rows = [make_activation(namespace, listed_at=now + timedelta(seconds=n // 2)) for n in range(5)]
    key = (rows[2].listed_at, rows[2].pk)
    assert set(Activation.objects.before(*key)) == set(rows[:2])
    assert set(Activation.objects.after(*key)) == set(rows[3:])


def test_due_are_the_pending_ones_whose_time_has_come_the_longest_first(namespace: Namespace) -> None:
    now = timezone.now()
    late = make_activation(namespace, Status.PENDING, next_poll_at=now - timedelta(seconds=1))
    later = make_activation(namespace, Status.PENDING, next_poll_at=now - timedelta(seconds=9))
    make_activation(namespace, Status.PENDING, next_poll_at=now + timedelta(seconds=1))
    make_activation(namespace, Status.QUEUED, next_poll_at=now - timedelta(seconds=1))
    make_activation(namespace, Status.SUCCESS)
    assert list(Activation.objects.due(now)) == [later, late]


def test_sendable_are_the_queued_ones_whose_time_has_come(namespace: Namespace) -> None:
    now = timezone.now()
    ready = make_activation(namespace, Status.QUEUED, next_poll_at=now)
    make_activation(namespace, Status.QUEUED, next_poll_at=now + timedelta(seconds=1))
    make_activation(namespace, Status.PENDING, next_poll_at=now)
    assert list(Activation.objects.sendable(now)) == [ready]


def test_unfinished_are_those_that_go_on_by_themselves(namespace: Namespace) -> None:
    rows = {status: make_activation(namespace, status) for status in Status}
    wanted = {rows[Status.QUEUED], rows[Status.SENDING], rows[Status.PENDING]}
    assert set(Activation.objects.unfinished()) == wanted


def test_changes_include_the_moment_itself(namespace: Namespace) -> None:
    now = timezone.now()
    at = make_activation(namespace, changed_at=now)
    make_activation(namespace, changed_at=now - timedelta(microseconds=1))
    after = make_activation(namespace, changed_at=now + timedelta(seconds=1))
    assert list(Activation.objects.changed_since(now)) == [at, after]


def test_a_row_costs_no_query_of_its_own(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        make_activation(namespace, launched_by=make_user(f"p{number}"), preset=make_preset(namespace))
    with django_assert_num_queries(1):
        for row in Activation.objects.for_rows():
            assert row.launched_by
            assert row.preset
            assert row.launched_by.shown_name
            assert row.preset.name


def test_rows_read_nothing_wide(namespace: Namespace) -> None:
    assert "payload" not in str(Activation.objects.for_rows().query)


def test_waiting_is_counted_from_acceptance(namespace: Namespace) -> None:
    queued = make_activation(namespace, Status.QUEUED)
    assert queued.elapsed_from == queued.listed_at
    accepted_at = timezone.now() - timedelta(seconds=3)
    pending = make_activation(namespace, Status.PENDING, accepted_at=accepted_at)
    assert pending.elapsed_from == accepted_at


def test_the_phases_add_up(namespace: Namespace) -> None:
    row = make_activation(namespace, duration_ms=1_000, init_ms=210, wait_ms=40)
    assert (row.run_ms, row.total_ms) == (790, 1_040)
    assert make_activation(namespace, duration_ms=5, init_ms=9).run_ms == 0
    pending = make_activation(namespace, Status.PENDING)
    assert (pending.run_ms, pending.total_ms) == (None, None)


def test_a_summary_is_the_first_arguments_in_one_line() -> None:
    assert summarize({"user": 42, "size": "large"}) == 'user: 42, size: "large"'
    assert summarize({}) == ""
    assert summarize([1]) == ""
    assert len(summarize({"text": "x" * 1_000})) == 200
    assert "\n" not in summarize({"a\nb": "c\nd"})
