"""Moments as sentences tell them."""

from __future__ import annotations

from datetime import UTC, datetime


def clock(at: datetime) -> str:
    """`14:03:20 UTC`, for what is minutes away at the most."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"
