"""Tasks: thin, registered under the names others use, and harmless when their row is gone."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from celery import Celery, current_app
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone
from kombu.asynchronous.timer import Timer

from runtime_app import tasks
from runtime_app.models import Status
from runtime_app.services.backing import queueing
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.collecting.cycles import LOGS_AGAIN_SECONDS
from runtime_app.services.health.system import live_workers, note_worker
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db(transaction=True)


def queued(redis_server: redis.Redis) -> int:
    return int(redis_server.llen(settings.CELERY_TASK_DEFAULT_QUEUE))


def test_every_beat_entry_names_a_task_and_expires_before_the_next() -> None:
    current_app.loader.import_default_modules()
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] in current_app.tasks, name
        assert entry["options"]["expires"] < entry["schedule"].total_seconds()


def test_collect_due_queues_one_cycle_for_each_namespace_with_work(redis_server: redis.Redis) -> None:
    busy, idle = make_namespace(), make_namespace()
    for _ in range(3):
        make_activation(busy, Status.PENDING, next_poll_at=timezone.now() - timedelta(seconds=1))
    make_activation(idle, Status.SUCCESS)
    tasks.collect_due()
    assert queued(redis_server) == 1


def test_logs_are_asked_for_again_after_the_database_was_away() -> None:
    """Nothing else would find that they are missing."""
    activation = make_activation(make_namespace(), Status.SUCCESS, activation_id=None)
    failures = iter(range(3))

    def away(execute: Any, *args: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("away")
        return execute(*args)

    with connection.execute_wrapper(away):
        assert tasks.collect_logs.apply(args=[activation.pk]).successful()
    assert next(failures, None) is None


def test_send_queued_queues_what_waits_and_is_due(redis_server: redis.Redis) -> None:
    namespace = make_namespace()
    make_activation(namespace, Status.QUEUED, next_poll_at=timezone.now() - timedelta(seconds=1))
    make_activation(namespace, Status.QUEUED, next_poll_at=timezone.now() + timedelta(minutes=1))
    tasks.send_queued()
    assert queued(redis_server) == 1


def test_sweep_due_and_sync_due_queue_new_namespaces(redis_server: redis.Redis) -> None:
    make_namespace()
    tasks.sweep_due()
    tasks.sync_due()
    assert queued(redis_server) == 2


def test_backfill_due_queues_what_is_unread_and_reconcile_due_what_is_read(redis_server: redis.Redis) -> None:
    now = timezone.now()
    make_namespace(swept_at=now, backfilled_to=now, backfill_goal=now - timedelta(days=1))
    make_namespace(swept_at=now)
    tasks.backfill_due()
    assert queued(redis_server) == 1
    tasks.reconcile_due()
    assert queued(redis_server) == 2


def test_a_worker_says_by_its_own_timer_that_it_is_alive() -> None:
    timer = Timer()
    worker = SimpleNamespace(hostname="worker@here", timer=timer)
    tasks.note_worker_from_now_on(worker)
    assert live_workers() == (f"worker@here ({os.getpid()})",)
    assert len(timer) == 1
    tasks.forget_worker_that_ends(worker)
    assert live_workers() == ()


def test_a_worker_that_starts_takes_the_place_of_one_that_was_killed() -> None:
    note_worker("worker@here (1)")
    note_worker("worker@there (1)")
    tasks.note_worker_from_now_on(SimpleNamespace(hostname="worker@here", timer=Timer()))
    assert live_workers() == (f"worker@here ({os.getpid()})", "worker@there (1)")


def test_tasks_for_what_is_gone_do_nothing() -> None:
    tasks.collect_namespace(404)
    tasks.sweep_namespace(404)
    tasks.backfill_namespace(404)
    tasks.reconcile_namespace(404)
    tasks.sync_namespace(404)


@pytest.mark.parametrize("task", [tasks.collect_namespace, tasks.sync_namespace, tasks.sweep_namespace])
def test_a_runtime_that_is_away_costs_the_log_one_sentence(
    task: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    namespace = make_namespace(api_host="http://127.0.0.1:9", swept_at=timezone.now())
    make_activation(namespace, Status.PENDING, next_poll_at=timezone.now() - timedelta(seconds=1))
    task(namespace.pk)
    assert len([record for record in caplog.records if "stopped" in record.getMessage()]) == 1
    assert not any(record.exc_info for record in caplog.records)
    namespace.refresh_from_db()
    assert namespace.last_error


def test_so_do_logs_that_cannot_be_fetched_and_four_tries_are_all(
    redis_server: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    namespace = make_namespace(api_host="http://127.0.0.1:9")
    answered = make_activation(namespace, waits=True)
    tasks.collect_logs(answered.pk)
    assert f"Fetching the logs of {answered.activation_id} from {namespace} stopped" in caplog.text
    answered.refresh_from_db()
    assert answered.is_stored, "nobody said that it is not"
    assert queued(redis_server) == 1
    tasks.collect_logs(answered.pk, len(LOGS_AGAIN_SECONDS))
    assert queued(redis_server) == 1


def test_queueing_while_redis_is_away_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    # Not as the current one: later tests queue in theirs.
    away = Celery(broker="redis://127.0.0.1:9/0", broker_transport_options=options, set_as_current=False)
    monkeypatch.setattr(queueing, "current_app", away)
    pauses: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", pauses.append)
    enqueue("runtime_app.tasks.collect_namespace", 1)
    assert "was not queued" in caplog.text
    assert sum(pauses) < 3, "a person may be waiting for the answer"
