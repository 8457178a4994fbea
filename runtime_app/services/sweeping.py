"""Sweeping: find activations that were started elsewhere, so that the history is the namespace's own.

Lists are ordered by start, and a record appears when it has ended: a long job shows up in the past of the
list. A cursor "newer than the last one seen" would lose it. So there are two sweeps: a shallow one, often,
over the last minutes, and a deep one, rarely, that reaches back by the longest time any action may take.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Max
from django.utils import timezone

from runtime_app.models import Action, Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import (
    ActivationSummary,
    NotFound,
    OpenWhiskClient,
    OpenWhiskError,
    RemoteActivation,
    Throttled,
)

from .budget import budget_for
from .connections import calling
from .leases import Lease, lease
from .publishing import is_watched
from .records import take_in_many

logger = logging.getLogger(__name__)

LEASE_SECONDS = 120.0
ANSWER_SECONDS = 15.0
SWEEP_EVERY = timedelta(seconds=30)
SWEEP_EVERY_WATCHED = timedelta(seconds=10)
DEEP_SWEEP_EVERY = timedelta(minutes=5)
FIRST_SWEEP_REACHES_BACK = timedelta(days=7)
# Lists lag a little behind the records, and clocks differ.
LIST_LAG = timedelta(minutes=2)
SINGLE_REQUESTS = 3


@dataclass(slots=True)
class Sweep:
    """What one sweep did: summaries seen, records found that the panel did not have."""

    seen: int = 0
    found: int = 0


def due_for_sweep() -> list[int]:
    """Namespaces whose last sweep is long enough ago, sooner where somebody watches."""
    now = timezone.now()
    swept = Namespace.objects.callable_now().values_list("pk", "swept_at")
    return [pk for pk, at in swept if at is None or now - at >= _pause(pk)]


def sweep_namespace(namespace_pk: int) -> Sweep | None:
    """Bring in every record the panel does not have. None when another sweep is at it.

    Raises:
        redis.RedisError: Redis is away.
    """
    with lease(f"sweep:{namespace_pk}", seconds=LEASE_SECONDS) as held:
        namespace = Namespace.objects.callable_now().filter(pk=namespace_pk).first()
        if held is None or namespace is None:
            return None
        began, sweep = timezone.now(), Sweep()
        deep = is_deep(namespace, began)
        try:
            with calling(namespace, read_timeout=ANSWER_SECONDS) as client:
                whole = _walk(namespace, client, held, sweep, sweep_start(namespace, began, deep=deep))
        except Throttled as error:
            namespace.record_error(error.message, retry_after=error.retry_after)
            return sweep
        except OpenWhiskError as error:
            logger.warning("Sweeping %s stopped: %s", namespace, error)
            return sweep
        if whole:
            done = {"swept_at": began, "deep_swept_at": began} if deep else {"swept_at": began}
            Namespace.objects.filter(pk=namespace_pk).update(**done)
        return sweep


def is_deep(namespace: Namespace, now: datetime) -> bool:
    """Whether it is time to look for long jobs again."""
    return namespace.deep_swept_at is None or now - namespace.deep_swept_at >= DEEP_SWEEP_EVERY


def sweep_start(namespace: Namespace, now: datetime, *, deep: bool) -> datetime:
    """From which start time on a sweep must look."""
    if namespace.swept_at is None or namespace.deep_swept_at is None:
        return now - FIRST_SWEEP_REACHES_BACK
    if not deep:
        return namespace.swept_at - LIST_LAG
    longest = Action.objects.filter(namespace=namespace).aggregate(ms=Max("timeout_ms"))["ms"] or 60_000
    return namespace.deep_swept_at - timedelta(milliseconds=longest) - LIST_LAG


def _pause(namespace_pk: int) -> timedelta:
    return SWEEP_EVERY_WATCHED if is_watched(namespace_pk) else SWEEP_EVERY


def _walk(namespace: Namespace, client: OpenWhiskClient, held: Lease, sweep: Sweep, since: datetime) -> bool:
    """Batch after batch, newest first; whether it came to the end before it lost its lease."""
    budget = budget_for(namespace)
    summaries = client.iter_activations(since_ms=_epoch_ms(since))
    while batch := list(islice(summaries, namespace.list_limit)):
        sweep.seen += len(batch)
        found, requests = _take_in_unknown(namespace, client, batch)
        sweep.found += found
        budget.spend(1 + requests)
        if not held.renew():
            logger.warning("The sweep of %s lost its lease after %s summaries.", namespace, sweep.seen)
            return False
    return True


def _take_in_unknown(
    namespace: Namespace, client: OpenWhiskClient, batch: list[ActivationSummary]
) -> tuple[int, int]:
    """Take in what a batch (newest first) names and the panel lacks; how many, and for how many requests.

    A few are asked for one by one; many come with the full documents of the batch's window.
    """
    unknown = _unknown_ids(namespace, batch)
    records: list[RemoteActivation] = []
    if len(unknown) > SINGLE_REQUESTS:
        window = client.iter_full_activations(since_ms=batch[-1].start_ms, upto_ms=batch[0].start_ms)
        records = [record for record in window if record.activation_id in unknown]
    missing = unknown - {record.activation_id for record in records}
    singles = [_record_or_none(client, activation_id) for activation_id in missing]
    records += [record for record in singles if record is not None]
    windows = 1 if len(unknown) > SINGLE_REQUESTS else 0
    return take_in_many(namespace, records), windows + len(singles)


def _record_or_none(client: OpenWhiskClient, activation_id: str) -> RemoteActivation | None:
    try:
        return client.get_activation(activation_id)
    except NotFound:
        return None


def _unknown_ids(namespace: Namespace, batch: list[ActivationSummary]) -> set[str]:
    ids = {item.activation_id for item in batch}
    known = Activation.objects.filter(namespace=namespace, activation_id__in=ids, status__in=REPORTED)
    return ids - set(known.values_list("activation_id", flat=True))


def _epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
