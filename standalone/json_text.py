"""JSON as text."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(separators=(",", ":"))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# `json.loads` makes a new decoder for each text that is not to be read in its own way.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def dumps(value: Any) -> str:
    """Compact and ASCII only: results may hold lone surrogates, which no other form can carry."""
    return _ENCODER.encode(value)


def loads(content: bytes | bytearray) -> Any:
    """Strict JSON: no NaN. ValueError with the place of the mistake; RecursionError when it is too deep."""
    return _DECODER.decode(content.decode(json.detect_encoding(content), "surrogatepass"))
