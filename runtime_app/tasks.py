"""Celery tasks: an interface, nothing more. Each calls one service; none sleeps or loops."""

from __future__ import annotations

import os
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from runtime_app.services.authoring import sync
from runtime_app.services.backing import statistics
from runtime_app.services.backing.database import BROKEN
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.collecting import backfilling, cycles, reconciling, sweeping
from runtime_app.services.health import system
from runtime_app.services.launching import dripping, launch, scheduling


@shared_task
def collect_due() -> None:
    """Beat's safety net: a cycle for each namespace with something due."""
    for pk in cycles.due_namespaces():
        enqueue(collect_namespace.name, pk)


@shared_task
def collect_namespace(namespace_pk: int) -> None:
    """One collecting cycle."""
    cycles.collect_namespace(namespace_pk)


# Beat does not find these.
@shared_task(autoretry_for=BROKEN, max_retries=20, retry_backoff=5, retry_backoff_max=60)
def collect_logs(activation_pk: int, tried: int = 0) -> None:
    """The logs of a blocking call, which its answer lacks."""
    cycles.collect_logs(activation_pk, tried)


# Once its request has left, another try finds nothing to send. The queue itself looks again after 30 s.
@shared_task(autoretry_for=BROKEN, max_retries=3, retry_backoff=1)
def send_launch(activation_pk: int) -> None:
    """Send one queued launch."""
    launch.send(activation_pk)


@shared_task
def send_queued() -> None:
    """Let launches that wait here leave, as far as there is room."""
    dripping.send_queued()


@shared_task
def launch_scheduled() -> None:
    """Put down what schedules launch now, and let it leave."""
    if scheduling.launch_due():
        enqueue(send_queued.name)


@shared_task
def sweep_due() -> None:
    """A sweep for each namespace whose last one is long enough ago."""
    for pk in sweeping.due_for_sweep():
        enqueue(sweep_namespace.name, pk)


@shared_task
def sweep_namespace(namespace_pk: int) -> None:
    """One sweep."""
    sweeping.sweep_namespace(namespace_pk)


@shared_task
def backfill_due() -> None:
    """A slice of history for each namespace whose history is not read back yet."""
    for pk in backfilling.due_for_backfill():
        enqueue(backfill_namespace.name, pk)


@shared_task
def backfill_namespace(namespace_pk: int) -> None:
    """One slice of history."""
    backfilling.backfill_namespace(namespace_pk)


@shared_task
def reconcile_due() -> None:
    """A comparison of counts for each namespace whose last one is long enough ago."""
    for pk in reconciling.due_for_reconciling():
        enqueue(reconcile_namespace.name, pk)


@shared_task
def reconcile_namespace(namespace_pk: int) -> None:
    """One comparison of counts."""
    reconciling.reconcile_namespace(namespace_pk)


@shared_task
def sync_due() -> None:
    """A sync of actions for each namespace whose last one is long enough ago."""
    for pk in sync.due_for_sync():
        enqueue(sync_namespace.name, pk)


@shared_task
def sync_namespace(namespace_pk: int) -> None:
    """Bring the cached actions of a namespace up to date."""
    sync.sync_in_background(namespace_pk)


@shared_task
def refresh_statistics() -> None:
    """Let SQLite know how much it holds."""
    statistics.refresh_statistics()


@shared_task
def record_heartbeat() -> None:
    """Say that a worker is alive."""
    system.record_heartbeat()


@worker_ready.connect
def note_worker_from_now_on(sender: Any, **_: Any) -> None:
    """By the worker's own timer, so that it counts as alive also while all its threads are busy."""
    name = worker_name(sender)
    system.forget_predecessors(sender.hostname)
    system.note_worker(name)
    sender.timer.call_repeatedly(system.NOTE_WORKER_SECONDS, system.note_worker, (name,))


@worker_shutdown.connect
def forget_worker_that_ends(sender: Any, **_: Any) -> None:
    """So that one that is started again at once is not counted twice."""
    system.forget_worker(worker_name(sender))


def worker_name(worker: Any) -> str:
    """Celery's name and the process id: two workers on one machine have the same name unless it is given."""
    return f"{worker.hostname} ({os.getpid()})"
