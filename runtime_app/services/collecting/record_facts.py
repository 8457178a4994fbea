"""What a record says, as columns: narrow ones for the activation, wide ones for its payload."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from runtime_app.models import TRIGGER_KIND, Status, one_line, status_from_record, summarize
from runtime_app.openwhisk import RemoteActivation

ERROR_CHARACTERS = 500
WIDE_COLUMNS = ("result", "logs", "annotations", "size")


class Facts(NamedTuple):
    """The narrow columns that a record fills in, by their names."""

    status: str
    kind: str
    version: str
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int | None
    wait_ms: int | None
    init_ms: int | None
    cause: str
    error: str
    timeout_ms: int
    memory_mb: int
    summary: str


class Known(NamedTuple):
    """What is known of an activation before its record, by column; a record need not say it."""

    timeout_ms: int = 60_000
    memory_mb: int = 256
    summary: str = ""


def status_of(record: RemoteActivation) -> Status:
    """The state in which a record leaves its activation."""
    return status_from_record(record.status, timed_out=record.timed_out)


def facts_of(record: RemoteActivation, known: Known) -> Facts:
    """The narrow columns after this record."""
    limits, is_trigger = record.limits, record.is_trigger
    return Facts(
        status=status_of(record).value,
        kind=TRIGGER_KIND if is_trigger else one_line(record.kind or "", 80),
        version=one_line(record.version, 40),
        started_at=moment(record.start_ms),
        ended_at=moment(record.end_ms) if record.end_ms is not None else None,
        duration_ms=record.duration_ms,
        wait_ms=record.wait_ms,
        init_ms=record.init_ms,
        cause=one_line(record.cause or "", 32),
        error="" if record.success else error_sentence(record.result),
        timeout_ms=limits.timeout_ms if limits else known.timeout_ms,
        memory_mb=limits.memory_mb if limits else known.memory_mb,
        summary=summarize(record.result) if is_trigger else known.summary,
    )


def wide_of(record: RemoteActivation) -> tuple[Any, ...]:
    """The `WIDE_COLUMNS` that a record fills in. It never holds parameters: records have none."""
    return record.result, list(record.logs), record.annotations, record.size


def error_sentence(result: Any) -> str:
    """What a failed result says went wrong, in one line; empty when it says nothing."""
    error = result.get("error") if isinstance(result, dict) else None
    if isinstance(error, dict):
        error = error.get("message") or error.get("error") or json.dumps(error)
    return one_line(error if isinstance(error, str) else "", ERROR_CHARACTERS)


def epoch_ms(at: datetime) -> int:
    """A datetime as platform time."""
    return int(at.timestamp() * 1000)


def moment(epoch_ms: int) -> datetime:
    """Platform time (epoch milliseconds) as an aware datetime."""
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
