"""JSON as text."""

from __future__ import annotations

import json
import math
from typing import Any

# What is read is written again, deeper in other values and in calls: that takes the rest of Python's 1,000.
DEEPEST = 900

_ENCODER = json.JSONEncoder(separators=(",", ":"))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"The number {digits[:40]} is out of range")
    return number


# `json.loads` makes a new decoder for each text that is not to be read in its own way.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def dumps(value: Any) -> str:
    """Compact and ASCII only: results may hold lone surrogates, which no other form can carry."""
    return _ENCODER.encode(value)


def loads(content: bytes | bytearray | str) -> Any:
    """Strict JSON: no NaN and no number that becomes infinite. ValueError with the place of the mistake;
    RecursionError when it is nested more than DEEPEST levels."""
    if isinstance(content, str):
        text = content
    else:
        text = content.decode(json.detect_encoding(content), "surrogatepass")
    value = _DECODER.decode(text)
    # Counting is quick and enough for almost every text; looking at each value is not quick.
    if text.count("{") + text.count("[") > DEEPEST and _is_deeper(value, DEEPEST):
        raise RecursionError("JSON is nested too deeply")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    while level and levels:
        below = (each for item in level for each in (item.values() if isinstance(item, dict) else item))
        level = [each for each in below if isinstance(each, dict | list)]
        levels -= 1
    return bool(level)
