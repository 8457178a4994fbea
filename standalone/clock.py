"""The time as OpenWhisk writes it, and ids."""

from __future__ import annotations

import secrets
import time


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """32 lowercase hexadecimal characters: an activation or transaction id."""
    return secrets.token_hex(16)
