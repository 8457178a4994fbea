"""Walking along the runtime's list of activations, newest first, and taking in what the panel lacks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import ceil

from runtime_app.models import Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import (
    ActivationSummary,
    BadReply,
    NotFound,
    OpenWhiskClient,
    RemoteActivation,
)
from runtime_app.openwhisk.calls.base import SMALLEST_PAGE
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.record_facts import epoch_ms, moment
from runtime_app.services.collecting.records import take_in_many
from runtime_app.services.connecting.connections import calling, tolerating

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 15.0
SINGLE_REQUESTS = 3
# One broken record must not hide its neighbours; several broken answers mean the runtime is unwell.
FAILURES_PER_BATCH = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """A part of the list: how many it named, how many of them were news, and when its oldest started."""

    seen: int
    found: int
    reached: datetime


@dataclass(slots=True)
class Sweep:
    """What one walk did: summaries seen, records found that the panel did not have."""

    seen: int = 0
    found: int = 0

    def add(self, batch: Batch) -> None:
        """Count one batch more."""
        self.seen += batch.seen
        self.found += batch.found


@contextmanager
def asking(namespace: Namespace) -> Iterator[OpenWhiskClient]:
    """The client for work that can wait: trouble is noted on the namespace, and ends the block."""
    doing = "Walking along the activations of"
    with tolerating(namespace, doing), calling(namespace, read_timeout=ANSWER_SECONDS) as client:
        yield client


def walk(
    namespace: Namespace, client: OpenWhiskClient, *, since: datetime, upto: datetime | None = None
) -> Iterator[Batch]:
    """Take in batch after batch of what started in this time. The budget pays for each when it is done.

    Raises:
        OpenWhiskError: the list cannot be read any further.
    """
    summaries = client.iter_activations(
        since_ms=epoch_ms(since), upto_ms=None if upto is None else epoch_ms(upto)
    )
    budget, size = budget_for(namespace), SMALLEST_PAGE
    while batch := list(islice(summaries, namespace.list_limit)):
        size = len(batch)
        found, requests = _take_in_unknown(namespace, client, batch)
        budget.spend(1 + requests)
        yield Batch(size, found, moment(batch[-1].start_ms))
    if size >= SMALLEST_PAGE:
        budget.spend(1)  # Only the empty page after it showed the end.


def _take_in_unknown(
    namespace: Namespace, client: OpenWhiskClient, batch: list[ActivationSummary]
) -> tuple[int, int]:
    """Take in what a batch (newest first) names and the panel lacks; how many, and for how many requests.

    A few are asked for one by one; many come with the full documents of the batch's window.
    """
    unknown = _unknown_ids(namespace, batch)
    records: list[RemoteActivation] = []
    windows = 0
    if len(unknown) > SINGLE_REQUESTS and namespace.lists_records:
        records, windows = _from_window(namespace, client, batch, unknown)
    missing = unknown - {record.activation_id for record in records}
    records += _one_by_one(client, missing)
    return take_in_many(namespace, records), windows + len(missing)


def _from_window(
    namespace: Namespace, client: OpenWhiskClient, batch: list[ActivationSummary], wanted: set[str]
) -> tuple[list[RemoteActivation], int]:
    """The full documents, and for how many pages, none more than it takes. A bad answer brings none."""
    records: list[RemoteActivation] = []
    read = 0
    try:
        for record in client.iter_full_activations(since_ms=batch[-1].start_ms, upto_ms=batch[0].start_ms):
            read += 1
            if record.activation_id in wanted:
                records.append(record)
            if len(records) == len(wanted):
                break
    except BadReply as error:
        logger.warning("%s records cannot be read together: %s", len(wanted), error)
    # Neighbours that started in the same millisecond as the first or the last of them stand there too.
    return records, max(1, ceil(read / namespace.list_limit))


def _one_by_one(client: OpenWhiskClient, activation_ids: set[str]) -> list[RemoteActivation]:
    """Those that can be read by now. Raises BadReply when several answers cannot be used."""
    records, failures = [], 0
    for activation_id in activation_ids:
        try:
            records.append(client.get_activation(activation_id))
        except NotFound:
            continue
        except BadReply as error:
            logger.warning("Activation %s cannot be read: %s\n%.2000s", activation_id, error, error.body)
            failures += 1
            if failures >= FAILURES_PER_BATCH:
                raise
    return records


def _unknown_ids(namespace: Namespace, batch: list[ActivationSummary]) -> set[str]:
    ids = {item.activation_id for item in batch}
    known = Activation.objects.filter(namespace=namespace, activation_id__in=ids, status__in=REPORTED)
    stored = dict(known.values_list("activation_id", "is_stored"))
    if not all(stored.values()):
        known.filter(is_stored=False).update(is_stored=True)
    return ids - stored.keys()
