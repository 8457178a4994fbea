"""What faults do to the body of an answer, bytes to bytes; what is no JSON stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from standalone.json_text import dumps
from standalone.steering import faults
from standalone.steering.faults import Fault


def distorted(body: bytes, fault: Fault) -> bytes:
    """The body as this fault leaves it."""
    if fault.kind == faults.TRUNCATED:
        return body[: len(body) // 2 if fault.bytes is None else fault.bytes]
    if fault.kind == faults.WRONG_TYPES:
        return _as_json(body, lambda value: wrong_types(value, frozenset(fault.fields)))
    if fault.kind == faults.DUPLICATES:
        return _as_json(body, duplicated)
    return body


def _as_json(body: bytes, change: Callable[[Any], Any]) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return body
    return dumps(change(value)).encode()


def duplicated(value: Any) -> Any:
    """A list with every item twice."""
    return [item for item in value for _ in range(2)] if isinstance(value, list) else value


def wrong_types(value: Any, fields: Collection[str]) -> Any:
    """The document with these fields, wherever they stand, holding something of another type."""
    if isinstance(value, list):
        return [wrong_types(item, fields) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _another_type(held) if key in fields else wrong_types(held, fields)
        for key, held in value.items()
    }


def _another_type(value: Any) -> Any:
    if isinstance(value, dict):
        return list(value)
    return {"value": value} if isinstance(value, str) else str(value)
