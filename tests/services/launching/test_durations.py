"""What the history of an action lets expect of its next run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, Status
from runtime_app.services.launching.durations import RUNS, expectations, forecasts
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def ran(namespace: Namespace, *durations_ms: int, path: str = "resize", wait_ms: int = 0) -> None:
    """Successful runs, the first one the newest."""
    now = timezone.now()
    for age, duration_ms in enumerate(durations_ms):
        make_activation(
            namespace,
            action_path=path,
            listed_at=now - timedelta(minutes=age),
            duration_ms=duration_ms,
            wait_ms=wait_ms,
            payload=False,
        )


def test_median_and_p90_of_the_last_runs(namespace: Namespace) -> None:
    ran(namespace, *(number * 1_000 for number in range(1, 11)))
    known = expectations(namespace, ["resize"])["resize"]
    assert (known.median_ms, known.p90_ms, known.runs) == (5_000, 9_000, 10)


def test_one_run_is_enough(namespace: Namespace) -> None:
    ran(namespace, 700)
    known = expectations(namespace, ["resize"])["resize"]
    assert (known.median_ms, known.p90_ms, known.runs) == (700, 700, 1)


def test_waiting_counts_too(namespace: Namespace) -> None:
    ran(namespace, 700, wait_ms=50)
    assert expectations(namespace, ["resize"])["resize"].median_ms == 750


def test_only_the_newest_runs_count(namespace: Namespace) -> None:
    ran(namespace, *[1_000] * RUNS, *[90_000] * 5)
    known = expectations(namespace, ["resize"])["resize"]
    assert (known.p90_ms, known.runs) == (1_000, RUNS)


def test_failures_say_nothing(namespace: Namespace) -> None:
    make_activation(namespace, Status.TIMED_OUT, duration_ms=120_000)
    assert expectations(namespace, ["resize"]) == {}


def test_other_namespaces_say_nothing(namespace: Namespace) -> None:
    ran(make_namespace(), 1_000)
    assert expectations(namespace, ["resize"]) == {}


def test_a_page_full_of_actions_takes_one_query(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    paths = [f"action-{number}" for number in range(40)]
    for path in paths:
        ran(namespace, 1_000, path=path)
    with django_assert_num_queries(1):
        assert set(expectations(namespace, paths)) == set(paths)


def test_nothing_asked_is_nothing_read(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert expectations(namespace, []) == {}


def test_a_running_job_is_forecast_from_its_acceptance(namespace: Namespace) -> None:
    ran(namespace, 60_000)
    accepted_at = timezone.now() - timedelta(seconds=20)
    running = make_activation(namespace, Status.PENDING, accepted_at=accepted_at)
    forecast = forecasts(namespace, [running])[running.pk]
    assert forecast.expected_at == accepted_at + timedelta(minutes=1)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("seconds", "is_slow"), [(70, False), (92, False), (100, True)])
def test_a_job_is_slow_once_it_takes_longer_than_nine_of_ten(
    namespace: Namespace, seconds: int, is_slow: bool
) -> None:
    ran(namespace, 60_000, 60_000, 90_000)
    accepted_at = timezone.now() - timedelta(seconds=seconds)
    running = make_activation(namespace, Status.PENDING, accepted_at=accepted_at)
    forecast = forecasts(namespace, [running])[running.pk]
    assert forecast.slow_at == accepted_at + timedelta(seconds=95)
    assert forecast.is_slow is is_slow


def test_what_waits_here_or_has_ended_is_not_forecast(namespace: Namespace) -> None:
    ran(namespace, 60_000)
    rows = [make_activation(namespace, Status.QUEUED), make_activation(namespace, Status.SUCCESS)]
    assert forecasts(namespace, rows) == {}
