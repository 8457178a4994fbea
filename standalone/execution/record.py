"""Activation records, in the shape of OpenWhisk's WhiskActivation (docs/rest_api.md, "Activations")."""

from __future__ import annotations

import json
from typing import Any

from standalone.execution.invocation import Invocation
from standalone.execution.outcome import Outcome
from standalone.store.activations import StoredActivation

# As long as the result is on the wire; made once, as `json.dumps` makes one for each text.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
SUMMARY_FIELDS = ("namespace", "name", "version", "publish", "annotations", "activationId", "start")


def activation_record(invocation: Invocation, ended: Outcome, end_ms: int) -> dict[str, Any]:
    """The record of an action's run, without logs. From `start` to `end` it was loaded and run."""
    start_ms = invocation.accepted_ms if invocation.started_ms is None else invocation.started_ms
    return base_record(
        activation_id=invocation.activation_id,
        namespace=invocation.namespace,
        subject=invocation.subject,
        name=invocation.executable.name.name,
        version=invocation.executable.version,
        cause=invocation.cause,
        start_ms=start_ms,
        end_ms=max(end_ms, start_ms),
        duration_ms=max(end_ms - start_ms, 0),
        ended=ended,
        logs=[],
        annotations=_annotations(invocation, ended, start_ms),
    )


def base_record(
    *,
    activation_id: str,
    namespace: str,
    subject: str,
    name: str,
    version: str,
    cause: str | None,
    start_ms: int,
    end_ms: int,
    duration_ms: int,
    ended: Outcome,
    logs: list[str],
    annotations: dict[str, Any],
) -> dict[str, Any]:
    return {
        "activationId": activation_id,
        "namespace": namespace,
        "name": name,
        "subject": subject,
        "version": version,
        "publish": False,
        **({"cause": cause} if cause else {}),
        "start": start_ms,
        "end": end_ms,
        "duration": duration_ms,
        "response": response(ended),
        "logs": logs,
        "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
    }


def response(ended: Outcome) -> dict[str, Any]:
    size = len(_ENCODER.encode(ended.result).encode(errors="surrogatepass"))
    return {"status": ended.status, "success": ended.success, "result": ended.result, "size": size}


def _annotations(invocation: Invocation, ended: Outcome, start_ms: int) -> dict[str, Any]:
    executable = invocation.executable
    init_time = {} if invocation.init_ms is None else {"initTime": invocation.init_ms}
    return {
        "path": executable.name.path,
        "kind": executable.kind,
        "limits": executable.limits,
        "waitTime": max(start_ms - invocation.accepted_ms, 0),
        **init_time,
        "timeout": ended.timed_out,
        **invocation.annotations,
    }


def stored(record: dict[str, Any], entity: str, ended: Outcome) -> StoredActivation:
    """`entity` is the action's name inside its namespace: `name` or `package/name`."""
    return StoredActivation(
        activation_id=record["activationId"],
        namespace=record["namespace"],
        entity=entity,
        start=record["start"],
        summary=summary(record, ended.status_code),
        record=record,
    )


def summary(record: dict[str, Any], status_code: int) -> dict[str, Any]:
    """The item that lists show: narrow, with the numeric class that full records lack."""
    item = {field: record[field] for field in SUMMARY_FIELDS}
    if "end" in record:
        span = record["end"] - record["start"]
        item |= {"end": record["end"], "duration": span, "statusCode": status_code}
    if "cause" in record:
        item["cause"] = record["cause"]
    return item
