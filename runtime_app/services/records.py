"""The one way in for whatever is learned about activations, from wherever it is learned.

Everything here is idempotent and keyed by (namespace, activation id): the same record may come from a
blocking answer, a poll and a sweep, in any order and at the same moment, and is kept once.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from runtime_app.models import (
    TRIGGER_KIND,
    Activation,
    ActivationPayload,
    Namespace,
    Origin,
    Status,
    one_line,
    status_from_record,
    summarize,
)
from runtime_app.openwhisk import RemoteActivation

from .publishing import publish_change
from .tracing import note_components, note_outcomes

ERROR_CHARACTERS = 500
SEQUENCE_KIND = "sequence"


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
    """Keep a record: end the activation that waits for it, or write down one that was started elsewhere.

    A record that is known already changes nothing and announces nothing.
    """
    activation, is_new = _row_for(namespace, record)
    with transaction.atomic():
        if activation.report(_status_of(record), **_facts_of(record)):
            _keep_payload(activation, record)
            publish_change(activation, is_new=is_new)
            _follow(activation, record)
    return activation


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


def _row_for(namespace: Namespace, record: RemoteActivation) -> tuple[Activation, bool]:
    return Activation.objects.get_or_create(
        namespace=namespace,
        activation_id=record.activation_id,
        defaults={
            "origin": Origin.ELSEWHERE,
            "status": Status.PENDING,
            "action_path": one_line(record.path, 513),
            "listed_at": moment(record.start_ms),
        },
    )


def _follow(activation: Activation, record: RemoteActivation) -> None:
    """Wait for what a fire or a sequence has started."""
    if record.is_trigger:
        note_outcomes(activation, record)
    elif record.kind == SEQUENCE_KIND:
        note_components(activation, record)


def _status_of(record: RemoteActivation) -> Status:
    return status_from_record(record.status, timed_out=record.timed_out)


def _facts_of(record: RemoteActivation) -> dict[str, Any]:
    """The narrow columns that a record fills in."""
    facts: dict[str, Any] = {
        "kind": TRIGGER_KIND if record.is_trigger else one_line(record.kind or "", 80),
        "version": one_line(record.version, 40),
        "started_at": moment(record.start_ms),
        "ended_at": moment(record.end_ms) if record.end_ms is not None else None,
        "duration_ms": record.duration_ms,
        "wait_ms": record.wait_ms,
        "init_ms": record.init_ms,
        "cause": one_line(record.cause or "", 32),
        "error": "" if record.success else error_sentence(record.result),
    }
    if record.limits:
        facts["timeout_ms"], facts["memory_mb"] = record.limits.timeout_ms, record.limits.memory_mb
    return facts


def _keep_payload(activation: Activation, record: RemoteActivation) -> None:
    ActivationPayload.objects.update_or_create(
        activation=activation,
        defaults={
            "result": record.result,
            "logs": list(record.logs),
            "annotations": record.annotations,
            "size": record.size,
        },
    )
    if record.is_trigger and not activation.summary:
        activation.summary = summarize(record.result)
        activation.save(update_fields=["summary"])


def error_sentence(result: Any) -> str:
    """What a failed result says went wrong, in one line; empty when it says nothing."""
    error = result.get("error") if isinstance(result, dict) else None
    if isinstance(error, dict):
        error = error.get("message") or error.get("error") or json.dumps(error)
    return one_line(error if isinstance(error, str) else "", ERROR_CHARACTERS)


def moment(epoch_ms: int) -> datetime:
    """Platform time (epoch milliseconds) as an aware datetime."""
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
