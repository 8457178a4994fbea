"""The figures of the Health page."""

from __future__ import annotations

from datetime import timedelta
from time import time
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, Origin, Status
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.jobs import FEW
from runtime_app.services.collecting.list_lag import note_list_lag
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.health.collection import health_of, lag_of, last_check
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def collected(namespace: Namespace, lag_ms: float, **fields: Any) -> None:
    """A result that was here so long after its end."""
    changed = fields.pop("changed_at", timezone.now())
    ended = changed - timedelta(milliseconds=lag_ms)
    make_activation(namespace, ended_at=ended, changed_at=changed, payload=False, **fields)


def test_lag_is_a_median_and_a_tail(namespace: Namespace) -> None:
    for lag_ms in range(10, 1010, 10):
        collected(namespace, lag_ms)
    lag = lag_of(namespace, timezone.now())
    assert lag is not None
    assert (lag.p50_ms, lag.p95_ms, lag.results) == (500, 950, 100)


def test_only_what_was_waited_for_in_the_last_hour_counts(namespace: Namespace) -> None:
    collected(namespace, 60_000, origin=Origin.ELSEWHERE)
    collected(namespace, 60_000, waits=True)
    collected(namespace, 60_000, changed_at=timezone.now() - timedelta(hours=2))
    collected(make_namespace(), 60_000)
    make_activation(namespace, Status.NOT_REPORTED)
    assert lag_of(namespace, timezone.now()) is None


def test_a_runtime_whose_clock_is_ahead_gives_no_negative_lag(namespace: Namespace) -> None:
    collected(namespace, -5_000)
    lag = lag_of(namespace, timezone.now())
    assert lag is not None
    assert lag.p50_ms == 0


def test_what_waits_is_counted_by_status_with_the_oldest_pending_one(namespace: Namespace) -> None:
    oldest = timezone.now() - timedelta(minutes=9)
    make_activation(namespace, Status.PENDING, listed_at=oldest)
    make_activation(namespace, Status.PENDING)
    make_activation(namespace, Status.QUEUED, listed_at=oldest - timedelta(hours=1))
    make_activation(namespace, Status.SUCCESS)
    (health,) = health_of([namespace])
    assert health.waiting.counts == {"pending": 2, "queued": 1}
    assert health.waiting.oldest_at == oldest


def test_requests_are_counted_by_the_minute_and_in_all(namespace: Namespace) -> None:
    budget_for(namespace).spend(40)
    budget_for(namespace).spend(70)
    (health,) = health_of([namespace])
    assert (health.requests.in_all, health.requests.allowed_per_minute) == (110, 120)
    assert health.requests.per_minute is not None
    # Half a minute may be over in between; what was asked in the last one fades.
    assert 0 < health.requests.per_minute <= 110
    # The bucket fills by two a second meanwhile.
    assert 10 <= health.requests.balance <= 80


def test_lateness_is_no_fault_of_a_runtime_that_rests(namespace: Namespace) -> None:
    make_activation(namespace, Status.PENDING, next_poll_at=timezone.now() - timedelta(minutes=1))
    assert health_of([namespace])[0].is_late
    namespace.retry_at = timezone.now() + timedelta(seconds=20)
    assert not health_of([namespace])[0].is_late


def test_the_last_check_is_that_of_the_runtime_called_least_recently() -> None:
    now = timezone.now()
    recent, old, never = Namespace(last_contact_at=now), Namespace(last_contact_at=now), Namespace()
    old.last_contact_at = now - timedelta(minutes=1)
    assert last_check([recent, old]) == old.last_contact_at
    assert last_check([recent, never]) is None
    assert last_check([]) is None


def test_several_namespaces_cost_one_query_each_and_one_for_all(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    namespaces = [make_namespace() for _ in range(4)]
    for namespace in namespaces:
        make_activation(namespace, Status.PENDING)
    with django_assert_num_queries(5):
        assert [each.waiting.pending for each in health_of(namespaces)] == [1, 1, 1, 1]


def test_a_crowd_is_late_when_nobody_looks_at_all_of_it(namespace: Namespace) -> None:
    at = timezone.now() - timedelta(minutes=1)
    moments = [at + timedelta(seconds=number) for number in range(FEW + 1)]
    for moment in moments:
        make_activation(namespace, Status.PENDING, listed_at=moment, accepted_at=moment, next_poll_at=moment)
    assert health_of([namespace])[0].is_late
    Looks(namespace.pk).note(moments[1].timestamp(), moments[-1].timestamp(), time())
    assert health_of([namespace])[0].is_late
    Looks(namespace.pk).note(moments[0].timestamp(), moments[0].timestamp(), time())
    assert not health_of([namespace])[0].is_late


def test_a_job_about_which_answers_cannot_be_used_keeps_health_from_being_green(namespace: Namespace) -> None:
    row = make_activation(namespace, Status.PENDING)
    make_activation(namespace, Status.QUEUED, error="Nobody says that this one is pending.")
    assert health_of([namespace])[0].problems == []
    assert row.misread("It is no JSON. Overtime goes on asking.")
    health = health_of([namespace])[0]
    assert health.waiting.unusable == 1
    assert "what the runtime answers about one pending job cannot be used" in health.problems[0]


def test_how_far_the_lists_of_a_runtime_lag_is_told(namespace: Namespace) -> None:
    assert health_of([namespace])[0].list_lag_seconds == 0
    note_list_lag(namespace.pk, 3.5)
    assert health_of([namespace])[0].list_lag_seconds == 3.5
