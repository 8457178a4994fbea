"""Collecting: bring pending activations home, each namespace by one collector at a time.

A cycle is one short Celery task: it asks for what is due, notes when to ask again, and arranges the next
cycle. Beat only heals what was lost; nothing sleeps or loops. All state is in the database, so a killed
worker or an emptied Redis delays results and loses none.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from time import monotonic

from django.db.models import Min
from django.utils import timezone
from redis import RedisError

from runtime_app.models import Activation, Namespace
from runtime_app.openwhisk import (
    BadReply,
    NotFound,
    OpenWhiskError,
    Rejected,
    ServerFault,
    Throttled,
    Unreachable,
)
from runtime_app.services.backing.leases import Lease, lease
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.collecting.asking import ask, one_by_one, postpone, requests_for, settle
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.records import take_in_logs
from runtime_app.services.connecting.connections import calling
from runtime_app.services.launching.durations import Expectation, expectations
from runtime_app.services.live.publishing import is_watched

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
CYCLE_SECONDS = 15.0
MOST_DUE = 10_000
# One broken record must not keep the others waiting; several broken answers mean the runtime is unwell.
FAILURES_PER_CYCLE = 3
ANSWERED_BADLY = (BadReply, Rejected, ServerFault, Unreachable)
POLL_SECONDS = 8.0
CHAIN_SECONDS = 30.0
SHORTEST_PAUSE_SECONDS = 0.1


@dataclass(slots=True)
class Cycle:
    """What one collecting cycle did."""

    asked: int = 0
    collected: int = 0
    failed: int = 0
    began: float = field(default_factory=monotonic)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return monotonic() - self.began

    def spend(self, requests: int) -> None:
        """Count HTTP requests."""
        self.asked += requests


def due_namespaces() -> list[int]:
    """Namespaces that have something to ask for now."""
    due = Activation.objects.due(timezone.now()).filter(namespace__in=Namespace.objects.callable_now())
    return list(due.order_by().values_list("namespace_id", flat=True).distinct())


def collect_namespace(namespace_pk: int) -> Cycle | None:
    """One cycle: ask for the activations that are due. None when another collector is at it.

    Raises:
        redis.RedisError: Redis is away, so nobody may be sure to be the only collector.
    """
    with lease(f"collect:{namespace_pk}", seconds=LEASE_SECONDS) as held:
        if held is None:
            return None
        namespace = Namespace.objects.callable_now().filter(pk=namespace_pk).first()
        if namespace is None:
            return None
        cycle = _run_cycle(namespace, held)
    _arrange_next(namespace)
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


def _run_cycle(namespace: Namespace, held: Lease) -> Cycle:
    cycle = Cycle()
    due = list(Activation.objects.due(timezone.now()).filter(namespace=namespace)[:MOST_DUE])
    expected = expectations(namespace, (row.action_path for row in due))
    watched = is_watched(namespace.pk)
    try:
        with calling(namespace, read_timeout=POLL_SECONDS) as client:
            todo = deque(requests_for(namespace, due, expected))
            while todo and _may_go_on(cycle, held, namespace):
                request, rows = todo.popleft()
                try:
                    records, spent = ask(request, namespace, client)
                except ANSWERED_BADLY as error:
                    _note_bad_answer(cycle, error, rows, expected)
                    todo.extendleft(reversed(one_by_one(request, rows)))
                    continue
                cycle.spend(spent)
                budget_for(namespace).spend(spent)
                cycle.collected += settle(namespace, request, rows, records, expected, watched=watched)
    except Throttled as error:
        namespace.record_error(error.message, retry_after=error.retry_after)
    except OpenWhiskError as error:
        # `calling` has noted it on the namespace, which rests for a while; nothing is given up.
        logger.warning("Collecting from %s stopped: %s", namespace, error)
    return cycle


def _may_go_on(cycle: Cycle, held: Lease, namespace: Namespace) -> bool:
    """Whether there is time, the lease, and something left of the budget."""
    return cycle.seconds < CYCLE_SECONDS and held.renew() and budget_for(namespace).balance() > 0


def _note_bad_answer(
    cycle: Cycle, error: OpenWhiskError, rows: list[Activation], expected: dict[str, Expectation]
) -> None:
    """One answer that cannot be used keeps only its own rows waiting. Raises it when it is more than that."""
    cycle.spend(1)
    cycle.failed += 1
    postpone(rows, expected, watched=False)
    if not error.sent or cycle.failed >= FAILURES_PER_CYCLE:
        raise error
    logger.warning("An answer for %s cannot be used: %s\n%s", rows[0], error, error.body)


def _arrange_next(namespace: Namespace) -> None:
    pending = Activation.objects.pending().filter(namespace=namespace)
    soonest = pending.aggregate(at=Min("next_poll_at"))["at"]
    if soonest is None:
        return
    waits = [soonest, namespace.retry_at or soonest]
    seconds = max((at - timezone.now()).total_seconds() for at in waits)
    seconds = max(SHORTEST_PAUSE_SECONDS, seconds, budget_for(namespace).seconds_until_free())
    if seconds <= CHAIN_SECONDS:
        schedule_collect(namespace.pk, seconds=seconds)
