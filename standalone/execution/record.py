"""Activation records, in the shape of OpenWhisk's WhiskActivation (docs/rest_api.md, "Activations")."""

from __future__ import annotations

import json
from typing import Any

from standalone.execution.invocation import Invocation
from standalone.execution.outcome import Outcome

SUMMARY_FIELDS = ("namespace", "name", "version", "publish", "annotations", "activationId", "start")


def activation_record(
    invocation: Invocation, outcome: Outcome, end_ms: int, logs: list[str]
) -> dict[str, Any]:
    """The full record. `start` to `end` covers init and run; the wait before is an annotation."""
    executable = invocation.executable
    start = invocation.started_ms if invocation.started_ms is not None else invocation.accepted_ms
    return {
        "activationId": invocation.activation_id,
        "namespace": invocation.namespace,
        "name": executable.name.name,
        "subject": invocation.subject,
        "version": executable.version,
        "publish": False,
        "start": start,
        "end": max(end_ms, start),
        "duration": max(end_ms - start, 0),
        "response": response(outcome),
        "logs": logs,
        "annotations": _annotations(invocation, outcome, start),
    }


def response(outcome: Outcome) -> dict[str, Any]:
    size = len(
        json.dumps(outcome.result, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
    )
    return {"status": outcome.status, "success": outcome.success, "result": outcome.result, "size": size}


def _annotations(invocation: Invocation, outcome: Outcome, start: int) -> list[dict[str, Any]]:
    executable = invocation.executable
    values: dict[str, Any] = {
        "path": executable.name.path,
        "kind": executable.kind,
        "limits": executable.limits,
        "waitTime": max(start - invocation.accepted_ms, 0),
    }
    if invocation.init_ms is not None:
        values["initTime"] = invocation.init_ms
    values["timeout"] = outcome.timed_out
    return [{"key": key, "value": value} for key, value in values.items()]


def summary(record: dict[str, Any], status_code: int) -> dict[str, Any]:
    """The item that lists show: narrow, with the numeric class that full records lack."""
    item = {field: record[field] for field in SUMMARY_FIELDS}
    if "end" in record:
        item |= {"end": record["end"], "duration": record["duration"], "statusCode": status_code}
    if "cause" in record:
        item["cause"] = record["cause"]
    return item
