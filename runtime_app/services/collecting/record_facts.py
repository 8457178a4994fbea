"""What a record says, as columns: narrow ones for the activation, wide ones for its payload."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from runtime_app.models import (
    TRIGGER_KIND,
    Activation,
    ActivationPayload,
    Status,
    one_line,
    status_from_record,
    summarize,
)
from runtime_app.openwhisk import RemoteActivation

ERROR_CHARACTERS = 500


def status_of(record: RemoteActivation) -> Status:
    """The state in which a record leaves its activation."""
    return status_from_record(record.status, timed_out=record.timed_out)


def facts_of(record: RemoteActivation) -> dict[str, Any]:
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
    if record.is_trigger:
        facts["summary"] = summarize(record.result)
    return facts


def payload_of(activation: Activation, record: RemoteActivation) -> ActivationPayload:
    """The wide columns that a record fills in, unsaved. It never holds parameters: records have none."""
    return ActivationPayload(
        activation=activation,
        result=record.result,
        logs=list(record.logs),
        annotations=record.annotations,
        size=record.size,
    )


def error_sentence(result: Any) -> str:
    """What a failed result says went wrong, in one line; empty when it says nothing."""
    error = result.get("error") if isinstance(result, dict) else None
    if isinstance(error, dict):
        error = error.get("message") or error.get("error") or json.dumps(error)
    return one_line(error if isinstance(error, str) else "", ERROR_CHARACTERS)


def moment(epoch_ms: int) -> datetime:
    """Platform time (epoch milliseconds) as an aware datetime."""
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
