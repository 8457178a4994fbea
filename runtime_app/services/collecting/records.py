"""The one way in for whatever is learned about activations, from wherever it is learned.

Everything here is idempotent and keyed by (namespace, activation id): the same record may come from a
blocking answer, a poll and a sweep, in any order and at the same moment, and is kept once.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from runtime_app.models import Activation, ActivationPayload, Namespace, Origin, Status, one_line
from runtime_app.models.statuses import ACCEPTS_RECORD
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.collecting.record_facts import facts_of, moment, payload_of, status_of
from runtime_app.services.live.publishing import publish_change, publish_changes
from runtime_app.services.wiring.tracing import note_components, note_outcomes, note_whole

SEQUENCE_KIND = "sequence"
WIDE_COLUMNS = ("result", "logs", "annotations", "size")
# Rows in one statement; SQLite allows 32,766 variables.
BATCH_ROWS = 500


def accepted(activation: Activation, activation_id: str) -> None:
    """Note the id under which the platform took a launch.

    When a sweep was faster, its row for this id gives way: the launch's own row knows who launched it and
    why, and the next poll brings the record into it.
    """
    try:
        with transaction.atomic():
            moved = activation.accept(activation_id)
    except IntegrityError:
        with transaction.atomic():
            Activation.objects.filter(
                namespace=activation.namespace_id, activation_id=activation_id, origin=Origin.ELSEWHERE
            ).delete()
            moved = activation.accept(activation_id)
    if moved:
        publish_change(activation)


def take_in(namespace: Namespace, record: RemoteActivation) -> Activation:
    """Keep one record; see `take_in_many`."""
    take_in_many(namespace, [record])
    return Activation.objects.get(namespace=namespace, activation_id=record.activation_id)


def take_in_many(namespace: Namespace, records: Iterable[RemoteActivation]) -> int:
    """Keep records: end the activations that wait for them, write down those that were started elsewhere.

    Returns how many were news. A record that is known already changes nothing and announces nothing. A few
    statements for each `BATCH_ROWS` records, however many wait for them.
    """
    by_id = {record.activation_id: record for record in records}
    ids = list(by_id)
    batches = (ids[start : start + BATCH_ROWS] for start in range(0, len(ids), BATCH_ROWS))
    return sum(_take_in_batch(namespace, [by_id[each] for each in batch]) for batch in batches)


def take_in_bare_result(activation: Activation, result: list[object]) -> None:
    """Keep the answer of a blocking call that came without its record, as arrays do (core Actions.scala).

    Only success answers that way. When it ended is known, when it started is not.
    """
    with transaction.atomic():
        if activation.report(Status.SUCCESS, ended_at=timezone.now()):
            ActivationPayload.objects.filter(activation=activation).update(result=result)
            publish_change(activation)


def take_in_logs(activation: Activation, record: RemoteActivation) -> None:
    """Add the logs that a blocking answer came without (logs are collected after the answer)."""
    if record.logs:
        ActivationPayload.objects.filter(activation=activation).update(logs=list(record.logs))
        publish_change(activation)


def _take_in_batch(namespace: Namespace, records: list[RemoteActivation]) -> int:
    try:
        with transaction.atomic():
            return _write(namespace, records)
    except IntegrityError:
        # Somebody else wrote one of these ids down between our look and our insert: now all of them are seen.
        with transaction.atomic():
            return _write(namespace, records)


def _write(namespace: Namespace, records: list[RemoteActivation]) -> int:
    by_id = {record.activation_id: record for record in records}
    rows = Activation.objects.filter(namespace=namespace, activation_id__in=by_id)
    known = set(rows.values_list("activation_id", flat=True))
    found = [_found_elsewhere(namespace, record) for each, record in by_id.items() if each not in known]
    awaited = list(rows.filter(status__in=ACCEPTS_RECORD).select_for_update())
    news = [(row, by_id[str(row.activation_id)]) for row in [*found, *awaited]]
    columns = {name for row, record in news for name in row.absorb(status_of(record), facts_of(record))}
    Activation.objects.bulk_create(found)
    if awaited:
        Activation.objects.bulk_create(
            awaited, update_conflicts=True, unique_fields=["id"], update_fields=sorted(columns)
        )
    ActivationPayload.objects.bulk_create(
        [payload_of(row, record) for row, record in news],
        update_conflicts=True,
        unique_fields=["activation"],
        update_fields=WIDE_COLUMNS,
    )
    publish_changes(awaited)
    publish_changes(found, are_new=True)
    for row, record in news:
        _follow(row, record)
    return len(news)


def _found_elsewhere(namespace: Namespace, record: RemoteActivation) -> Activation:
    """A row, unsaved, for a record that nobody here waits for."""
    return Activation(
        namespace=namespace,
        activation_id=record.activation_id,
        origin=Origin.ELSEWHERE,
        status=Status.PENDING,
        action_path=one_line(record.path, 513),
        listed_at=moment(record.start_ms),
    )


def _follow(activation: Activation, record: RemoteActivation) -> None:
    """Wait for what a fire or a sequence has started, and credit its steps to whoever started the whole."""
    if record.cause:
        note_whole(activation)
    if record.is_trigger:
        note_outcomes(activation, record)
    elif record.kind == SEQUENCE_KIND:
        note_components(activation, record)
