"""Collecting: bring pending activations home, each namespace by one collector at a time.

A cycle is one short Celery task: it asks for what is due, notes when to ask again, and arranges the next
cycle. Beat only heals what was lost; nothing sleeps or loops. All state is in the database, so a killed
worker or an emptied Redis delays results and loses none.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db.models import Min
from django.utils import timezone
from redis import RedisError

from runtime_app.models import Activation, Namespace
from runtime_app.openwhisk import (
    BadReply,
    NotFound,
    OpenWhiskClient,
    OpenWhiskError,
    Rejected,
    ServerFault,
    Unreachable,
)

from .connections import calling
from .leases import Lease, lease
from .publishing import is_watched, publish_change
from .queueing import enqueue
from .records import take_in, take_in_logs
from .redis import key, redis_client

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
CYCLE_SECONDS = 15.0
CYCLE_REQUESTS = 200
# One broken record must not keep the others waiting; several broken answers mean the runtime is unwell.
FAILURES_PER_CYCLE = 3
POLL_SECONDS = 8.0
WATCHED_REQUESTS_PER_SECOND = 20
AFTER_TROUBLE = timedelta(seconds=5)
CHAIN_SECONDS = 30.0
# (waiting for less than, ask again after), both in seconds: dense at first, rarely for the long ones.
INTERVALS = ((10, 1.0), (60, 2.0), (300, 5.0), (1800, 10.0))
LONGEST_INTERVAL = 20.0


@dataclass(slots=True)
class Cycle:
    """What one collecting cycle did."""

    asked: int = 0
    collected: int = 0
    failed: int = 0


def due_namespaces() -> list[int]:
    """Namespaces that have something to ask for now."""
    due = Activation.objects.due(timezone.now()).filter(namespace__key_refused=False)
    return list(due.order_by().values_list("namespace_id", flat=True).distinct())


def collect_namespace(namespace_pk: int) -> Cycle | None:
    """One cycle: ask for the activations that are due. None when another collector is at it.

    Raises:
        redis.RedisError: Redis is away, so nobody may be sure to be the only collector.
    """
    with lease(f"collect:{namespace_pk}", seconds=LEASE_SECONDS) as held:
        if held is None:
            return None
        namespace = Namespace.objects.filter(pk=namespace_pk, key_refused=False).first()
        if namespace is None:
            return None
        cycle = _run_cycle(namespace, held)
    _arrange_next(namespace_pk)
    return cycle


def schedule_collect(namespace_pk: int, *, seconds: float) -> None:
    """Arrange one cycle in `seconds`, unless one is arranged already. Beat finds what this misses."""
    try:
        arranged = redis_client().set(
            key("next-cycle", namespace_pk), 1, nx=True, px=max(50, int(seconds * 1000))
        )
    except RedisError as error:
        logger.warning("No cycle was arranged for namespace %s, beat will: %s", namespace_pk, error)
        return
    if arranged:
        enqueue("runtime_app.tasks.collect_namespace", namespace_pk, countdown=seconds)


def collect_logs(activation_pk: int) -> None:
    """Fetch the logs that a blocking answer came without; where nothing is stored there are none to fetch."""
    activation = Activation.objects.select_related("namespace").get(pk=activation_pk)
    if activation.activation_id is None:
        return
    try:
        with calling(activation.namespace, read_timeout=POLL_SECONDS) as client:
            take_in_logs(activation, client.get_activation(activation.activation_id))
    except NotFound:
        logger.info("Activation %s is not stored upstream, so it has no logs.", activation.activation_id)


def poll_interval(waited: timedelta, *, watched: bool, pending: int) -> timedelta:
    """How long to wait before asking again for something that has been waited for this long.

    It grows with the time waited. While somebody watches it stays at a second, stretched so that `pending`
    jobs together cost at most `WATCHED_REQUESTS_PER_SECOND`.
    """
    seconds = next((pause for limit, pause in INTERVALS if waited.total_seconds() < limit), LONGEST_INTERVAL)
    if watched:
        seconds = min(seconds, max(1.0, pending / WATCHED_REQUESTS_PER_SECOND))
    return timedelta(seconds=seconds)


def _run_cycle(namespace: Namespace, held: Lease) -> Cycle:
    cycle, started = Cycle(), monotonic()
    due = list(Activation.objects.due(timezone.now()).filter(namespace=namespace)[:CYCLE_REQUESTS])
    watched = is_watched(namespace.pk)
    pending = Activation.objects.pending().filter(namespace=namespace).count() if watched else 0
    try:
        with calling(namespace, read_timeout=POLL_SECONDS) as client:
            for activation in due:
                if monotonic() - started > CYCLE_SECONDS or not held.renew():
                    break
                interval = poll_interval(_waited(activation), watched=watched, pending=pending)
                _ask_for(activation, namespace, client, interval, cycle)
    except OpenWhiskError as error:
        # `calling` has noted it on the namespace; everything due waits a little, nothing is given up.
        logger.warning("Collecting from %s stopped: %s", namespace, error)
        _postpone(namespace)
    return cycle


def _ask_for(
    activation: Activation,
    namespace: Namespace,
    client: OpenWhiskClient,
    interval: timedelta,
    cycle: Cycle,
) -> None:
    """Ask for one activation. Raises only trouble that concerns all of them, or comes again and again."""
    cycle.asked += 1
    now = timezone.now()
    try:
        record = client.get_activation(activation.activation_id or "")
    except NotFound:
        _not_there_yet(activation, now, interval)
    except (BadReply, Rejected, ServerFault, Unreachable) as error:
        cycle.failed += 1
        activation.ask_again_at(now + max(interval, AFTER_TROUBLE))
        if not error.sent or cycle.failed >= FAILURES_PER_CYCLE:
            raise
        logger.warning("The answer for %s cannot be used: %s\n%s", activation, error, error.body)
    else:
        take_in(namespace, record)
        cycle.collected += 1


def _not_there_yet(activation: Activation, now: datetime, interval: timedelta) -> None:
    """404 means "still running", or lost once its time is over; nothing but a 404 may end the wait."""
    if activation.deadline_at is None or now <= activation.deadline_at:
        activation.ask_again_at(now + interval)
    elif activation.give_up():
        publish_change(activation)


def _waited(activation: Activation) -> timedelta:
    return timezone.now() - activation.elapsed_from


def _postpone(namespace: Namespace) -> None:
    later = timezone.now() + AFTER_TROUBLE
    Activation.objects.due(timezone.now()).filter(namespace=namespace).order_by().update(next_poll_at=later)


def _arrange_next(namespace_pk: int) -> None:
    soonest = (
        Activation.objects.pending().filter(namespace=namespace_pk).aggregate(at=Min("next_poll_at"))["at"]
    )
    if soonest is None:
        return
    seconds = max(0.1, (soonest - timezone.now()).total_seconds())
    if seconds <= CHAIN_SECONDS:
        schedule_collect(namespace_pk, seconds=seconds)
