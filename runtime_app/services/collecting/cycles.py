"""Collecting: bring pending activations home, each namespace by one collector at a time.

A cycle is one short Celery task: it asks for what is due, notes when to ask again, and arranges the next
cycle. Beat only heals what was lost; nothing sleeps or loops. All state is in the database, so a killed
worker or an emptied Redis delays results and loses none.
"""

from __future__ import annotations

import logging

from django.db.models import Exists, Min, OuterRef
from django.utils import timezone
from redis import RedisError

from runtime_app.models import Activation, Namespace
from runtime_app.openwhisk import NotFound
from runtime_app.services.backing.leases import Lease, lease
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.crowds import collect_crowd
from runtime_app.services.collecting.few import collect_few
from runtime_app.services.collecting.jobs import is_crowded
from runtime_app.services.collecting.looks import Looks, untended
from runtime_app.services.collecting.records import take_in_logs
from runtime_app.services.collecting.turns import Cycle, Turn
from runtime_app.services.connecting.connections import calling, tolerating
from runtime_app.services.live.publishing import is_watched

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
POLL_SECONDS = 8.0
CHAIN_SECONDS = 30.0
SHORTEST_PAUSE_SECONDS = 0.1
LOGS_AGAIN_SECONDS = (10.0, 60.0, 600.0)


def due_namespaces() -> list[int]:
    """Namespaces that have something to ask for now, and nobody who will.

    Raises:
        redis.RedisError: Redis is away.
    """
    due = Activation.objects.due(timezone.now()).filter(namespace=OuterRef("pk"))
    found = Namespace.objects.callable_now().filter(Exists(due)).order_by("pk")
    return untended(list(found.values_list("pk", flat=True)))


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
        cycle, wanted = _run_cycle(namespace, held)
    _arrange_next(namespace, wanted)
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


def collect_logs(activation_pk: int, tried: int = 0) -> None:
    """Fetch the logs that a blocking answer came without, or note that the runtime keeps no record of it.

    A runtime that does not answer is asked again, LOGS_AGAIN_SECONDS after each of the first tries.
    """
    activation = Activation.objects.select_related("namespace").get(pk=activation_pk)
    if activation.activation_id is None:
        return
    if not _fetch_logs(activation, activation.activation_id) and tried < len(LOGS_AGAIN_SECONDS):
        seconds = LOGS_AGAIN_SECONDS[tried]
        enqueue("runtime_app.tasks.collect_logs", activation_pk, tried + 1, countdown=seconds)


def _fetch_logs(activation: Activation, activation_id: str) -> bool:
    """Whether the runtime answered."""
    namespace, doing = activation.namespace, f"Fetching the logs of {activation_id} from"
    with tolerating(namespace, doing), calling(namespace, read_timeout=POLL_SECONDS) as client:
        try:
            take_in_logs(activation, client.get_activation(activation_id))
        except NotFound:
            Activation.objects.filter(pk=activation.pk).update(is_stored=False)
        return True
    return False


def _run_cycle(namespace: Namespace, held: Lease) -> tuple[Cycle, float | None]:
    """What was done, and in how many seconds the next cycle is wanted; None when what is due next decides."""
    cycle, wanted = Cycle(), None
    doing = "Collecting from"
    with tolerating(namespace, doing), calling(namespace, read_timeout=POLL_SECONDS) as client:
        turn = Turn(namespace, client, held, budget_for(namespace), is_watched(namespace.pk), cycle)
        if is_crowded(namespace):
            wanted = collect_crowd(turn)
        else:
            Looks(namespace.pk).forget()
            collect_few(turn)
    return cycle, wanted


def _arrange_next(namespace: Namespace, wanted: float | None) -> None:
    seconds = wanted if wanted is not None else _seconds_until_due(namespace)
    if seconds is None:
        return
    now = timezone.now()
    rest = (namespace.retry_at - now).total_seconds() if namespace.retry_at else 0.0
    seconds = max(SHORTEST_PAUSE_SECONDS, seconds, rest, budget_for(namespace).seconds_until_free())
    if wanted is not None:
        Looks(namespace.pk).tend(seconds)
    if seconds <= CHAIN_SECONDS:
        schedule_collect(namespace.pk, seconds=seconds)


def _seconds_until_due(namespace: Namespace) -> float | None:
    soonest = Activation.objects.pending().filter(namespace=namespace).aggregate(at=Min("next_poll_at"))["at"]
    return (soonest - timezone.now()).total_seconds() if soonest else None
