"""The last day of a namespace, hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, Status
from runtime_app.services.history.activity import HOURS, last_day
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 29, 14, 30, tzinfo=UTC)


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.fixture(autouse=True)
def at_half_past_two() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def ran(namespace: Namespace, hours_ago: float, status: Status = Status.SUCCESS) -> None:
    make_activation(namespace, status, listed_at=NOW - timedelta(hours=hours_ago), payload=False)


def test_each_activation_counts_in_the_hour_it_began(namespace: Namespace) -> None:
    ran(namespace, 0.25)
    ran(namespace, 0.75)
    ran(namespace, 0.8, Status.TIMED_OUT)
    hours = last_day(namespace).hours
    assert len(hours) == HOURS
    assert hours[-1].start == datetime(2026, 3, 29, 14, tzinfo=UTC)
    assert hours[-1].counts == {"success": 1}
    assert hours[-2].counts == {"success": 1, "timed_out": 1}


def test_what_is_older_than_a_day_is_left_out(namespace: Namespace) -> None:
    ran(namespace, 23.4)
    ran(namespace, 23.6)
    activity = last_day(namespace)
    assert activity.total == 1
    assert activity.hours[0].counts == {"success": 1}


def test_the_success_rate_leaves_out_what_has_no_outcome(namespace: Namespace) -> None:
    for status in (Status.SUCCESS, Status.SUCCESS, Status.REFUSED, Status.PENDING, Status.CANCELLED):
        ran(namespace, 1, status)
    activity = last_day(namespace)
    assert (activity.succeeded, activity.failed, activity.success_percent) == (2, 1, 66)


def test_a_rate_below_all_is_never_shown_as_all(namespace: Namespace) -> None:
    for _ in range(300):
        ran(namespace, 1)
    ran(namespace, 1, Status.TIMED_OUT)
    assert last_day(namespace).success_percent == 99


def test_a_quiet_day_has_no_rate(namespace: Namespace) -> None:
    assert last_day(namespace).success_percent is None


def test_it_takes_one_query(namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for hour in range(5):
        ran(namespace, hour)
    with django_assert_num_queries(1):
        assert last_day(namespace).total == 5
