"""JSON as text."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(separators=(",", ":"))


def dumps(value: Any) -> str:
    """Compact and ASCII only: results may hold lone surrogates, which no other form can carry."""
    return _ENCODER.encode(value)
