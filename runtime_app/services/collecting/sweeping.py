"""Sweeping: find activations that were started elsewhere, so that the history is the namespace's own.

Lists are ordered by start, and a record appears when it has ended: a long job shows up in the past of the
list. A cursor "newer than the last one seen" would lose it. So there are two sweeps: a shallow one, often,
over the last minutes, and a deep one, rarely, that reaches back by the longest time any action may take.
The very first one, and one after a long absence, only begins to read the history back in slices; see
`backfilling.py`. Where the panel has more than a page of records of that time, the runtime is asked first
how many it has: a thousand that were collected already cost one request instead of five.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from runtime_app.models import Action, Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import BadReply, OpenWhiskClient, Rejected
from runtime_app.services.backing.leases import Lease, lease
from runtime_app.services.collecting.backfilling import HISTORY, read_slice, with_history_to_read
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.jobs import is_crowded
from runtime_app.services.collecting.list_lag import list_lag
from runtime_app.services.collecting.record_facts import epoch_ms, moment
from runtime_app.services.collecting.walking import Sweep, asking, walk
from runtime_app.services.live.publishing import is_watched

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
SWEEP_EVERY = timedelta(seconds=30)
SWEEP_EVERY_WATCHED = timedelta(seconds=10)
SWEEP_EVERY_BUSY = timedelta(seconds=90)
DEEP_SWEEP_EVERY = timedelta(minutes=5)
# After a longer absence the history is read back in slices, for a sweep must end within its task.
LONGEST_SWEEP = timedelta(hours=1)
# What waited here for longer before it started is not counted, and the list is read instead.
LONGEST_WAIT = timedelta(days=1)
# Lists lag a little behind the records, and clocks differ.
LIST_LAG = timedelta(minutes=2)


def due_for_sweep() -> list[int]:
    """Namespaces whose last sweep is long enough ago, sooner where somebody watches."""
    now = timezone.now()
    return [
        namespace.pk
        for namespace in Namespace.objects.callable_now()
        if namespace.swept_at is None or now - namespace.swept_at >= _pause(namespace)
    ]


def sweep_namespace(namespace_pk: int) -> Sweep | None:
    """Bring in every record the panel does not have. None when another sweep is at it.

    Raises:
        redis.RedisError: Redis is away.
    """
    with lease(f"sweep:{namespace_pk}", seconds=LEASE_SECONDS) as held:
        namespace = Namespace.objects.callable_now().filter(pk=namespace_pk).first()
        if held is None or namespace is None:
            return None
        now = timezone.now()
        since = unread_since(namespace, now)
        if since is not None:
            return read_slice(with_history_to_read(namespace, since, now), held)
        return _sweep(namespace, held)


def is_deep(namespace: Namespace, now: datetime) -> bool:
    """Whether it is time to look for long jobs again."""
    return namespace.deep_swept_at is None or now - namespace.deep_swept_at >= DEEP_SWEEP_EVERY


def sweep_start(namespace: Namespace, now: datetime, *, deep: bool) -> datetime:
    """From which start time on a sweep must look: twice as far back as lists were seen to lag, or more."""
    shallow, deep_before = namespace.swept_at or now, namespace.deep_swept_at or now
    lag = max(LIST_LAG, timedelta(seconds=2 * list_lag(namespace.pk)))
    if not deep:
        return shallow - lag
    longest = Action.objects.filter(namespace=namespace).aggregate(ms=Max("timeout_ms"))["ms"] or 60_000
    return deep_before - timedelta(milliseconds=longest) - lag


def unread_since(namespace: Namespace, now: datetime) -> datetime | None:
    """From when on there is more to read than a sweep should; None when the last sweep is recent."""
    if namespace.swept_at is None or namespace.deep_swept_at is None:
        return now - HISTORY
    if now - namespace.swept_at <= LONGEST_SWEEP:
        return None
    starts = [sweep_start(namespace, now, deep=True)]
    if namespace.is_backfilling and namespace.backfill_goal:
        starts.append(namespace.backfill_goal)
    return max(now - HISTORY, min(starts))


def _pause(namespace: Namespace) -> timedelta:
    """Collecting comes first, and from a crowd it brings in what ran elsewhere at the same time."""
    if is_crowded(namespace) or budget_for(namespace).balance() <= 0:
        return SWEEP_EVERY_BUSY
    return SWEEP_EVERY_WATCHED if is_watched(namespace.pk) else SWEEP_EVERY


def _sweep(namespace: Namespace, held: Lease) -> Sweep:
    began, sweep, whole = timezone.now(), Sweep(), False
    deep = is_deep(namespace, began)
    with asking(namespace) as client:
        since = sweep_start(namespace, began, deep=deep)
        if namespace.is_backfilling and namespace.backfilled_to is not None:
            since = max(since, namespace.backfilled_to)  # What began earlier is read in slices.
        whole = _has_no_more(namespace, client, since) or _walk(namespace, client, held, sweep, since)
    if whole:
        done = {"swept_at": began, "deep_swept_at": began} if deep else {"swept_at": began}
        Namespace.objects.filter(pk=namespace.pk).update(**done)
    return sweep


def _has_no_more(
    namespace: Namespace, client: OpenWhiskClient, since: datetime, upto: datetime | None = None
) -> bool:
    """Whether the runtime has as many records of that time as the panel, which has none that it lacks."""
    # The answer of a blocking call may be kept nowhere else: it must not make up for one that is missing.
    own = Activation.objects.filter(
        namespace=namespace,
        activation_id__isnull=False,
        status__in=REPORTED,
        waits=False,
        started_at__gte=moment(epoch_ms(since)),
        listed_at__gte=since - LONGEST_WAIT,
    )
    if upto is not None:
        own = own.filter(started_at__lte=upto)
    if (count := own.count()) <= namespace.list_limit:
        return False
    upto_ms = None if upto is None else epoch_ms(upto)
    try:
        upstream = client.count_activations(since_ms=epoch_ms(since), upto_ms=upto_ms)
    except (BadReply, Rejected):
        return False
    budget_for(namespace).spend(1)
    return upstream == count


def _walk(namespace: Namespace, client: OpenWhiskClient, held: Lease, sweep: Sweep, since: datetime) -> bool:
    """Whether it came to the end, or to where nothing is missing any more, before it lost its lease."""
    found_before = False
    for batch in walk(namespace, client, since=since):
        sweep.add(batch)
        # Most of what is new stands in front: behind it one count may tell as much as all pages.
        if found_before and not batch.found and _has_no_more(namespace, client, since, batch.reached):
            return True
        found_before = batch.found > 0
        if not held.renew():
            logger.warning("The sweep of %s lost its lease after %s summaries.", namespace, sweep.seen)
            return False
    return True
