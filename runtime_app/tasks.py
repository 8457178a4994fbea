"""Celery tasks: an interface, nothing more. Each calls one service; none sleeps or loops."""

from __future__ import annotations

from celery import shared_task

from runtime_app.models import Namespace
from runtime_app.services import collecting, health, launching, sweeping, sync
from runtime_app.services.queueing import enqueue


@shared_task
def collect_due() -> None:
    """Beat's safety net: a cycle for each namespace with something due."""
    for pk in collecting.due_namespaces():
        enqueue(collect_namespace.name, pk)


@shared_task
def collect_namespace(namespace_pk: int) -> None:
    """One collecting cycle."""
    collecting.collect_namespace(namespace_pk)


@shared_task
def collect_logs(activation_pk: int) -> None:
    """The logs of a blocking call, which its answer lacks."""
    collecting.collect_logs(activation_pk)


@shared_task
def send_launch(activation_pk: int) -> None:
    """Send one queued launch."""
    launching.send(activation_pk)


@shared_task
def send_queued() -> None:
    """Send launches that wait here and are due."""
    launching.send_queued()


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
def sync_due() -> None:
    """A sync of actions for each namespace whose last one is long enough ago."""
    for pk in sync.due_for_sync():
        enqueue(sync_namespace.name, pk)


@shared_task
def sync_namespace(namespace_pk: int) -> None:
    """Bring the cached actions of a namespace up to date; gone meanwhile means nothing to do."""
    if namespace := Namespace.objects.active().filter(pk=namespace_pk).first():
        sync.sync_namespace(namespace)


@shared_task
def record_heartbeat() -> None:
    """Say that a worker is alive."""
    health.record_heartbeat()
