"""The one way in for whatever is learned about activations, from wherever it is learned.

Everything here is idempotent and keyed by (namespace, activation id): the same record may come from a
blocking answer, a poll and a sweep, in any order and at the same moment, and is kept once.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from runtime_app.models import Action, Activation, ActivationPayload, Namespace, Origin, Status, one_line
from runtime_app.models.many_rows import insert_rows, update_rows, upsert_rows
from runtime_app.models.statuses import ACCEPTS_RECORD
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.collecting.record_facts import (
    WIDE_COLUMNS,
    Facts,
    Known,
    facts_of,
    moment,
    wide_of,
)
from runtime_app.services.live.publishing import Change, publish_change, publish_rows
from runtime_app.services.wiring.tracing import note_components, note_outcomes, note_started, note_whole

SEQUENCE_KIND = "sequence"
# Of a row for what nobody here waits for, besides what its record says.
COLUMNS_OF_FOUND = (
    "namespace_id",
    "activation_id",
    "launch_key",
    "origin",
    "action_path",
    "listed_at",
    "changed_at",
)
# Rows in one statement and one transaction, during which others wait for SQLite.
BATCH_ROWS = 500
# Each is lost to another taker of the same records, and there are never many of those.
LOST_RACES = 8


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
    # In one order, so that two takers of the same records wait for each other instead of failing.
    ids = sorted(by_id)
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
    for _ in range(LOST_RACES):
        try:
            with transaction.atomic():
                return _write(namespace, records)
        except IntegrityError:
            # Somebody else wrote one of these ids down between our look and our insert: now it is seen.
            continue
    with transaction.atomic():
        return _write(namespace, records)


def _write(namespace: Namespace, records: list[RemoteActivation]) -> int:
    by_id = {record.activation_id: record for record in records}
    rows = Activation.objects.filter(namespace=namespace, activation_id__in=list(by_id))
    known = set(rows.values_list("activation_id", flat=True))
    awaited = _lock_awaited(rows) if known else {}
    ended = _end(awaited, by_id)
    found = _write_down(namespace, [record for each, record in by_id.items() if each not in known])
    upsert_rows(
        ActivationPayload,
        ("activation_id", *WIDE_COLUMNS),
        ((pk, *wide_of(by_id[each])) for each, (pk, _) in (ended | found).items()),
    )
    publish_rows(namespace.pk, ended.values())
    publish_rows(namespace.pk, found.values(), are_new=True)
    _follow(namespace, [by_id[each] for each in ended | found])
    return len(ended) + len(found)


def _lock_awaited(rows: QuerySet[Activation]) -> dict[str, tuple[int, Known]]:
    """The primary keys of those that wait for a record, by activation id, and what is known of them.

    Locked in one order, as above.
    """
    waiting = rows.filter(status__in=ACCEPTS_RECORD).order_by("pk").select_for_update()
    found = waiting.values_list("activation_id", "pk", *Known._fields)
    return {str(activation_id): (pk, Known(*known)) for activation_id, pk, *known in found}


def _end(awaited: dict[str, tuple[int, Known]], by_id: dict[str, RemoteActivation]) -> dict[str, Change]:
    """Move activations to the states that their records leave them in."""
    now = timezone.now()
    facts = {each: (pk, facts_of(by_id[each], known)) for each, (pk, known) in awaited.items()}
    update_rows(
        Activation,
        ("id", *Facts._fields, "next_poll_at", "changed_at"),
        ((pk, *said, None, now) for pk, said in facts.values()),
        only_if=("status", ACCEPTS_RECORD),
    )
    return {each: (pk, said.status) for each, (pk, said) in facts.items()}


def _write_down(namespace: Namespace, records: list[RemoteActivation]) -> dict[str, Change]:
    """Rows for records that nobody here waits for."""
    now = timezone.now()
    facts = {record.activation_id: facts_of(record, Known()) for record in records}
    rows = (
        (
            namespace.pk,
            record.activation_id,
            uuid4(),
            Origin.ELSEWHERE.value,
            one_line(record.path, 513),
            moment(record.start_ms),
            now,
            *facts[record.activation_id],
        )
        for record in records
    )
    columns = (*COLUMNS_OF_FOUND, *Facts._fields)
    written = insert_rows(Activation, columns, rows, returning=("activation_id", "id"))
    return {each: (pk, facts[each].status) for each, pk in written}


def _follow(namespace: Namespace, records: list[RemoteActivation]) -> None:
    """Wait for what fires, sequences and URLs have started, and credit steps to whoever started the whole."""
    workers = _workers_of_urls(namespace, records)
    news = {record.activation_id: record for record in records if _has_kin(record) or record.path in workers}
    if not news:
        return
    rows = Activation.objects.filter(namespace=namespace, activation_id__in=list(news))
    for activation in rows.select_related("namespace").order_by("pk"):
        record = news[str(activation.activation_id)]
        if record.cause:
            note_whole(activation)
        if record.is_trigger:
            note_outcomes(activation, record)
        elif record.kind == SEQUENCE_KIND:
            note_components(activation, record)
        elif record.path in workers:
            note_started(activation, record, workers[record.path])


def _workers_of_urls(namespace: Namespace, records: list[RemoteActivation]) -> dict[str, str]:
    """What the web actions among them start, by the path of the web action."""
    paths = {record.path for record in records if record.success}
    starters = Action.objects.filter(namespace=namespace, path__in=paths).exclude(starts="")
    return dict(starters.values_list("path", "starts"))


def _has_kin(record: RemoteActivation) -> bool:
    return record.is_trigger or record.kind == SEQUENCE_KIND or bool(record.cause)
