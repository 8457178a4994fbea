"""What waits here says why, and when it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from runtime_app.models import TRIGGER_KIND, Activation, Namespace, Origin, Schedule, Status
from runtime_app.services.backing.redis import redis_client
from runtime_app.services.launching.bulk import progress
from runtime_app.services.launching.room import why_waiting
from runtime_app.services.launching.throttling import begin_rest
from tests.factories import make_activation, make_bulk, make_namespace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(name="guest", limits={"concurrentInvocations": 10})


@pytest.fixture
def row(namespace: Namespace) -> Activation:
    """One of a bulk launch that runs."""
    return make_activation(namespace, Status.QUEUED, bulk=make_bulk(namespace, total=1))


def told(row: Activation) -> str:
    """The sentence on the row's own page, which the page of its bulk launch says too."""
    row = Activation.objects.get(pk=row.pk)
    assert row.bulk is not None
    sentence = why_waiting(row)
    assert progress(row.bulk).hold == sentence
    return sentence


@pytest.mark.usefixtures("clock")
def test_a_429_is_named_with_the_moment_when_launches_go_on(row: Activation) -> None:
    begin_rest(row, 40)
    at = timezone.now() + timedelta(seconds=40)
    assert "(429, too many requests)" in told(row)
    assert f"goes on by itself at {at:%H:%M:%S} UTC" in told(row)


def test_a_429_to_what_is_read_is_no_failure_to_answer(namespace: Namespace, row: Activation) -> None:
    namespace.record_throttle("Slow down.", retry_after=40)
    assert namespace.retry_at is not None
    sentence = told(row)
    assert "(429, too many requests)" in sentence
    assert f"goes on by itself at {namespace.retry_at:%H:%M:%S} UTC" in sentence


def test_a_429_to_fires_holds_no_launch_back(namespace: Namespace, row: Activation) -> None:
    begin_rest(make_activation(namespace, Status.QUEUED, kind=TRIGGER_KIND), 40)
    assert why_waiting(row) == "It waits for its turn in its bulk launch."
    assert row.bulk is not None
    assert progress(row.bulk).hold == ""


def test_a_runtime_that_is_away_is_named_with_the_next_try(namespace: Namespace, row: Activation) -> None:
    retry_at = timezone.now() + timedelta(minutes=5)
    Namespace.objects.filter(pk=namespace.pk).update(retry_at=retry_at)
    assert f"fails to answer; the next try is at {retry_at:%H:%M:%S} UTC" in told(row)


def test_a_refused_key_is_named(namespace: Namespace, row: Activation) -> None:
    Namespace.objects.filter(pk=namespace.pk).update(key_refused=True)
    assert "refuses the key" in told(row)


def test_a_full_share_of_what_runs_at_once_is_named(namespace: Namespace, row: Activation) -> None:
    running = [make_activation(namespace, Status.PENDING, origin=Origin.PANEL) for _ in range(7)]
    assert "7 at once, of the 10 that this namespace allows" in told(row)
    Activation.objects.filter(pk=running[0].pk).update(status=Status.SUCCESS)
    assert why_waiting(row) == "It waits for its turn in its bulk launch."


def test_without_redis_it_is_said_that_nothing_is_counted(
    row: Activation, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_client.cache_clear()
    monkeypatch.setattr("django.conf.settings.REDIS_URL", "redis://127.0.0.1:1/0")
    try:
        assert "Redis is away" in told(row)
    finally:
        redis_client.cache_clear()


def test_what_a_schedule_launches_waits_for_the_same_reasons(namespace: Namespace) -> None:
    row = make_activation(namespace, Status.QUEUED)
    begin_rest(row, 40)
    assert why_waiting(row) == "It leaves in a moment."
    row.schedule = Schedule(pk=1)
    assert "429" in why_waiting(row)


def test_what_was_told_why_it_waits_keeps_that_sentence(row: Activation) -> None:
    begin_rest(row, 40)
    row.error = "1 launch runs at once, which is the most this namespace allows."
    assert why_waiting(row) == row.error


def test_what_has_left_waits_for_nothing(namespace: Namespace, row: Activation) -> None:
    begin_rest(row, 40)
    assert why_waiting(make_activation(namespace, Status.PENDING, bulk=row.bulk)) == ""
