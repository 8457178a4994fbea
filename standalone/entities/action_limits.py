"""The `limits` of an action: timeout (ms), memory (MB), logs (MB), concurrency (core ActionLimits.scala)."""

from __future__ import annotations

from typing import Any

from standalone.errors import ApiError, malformed
from standalone.limits import Limits, Range

UNITS = {
    "timeout": ("duration", " milliseconds"),
    "memory": ("memory size", " MB"),
    "logs": ("log size", " MB"),
    "concurrency": ("concurrency", ""),
}


def merge_limits(old: dict[str, int] | None, given: Any, limits: Limits) -> dict[str, int]:
    """Each limit from the body, else as before, else the default. ApiError 400 when out of range."""
    if given is not None and not isinstance(given, dict):
        raise malformed("limits malformed!")
    allowed = _ranges(limits)
    merged = old or {name: choice.default for name, choice in allowed.items()}
    wanted = {name: value for name, value in (given or {}).items() if name in allowed and value is not None}
    for name, value in wanted.items():
        _check(name, value, allowed[name])
    return {**merged, **wanted}


def _ranges(limits: Limits) -> dict[str, Range]:
    return {
        "timeout": limits.timeout_ms,
        "memory": limits.memory_mb,
        "logs": limits.logs_mb,
        "concurrency": limits.concurrency,
    }


def _check(name: str, value: Any, allowed: Range) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed(f"limits malformed: '{name}' must be a whole number")
    noun, unit = UNITS[name]
    if value > allowed.maximum:
        raise ApiError(
            400,
            f"requirement failed: {noun} {value}{unit} exceeds allowed threshold of {allowed.maximum}{unit}",
        )
    if value < allowed.minimum:
        raise ApiError(
            400,
            f"requirement failed: {noun} {value}{unit} below allowed threshold of {allowed.minimum}{unit}",
        )
