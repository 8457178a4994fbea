"""Reconciling: does the panel have as many records of the last day as the runtime says it has?

A gap seen once proves nothing: what has just ended elsewhere is brought home by the next sweep. So the same
window is looked at again after a deep sweep, and what is missing then is read again, batch by batch.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import BadReply, Rejected
from runtime_app.services.backing.leases import lease
from runtime_app.services.collecting.backfilling import read_again
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.record_facts import epoch_ms
from runtime_app.services.collecting.sweeping import LIST_LAG, LONGEST_WAIT
from runtime_app.services.collecting.walking import asking

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
COUNT_EVERY = timedelta(minutes=10)
COUNTED = timedelta(hours=24)
# Of what is missing for good, e.g. because it cannot be read, nobody asks more often than this.
READ_AGAIN_EVERY = timedelta(hours=1)
# What ended after the count must not fill the gap that it found; the runtime's clock may be ahead of ours.
CLOCKS_APART = timedelta(minutes=5)


def due_for_reconciling() -> list[int]:
    """Namespaces that were not counted for a while, or whose gap outlived a deep sweep."""
    read = Namespace.objects.callable_now().filter(swept_at__isnull=False)
    calm = read.exclude(pk__in=Namespace.objects.backfilling().values("pk"))
    uncounted = Q(counted_at=None) | Q(counted_at__lte=timezone.now() - COUNT_EVERY)
    due = calm.filter(uncounted | Q(gap__gt=0, deep_swept_at__gt=F("counted_at")))
    return list(due.values_list("pk", flat=True))


def reconcile_namespace(namespace_pk: int) -> None:
    """Count, or look whether the gap of the last count is closed and else let its window be read again.

    Raises:
        redis.RedisError: Redis is away.
    """
    with lease(f"reconcile:{namespace_pk}", seconds=LEASE_SECONDS) as held:
        namespace = Namespace.objects.callable_now().filter(pk=namespace_pk).first()
        if held is None or namespace is None or namespace.is_backfilling:
            return
        now = timezone.now()
        if namespace.counted_at is None or now - namespace.counted_at >= COUNT_EVERY:
            _count(namespace, now)
        elif namespace.gap:
            _look_again(namespace, namespace.counted_at)


def counted_window(counted_at: datetime) -> tuple[datetime, datetime]:
    """Which start times a count at this moment is about."""
    upto = counted_at - LIST_LAG
    return upto - COUNTED, upto


def counted_here(namespace: Namespace, counted_at: datetime) -> int:
    """How many records of that window the panel has that the runtime could have counted then."""
    since, upto = counted_window(counted_at)
    rows = Activation.objects.filter(
        namespace=namespace,
        activation_id__isnull=False,
        status__in=REPORTED,
        is_stored=True,
        # Lets the database walk the history's index instead of all rows.
        listed_at__gte=since - LONGEST_WAIT,
    )
    # A fire's record has no end: it is there as soon as it has started.
    ended = Q(ended_at__lte=counted_at + CLOCKS_APART) | Q(ended_at=None)
    # An array as the answer of a blocking call comes without its start.
    started = Q(started_at__range=(since, upto)) | Q(started_at=None, listed_at__range=(since, upto))
    return rows.filter(started, ended).count()


def _count(namespace: Namespace, now: datetime) -> None:
    since, upto = counted_window(now)
    with asking(namespace) as client:
        try:
            upstream = client.count_activations(since_ms=epoch_ms(since), upto_ms=epoch_ms(upto))
        except (BadReply, Rejected) as error:
            logger.info("The runtime of %s does not count: %s", namespace, error)
            _note(namespace, counted_at=now, counted_upstream=None, gap=0)
            return
        budget_for(namespace).spend(1)
        gap = max(0, upstream - counted_here(namespace, now))
        _note(namespace, counted_at=now, counted_upstream=upstream, gap=gap)


def _look_again(namespace: Namespace, counted_at: datetime) -> None:
    gap = max(0, (namespace.counted_upstream or 0) - counted_here(namespace, counted_at))
    _note(namespace, gap=gap)
    swept = namespace.deep_swept_at is not None and namespace.deep_swept_at > counted_at
    if gap and swept and not _was_read_again(namespace, counted_at):
        logger.warning("%s records of %s are missing; the last day is read again.", gap, namespace)
        read_again(namespace, *counted_window(counted_at))


def _was_read_again(namespace: Namespace, counted_at: datetime) -> bool:
    """Whether a window like this one has been read again lately; the first reading back does not count."""
    start, goal = namespace.backfill_from, namespace.backfill_goal
    if start is None or goal is None or start - goal > COUNTED:
        return False
    return counted_window(counted_at)[1] - start < READ_AGAIN_EVERY


def _note(namespace: Namespace, **values: object) -> None:
    Namespace.objects.filter(pk=namespace.pk).update(**values)
