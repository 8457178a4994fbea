"""How many launches may leave a namespace now, by its limits, with a share that is kept for people.

Two limits count: launches a minute (token buckets in Redis) and launches at once (counted in the database).
Neither is exact across processes that send at the same moment; the runtime's own 429 is, and then waits here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count
from django.utils import timezone
from redis import RedisError

from runtime_app.models import TRIGGER_KIND, Activation, BulkState, Namespace, Origin, Status
from runtime_app.models.activations import ActivationQuerySet
from runtime_app.services.backing.moments import clock
from runtime_app.services.backing.redis import key
from runtime_app.services.collecting.budget import Budget
from runtime_app.services.launching.throttling import begin_rest, rests_until
from runtime_app.services.launching.turns import Room

logger = logging.getLogger(__name__)

# Bulk launches and schedules get this much of either limit; the rest is for people who wait at the screen.
BULK_SHARE = 0.7
# A full bucket and what flows in during one minute are together what the limit allows in any minute.
STEADY_SHARE = 0.8
BURST_SECONDS = 60 * (1 - STEADY_SHARE) / STEADY_SHARE
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a launch cannot leave now, in one sentence; `until` when it cannot before that moment."""

    sentence: str
    until: datetime | None = None


def room_now(namespace: Namespace) -> Room:
    """How many launches may leave now. Bulk launches rest while the namespace rests after trouble.

    Raises:
        redis.RedisError: Redis is away.
    """
    if rests_until(namespace) is not None:
        return Room(0, 0)
    slots, bulk_slots = _slots(namespace)
    tokens = _tokens(launch_budget(namespace))
    bulk_tokens = _tokens(launch_budget(namespace, bulk=True))
    most = max(0, min(MOST_AT_ONCE, slots, tokens))
    return Room(most, 0 if namespace.is_resting else max(0, min(most, bulk_slots, bulk_tokens)))


def spend(namespace: Namespace, *, launches: int, bulk: int) -> None:
    """Note that so many launches leave, `bulk` of them of bulk launches and schedules."""
    for budget, spent in (
        (launch_budget(namespace), launches),
        (launch_budget(namespace, bulk=True), bulk),
    ):
        if budget is not None and spent:
            budget.spend(spent)


def hold_for(activation: Activation) -> Hold | None:
    """Take room for one launch or fire of a person; why it has to wait when there is none.

    Without Redis nobody can count, and the launch goes out: the runtime's own limit holds it back if it must.
    """
    namespace = activation.namespace
    if not activation.is_fire and _slots(namespace)[0] <= 0:
        return Hold(_slots_sentence(namespace))
    budget = fire_budget(namespace) if activation.is_fire else launch_budget(namespace)
    try:
        if (until := rests_until(namespace, fires=activation.is_fire)) is not None:
            return Hold(_rest_sentence(until), until)
        if budget is None or budget.take():
            return None
        return Hold(_rate_sentence(activation, budget))
    except RedisError as error:
        logger.warning("Launch %s leaves uncounted: %s", activation.pk, error)
        return None


def hold_on_bulks(namespace: Namespace) -> str:
    """Why no bulk launch and no schedule gets anything out now; empty when their turn may come."""
    if namespace.key_refused:
        return "The runtime refuses the key. What waits goes on by itself when there is a new one."
    try:
        throttled = rests_until(namespace)
    except RedisError as error:
        logger.warning("Nobody knows whether %s throttles: %s", namespace, error)
        return "Redis is away, and nothing is counted without it. What waits goes on when it is back."
    if throttled is None and namespace.throttled and namespace.is_resting:
        throttled = namespace.retry_at
    if throttled is not None:
        sentence = "The runtime takes no more at the moment (429, too many requests)."
        return f"{sentence} What waits goes on by itself at {clock(throttled)}."
    if namespace.is_resting and namespace.retry_at is not None:
        sentence = f"The runtime fails to answer; the next try is at {clock(namespace.retry_at)}."
        return f"{sentence} What waits goes on by itself when it answers."
    return _shared_slots_sentence(namespace) if _slots(namespace)[1] <= 0 else ""


def why_waiting(activation: Activation) -> str:
    """Why one launch or fire waits here, in a sentence or two; empty for what does not wait here."""
    if not activation.can_be_cancelled or activation.error:
        return activation.waiting_reason
    if activation.bulk is not None and activation.bulk.state == BulkState.PAUSED:
        return "Its bulk launch is paused, so nothing of it leaves."
    is_shared = activation.bulk_id is not None or activation.schedule_id is not None
    if is_shared and (sentence := hold_on_bulks(activation.namespace)):
        return sentence
    if activation.bulk_id is not None:
        return "It waits for its turn in its bulk launch."
    return activation.waiting_reason


def note_throttled(activation: Activation, retry_after: float | None) -> float | None:
    """The runtime has counted more than we did: whoever else launches there has used the minute up.

    For how many seconds nothing of this kind leaves; None when Redis is away and nobody can note it.
    """
    budget = (fire_budget if activation.is_fire else launch_budget)(activation.namespace)
    try:
        if budget is not None and (left := budget.balance()) > 0:
            budget.spend(ceil(left))
        return begin_rest(activation, retry_after)
    except RedisError as error:
        logger.warning("Nobody could note that %s throttles: %s", activation.namespace, error)
        return None


def launch_budget(namespace: Namespace, *, bulk: bool = False) -> Budget | None:
    """The bucket of launches; None when the namespace names no limit."""
    share = BULK_SHARE if bulk else 1.0
    name = "bulk-launches" if bulk else "launches"
    return _budget(namespace, name, namespace.limit("invocationsPerMinute", 0) * share)


def bulk_slots(namespace: Namespace) -> int:
    """How many bulk launches and schedules may have running at once; 0 when the namespace names no limit."""
    allowed = namespace.limit("concurrentInvocations", 0)
    return max(1, int(allowed * BULK_SHARE)) if allowed > 0 else 0


def fire_budget(namespace: Namespace) -> Budget | None:
    """The bucket of fires of triggers; None when the namespace names no limit."""
    return _budget(namespace, "fires", namespace.limit("firesPerMinute", 0))


def _budget(namespace: Namespace, name: str, per_minute: float) -> Budget | None:
    if per_minute <= 0:
        return None
    return Budget(key(name, namespace.pk), per_minute / 60 * STEADY_SHARE, BURST_SECONDS)


def _tokens(budget: Budget | None) -> int:
    return MOST_AT_ONCE if budget is None else int(budget.balance())


def _slots(namespace: Namespace) -> tuple[int, int]:
    """How many more may run at once, and how many of those may be bulk launches."""
    allowed = namespace.limit("concurrentInvocations", 0)
    if allowed <= 0:
        return MOST_AT_ONCE, MOST_AT_ONCE
    running = _running(namespace)
    return allowed - running, bulk_slots(namespace) - running


def _running(namespace: Namespace) -> int:
    """The panel's own launches that are under way, or handed to a worker that will send them."""
    own = Activation.objects.filter(namespace=namespace, origin=Origin.PANEL).exclude(kind=TRIGGER_KIND)
    # The drip leaves no sentence on what it hands to a worker; what is held back has one.
    handed = own.filter(status=Status.QUEUED, error="", next_poll_at__gt=timezone.now())
    # Two questions, since one would find no index.
    return own.filter(status__in=[Status.SENDING, Status.PENDING]).count() + handed.count()


def _rest_sentence(until: datetime) -> str:
    seconds = max(1, ceil((until - timezone.now()).total_seconds()))
    return (
        "The runtime takes no more at the moment (429, too many requests). "
        f"This one follows by itself, in {seconds:,} s at the earliest."
    )


def _slots_sentence(namespace: Namespace) -> str:
    allowed = namespace.limit("concurrentInvocations", 0)
    running = "1 launch runs" if allowed == 1 else f"{allowed:,} launches run"
    return (
        f"{running} at once, which is the most this namespace allows. "
        "This one leaves by itself when there is room."
    )


def _shared_slots_sentence(namespace: Namespace) -> str:
    return (
        f"As many launches run as bulk launches and schedules get: {bulk_slots(namespace):,} at once, "
        f"of the {namespace.limit('concurrentInvocations', 0):,} that this namespace allows. "
        "What waits goes on by itself when some have ended."
    )


def _rate_sentence(activation: Activation, budget: Budget) -> str:
    seconds = max(2, ceil((1 + _ahead(activation) - budget.balance()) / budget.rate))
    at = timezone.now() + timedelta(seconds=seconds)
    limit = "firesPerMinute" if activation.is_fire else "invocationsPerMinute"
    noun = "fires" if activation.is_fire else "launches"
    return (
        f"This namespace takes {activation.namespace.limit(limit, 0):,} {noun} a minute, and as many have "
        f"just left. This one follows by itself in about {seconds:,} s ({clock(at)})."
    )


def _ahead(activation: Activation) -> int:
    """How many leave before it: its own lane's earlier ones, and as many turns of each other lane."""
    queued = Activation.objects.filter(namespace=activation.namespace, status=Status.QUEUED)
    if activation.is_fire:
        return queued.filter(kind=TRIGGER_KIND, listed_at__lt=activation.listed_at).count()
    waiting = queued.exclude(kind=TRIGGER_KIND).exclude(bulk__state=BulkState.PAUSED)
    single = waiting.filter(bulk=None, schedule=None)
    own = single.filter(launched_by=activation.launched_by, listed_at__lt=activation.listed_at).count()
    others = [
        *_counts(single.exclude(launched_by=activation.launched_by), "launched_by"),
        *_counts(waiting.exclude(schedule=None), "launched_by"),
        *_counts(waiting.exclude(bulk=None), "bulk"),
    ]
    return own + sum(min(number, own + 1) for number in others)


def _counts(rows: ActivationQuerySet, lane: str) -> list[int]:
    """How many wait in each lane."""
    counted = rows.order_by().values(lane).annotate(number=Count("pk"))
    return [row["number"] for row in counted]
