"""Answers as the API sends them, with whatever a test wants different."""

from __future__ import annotations

from typing import Any

ACTIVATION_ID = "0123456789abcdef0123456789abcdef"
START_MS = 1_767_225_600_000


def action(**changes: Any) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": "my-worker",
        "version": "0.0.1",
        "publish": False,
        "updated": START_MS,
        "exec": {"kind": "nodejs:20", "code": "function main(a){return a}", "binary": False},
        "parameters": [{"key": "p", "value": 1}, {"key": "SECRET", "value": "x", "init": True}],
        "limits": {"timeout": 120_000, "memory": 512, "logs": 5, "concurrency": 3},
        "annotations": [{"key": "provide-api-key", "value": False}, {"key": "exec", "value": "nodejs:20"}],
    } | changes


def action_item(name: str = "my-worker", **changes: Any) -> dict[str, Any]:
    item = action(name=name, exec={"binary": False}, **changes)
    del item["parameters"]
    return item


def activation(**changes: Any) -> dict[str, Any]:
    return {
        "activationId": ACTIVATION_ID,
        "namespace": "guest",
        "name": "my-worker",
        "subject": "guest",
        "version": "0.0.1",
        "publish": False,
        "start": START_MS,
        "end": START_MS + 100_100,
        "duration": 100_100,
        "response": {"status": "success", "success": True, "result": {"payload": "…"}, "size": 60},
        "logs": ["2026-01-01T00:00:00.000000000Z stdout: hi"],
        "annotations": [
            {"key": "path", "value": "guest/tools/my-worker"},
            {"key": "kind", "value": "nodejs:20"},
            {"key": "limits", "value": {"timeout": 120_000, "memory": 256, "logs": 10, "concurrency": 1}},
            {"key": "waitTime", "value": 38},
            {"key": "initTime", "value": 210},
            {"key": "timeout", "value": False},
        ],
    } | changes


def activation_item(activation_id: str = ACTIVATION_ID, **changes: Any) -> dict[str, Any]:
    item = activation(activationId=activation_id, statusCode=0, **changes)
    for key in ("response", "logs", "subject"):
        del item[key]
    return item


def trigger_activation(*logs: str) -> dict[str, Any]:
    record = activation(name="my-trigger", annotations=[], logs=list(logs))
    del record["end"], record["duration"]
    return record


def trigger(**changes: Any) -> dict[str, Any]:
    rule = {"action": {"path": "guest/tools", "name": "my-worker"}, "status": "active"}
    return {
        "namespace": "guest",
        "name": "my-trigger",
        "version": "0.0.1",
        "publish": False,
        "parameters": [{"key": "a", "value": 1}],
        "limits": {},
        "annotations": [],
        "updated": START_MS,
        "rules": {"guest/async-rule": rule},
    } | changes


def rule(**changes: Any) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": "async-rule",
        "version": "0.0.1",
        "publish": False,
        "status": "active",
        "trigger": {"path": "guest", "name": "my-trigger"},
        "action": {"path": "guest/tools", "name": "my-worker"},
        "annotations": [],
        "updated": START_MS,
    } | changes


def package(**changes: Any) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": "tools",
        "version": "0.0.1",
        "publish": False,
        "binding": {},
        "parameters": [],
        "annotations": [],
        "updated": START_MS,
        "actions": [{"name": "my-worker", "version": "0.0.1", "annotations": []}],
        "feeds": [],
    } | changes


def error(text: str, code: str = "tid") -> dict[str, str]:
    return {"error": text, "code": code}
