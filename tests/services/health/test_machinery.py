"""What the panel runs on: who is alive, who is not, and what cannot be known."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from runtime_app.services.health import machinery
from runtime_app.services.health import system as health
from runtime_app.services.health.system import live_workers, note_worker, record_heartbeat

pytestmark = pytest.mark.django_db


def test_all_is_well_when_a_worker_runs_what_beat_sends() -> None:
    note_worker("a@here")
    note_worker("b@there")
    record_heartbeat()
    found = machinery.look()
    assert (found.workers, found.queued, found.beat_is_alive) == (("a@here", "b@there"), 0, True)
    assert found.database_ms is not None
    assert found.redis_ms is not None
    assert found.problems == []


def test_a_worker_that_is_silent_for_long_is_no_longer_counted(redis_server: redis.Redis) -> None:
    silent = timezone.now() - health.SILENT_AFTER - timedelta(seconds=1)
    redis_server.zadd(health.WORKERS_KEY, {"gone@here": silent.timestamp()})
    note_worker("here@here")
    assert live_workers() == ("here@here",)


def test_workers_that_left_long_ago_are_forgotten(redis_server: redis.Redis) -> None:
    redis_server.zadd(health.WORKERS_KEY, {"gone@here": 0})
    note_worker("here@here")
    assert redis_server.zcard(health.WORKERS_KEY) == 1


def test_without_workers_nobody_can_know_of_beat() -> None:
    found = machinery.look()
    assert not found.has_workers
    assert found.beat_is_alive is None
    assert len(found.problems) == 1


def test_a_worker_without_heartbeats_means_that_beat_is_silent() -> None:
    note_worker("a@here")
    found = machinery.look()
    assert found.beat_is_alive is False
    assert found.problems == [machinery.BEAT_SILENT]


def test_a_long_queue_explains_a_late_heartbeat(redis_server: redis.Redis) -> None:
    note_worker("a@here")
    redis_server.lpush(settings.CELERY_TASK_DEFAULT_QUEUE, *["task"] * machinery.LONG_QUEUE)
    found = machinery.look()
    assert found.beat_is_alive is None
    assert "The workers are behind" in found.problems[0]


def test_a_database_that_does_not_answer_is_the_one_thing_to_say() -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("away")

    with connection.execute_wrapper(refuse):
        found = machinery.look()
        assert not machinery.migrations_are_applied()
    assert found.database_ms is None
    assert found.problems == [machinery.DATABASE_AWAY]


def test_a_worker_that_cannot_reach_redis_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(health, "redis_client", lambda: gone)
    note_worker("a@here")
    assert "Redis does not answer the worker" in caplog.text
