"""The launch queue: what waits here goes out under the namespace's limits, fair between those who wait.

A round picks what may leave and hands it to workers. A row that was handed over and not sent, because Redis
or a worker died, is due again after `HANDED_SECONDS`; only one sender can claim it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from runtime_app.models import TRIGGER_KIND, Activation, BulkLaunch, BulkState, Namespace, Status
from runtime_app.models.activations import ActivationQuerySet
from runtime_app.models.statuses import UNFINISHED
from runtime_app.services.backing.leases import lease
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.launching.launch import end_lost_senders
from runtime_app.services.launching.room import fire_budget, room_now, spend
from runtime_app.services.launching.throttling import rests_until
from runtime_app.services.launching.turns import Lane, Room, take_turns

logger = logging.getLogger(__name__)

LEASE_SECONDS = 20.0
HANDED_SECONDS = 30
TURNS_KEPT_SECONDS = 3600
FIRES_A_ROUND = 100


def send_queued() -> int:
    """One round: hand to workers what may leave now; how many. Ends what has lost its sender, and bulk
    launches that have nothing left to do.

    Raises:
        redis.RedisError: Redis is away.
    """
    end_lost_senders()
    finish_bulks()
    with lease("drip", seconds=LEASE_SECONDS) as held:
        if held is None:
            return 0
        waiting = Activation.objects.sendable(timezone.now()).filter(namespace=OuterRef("pk"))
        return sum(drip(namespace) for namespace in Namespace.objects.active().filter(Exists(waiting)))


def drip(namespace: Namespace) -> int:
    """Hand over what this namespace has room for; how many."""
    now = timezone.now()
    waiting = Activation.objects.sendable(now).filter(namespace=namespace)
    room = room_now(namespace)
    lanes = _lanes(namespace, waiting.exclude(kind=TRIGGER_KIND), room)
    picked = take_turns(lanes, room, _served(namespace))
    bulk_lanes = {lane.name for lane in lanes if lane.is_bulk}
    spend(namespace, launches=len(picked), bulk=sum(name in bulk_lanes for name, _ in picked))
    _note_served(namespace, [name for name, _ in picked])
    fires = _fires(namespace, waiting.filter(kind=TRIGGER_KIND))
    return _hand_over([*fires, *(pk for _, pk in picked)], now)


def finish_bulks() -> None:
    """Note which running bulk launches have nothing left that could change."""
    for bulk in BulkLaunch.objects.filter(state=BulkState.RUNNING):
        if not Activation.objects.filter(bulk=bulk, status__in=UNFINISHED).exists():
            running = BulkLaunch.objects.filter(pk=bulk.pk, state=BulkState.RUNNING)
            running.update(state=BulkState.DONE, ended_at=timezone.now())


def _lanes(namespace: Namespace, waiting: ActivationQuerySet, room: Room) -> list[Lane]:
    """One lane for each person, for the schedules of each person, and for each running bulk launch."""
    single, scheduled = waiting.filter(bulk=None, schedule=None), waiting.exclude(schedule=None)
    lanes = [
        *_lanes_of_people("person", single, most=room.all, is_bulk=False),
        *_lanes_of_people("scheduled", scheduled, most=room.bulk, is_bulk=True),
    ]
    for bulk in BulkLaunch.objects.filter(namespace=namespace, state=BulkState.RUNNING):
        lanes.append(Lane(f"bulk:{bulk.pk}", True, _first(waiting.filter(bulk=bulk), room.bulk)))
    return lanes


def _lanes_of_people(kind: str, rows: ActivationQuerySet, *, most: int, is_bulk: bool) -> Iterable[Lane]:
    for person in rows.order_by().values_list("launched_by", flat=True).distinct():
        yield Lane(f"{kind}:{person}", is_bulk, _first(rows.filter(launched_by=person), most))


def _first(rows: ActivationQuerySet, most: int) -> list[int]:
    return list(rows.values_list("pk", flat=True)[: max(0, most)])


def _fires(namespace: Namespace, waiting: ActivationQuerySet) -> list[int]:
    """Fires that wait, oldest first: they have a limit of their own and start nothing that we could count."""
    if rests_until(namespace, fires=True) is not None:
        return []
    budget = fire_budget(namespace)
    pks = _first(waiting, FIRES_A_ROUND if budget is None else min(FIRES_A_ROUND, int(budget.balance())))
    if budget is not None and pks:
        budget.spend(len(pks))
    return pks


def _hand_over(pks: Sequence[int], now: datetime) -> int:
    """Let workers send these; each is left alone by the next rounds until it must have been sent."""
    rows = Activation.objects.filter(pk__in=pks, status=Status.QUEUED)
    rows.update(next_poll_at=now + timedelta(seconds=HANDED_SECONDS), error="")
    for pk in pks:
        enqueue("runtime_app.tasks.send_launch", pk)
    return len(pks)


def _served(namespace: Namespace) -> dict[str, float]:
    """When each lane had its last turn, as far as remembered."""
    known = redis_client().hgetall(key("turns", namespace.pk))
    return {str(name): float(at) for name, at in known.items()}


def _note_served(namespace: Namespace, names: Sequence[str]) -> None:
    if not names:
        return
    now = time.time()
    # Within a round the later turn counts as later: a microsecond each keeps their order.
    turns = {name: now + number / 1_000_000 for number, name in enumerate(names)}
    with redis_client().pipeline() as pipeline:
        pipeline.hset(key("turns", namespace.pk), mapping=turns)  # type: ignore[arg-type]
        pipeline.expire(key("turns", namespace.pk), TURNS_KEPT_SECONDS)
        pipeline.execute()
