"""The time as OpenWhisk writes it, and ids."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

MILLISECOND = 1_000_000  # in nanoseconds
_source: Callable[[], int] = time.time_ns


def tell_time_by(nanoseconds: Callable[[], int]) -> None:
    """Let another clock count the nanoseconds since 1970, for the whole server."""
    global _source
    _source = nanoseconds


def now_ns() -> int:
    """Nanoseconds since 1970."""
    return _source()


def now_ms() -> int:
    """Milliseconds since 1970."""
    return _source() // MILLISECOND


def new_id() -> str:
    """32 lowercase hexadecimal characters: an activation or transaction id."""
    return secrets.token_hex(16)
