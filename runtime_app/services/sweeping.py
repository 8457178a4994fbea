"""Sweeping: find activations that were started elsewhere, so that the history is the namespace's own.

Lists are ordered by start, and a record appears when it has ended: a long job shows up in the past of the
list. So a sweep starts from the last one's time less the longest time any action may take, not from the
newest record seen.
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
)

from .connections import calling
from .leases import Lease, lease
from .publishing import is_watched
from .records import take_in

logger = logging.getLogger(__name__)

LEASE_SECONDS = 120.0
ANSWER_SECONDS = 15.0
SWEEP_EVERY = timedelta(seconds=30)
SWEEP_EVERY_WATCHED = timedelta(seconds=10)
FIRST_SWEEP_REACHES_BACK = timedelta(days=7)
# Lists lag a little behind the records, and clocks differ.
LIST_LAG = timedelta(minutes=2)
SINGLE_REQUESTS = 3
MOST_SUMMARIES = 20_000


@dataclass(slots=True)
class Sweep:
    """What one sweep did."""

    seen: int = 0
    found: int = 0


def due_for_sweep() -> list[int]:
    """Namespaces whose last sweep is long enough ago, sooner where somebody watches."""
    now = timezone.now()
    swept = Namespace.objects.active().values_list("pk", "swept_at")
    return [pk for pk, at in swept if at is None or now - at >= _pause(pk)]


def sweep_namespace(namespace_pk: int) -> Sweep | None:
    """Bring in every record the panel does not have. None when another sweep is at it.

    Raises:
        redis.RedisError: Redis is away.
    """
    with lease(f"sweep:{namespace_pk}", seconds=LEASE_SECONDS) as held:
        namespace = Namespace.objects.filter(pk=namespace_pk, key_refused=False).first()
        if held is None or namespace is None:
            return None
        began, sweep = timezone.now(), Sweep()
        try:
            with calling(namespace, read_timeout=ANSWER_SECONDS) as client:
                _walk(namespace, client, held, sweep)
        except OpenWhiskError as error:
            logger.warning("Sweeping %s stopped: %s", namespace, error)
            return sweep
        Namespace.objects.filter(pk=namespace_pk).update(swept_at=began)
        return sweep


def sweep_start(namespace: Namespace, now: datetime) -> datetime:
    """From which start time on a sweep must look."""
    if namespace.swept_at is None:
        return now - FIRST_SWEEP_REACHES_BACK
    longest = Action.objects.filter(namespace=namespace).aggregate(ms=Max("timeout_ms"))["ms"] or 60_000
    return namespace.swept_at - timedelta(milliseconds=longest) - LIST_LAG


def _pause(namespace_pk: int) -> timedelta:
    return SWEEP_EVERY_WATCHED if is_watched(namespace_pk) else SWEEP_EVERY


def _walk(namespace: Namespace, client: OpenWhiskClient, held: Lease, sweep: Sweep) -> None:
    summaries = client.iter_activations(since_ms=_epoch_ms(sweep_start(namespace, timezone.now())))
    while batch := list(islice(summaries, namespace.list_limit)):
        sweep.seen += len(batch)
        sweep.found += _take_in_unknown(namespace, client, batch)
        if not held.renew() or sweep.seen >= MOST_SUMMARIES:
            logger.warning("The sweep of %s stopped after %s summaries.", namespace, sweep.seen)
            return


def _take_in_unknown(namespace: Namespace, client: OpenWhiskClient, batch: list[ActivationSummary]) -> int:
    """Take in what a batch (newest first) names and the panel lacks; how many that were.

    A few are asked for one by one; many come with the full documents of the batch's window.
    """
    unknown = _unknown_ids(namespace, batch)
    full: dict[str, RemoteActivation] = {}
    if len(unknown) > SINGLE_REQUESTS:
        window = client.iter_full_activations(since_ms=batch[-1].start_ms, upto_ms=batch[0].start_ms)
        full = {record.activation_id: record for record in window if record.activation_id in unknown}
    found = 0
    for activation_id in unknown:
        record = full.get(activation_id) or _record_or_none(client, activation_id)
        if record is not None:
            take_in(namespace, record)
            found += 1
    return found


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
