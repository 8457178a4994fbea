"""The `limits` of an action: timeout (ms), memory (MB), logs (MB), concurrency (core ActionLimits.scala).

A fifth, `instances`, is kept and shown when it was set, and does nothing, as at Apache without its scheduler.
"""

from __future__ import annotations

from typing import Any

from standalone.errors import ApiError, malformed
from standalone.limits import Limits, Range

INSTANCES = "instances"
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
    known = (*allowed, INSTANCES)
    wanted = {name: value for name, value in (given or {}).items() if name in known and value is not None}
    for name, value in wanted.items():
        _check_whole(name, value)
        if name == INSTANCES:
            _check_instances(value, limits.concurrent_invocations)
        else:
            _check_range(name, value, allowed[name])
    return {**merged, **wanted}


def _ranges(limits: Limits) -> dict[str, Range]:
    return {
        "timeout": limits.timeout_ms,
        "memory": limits.memory_mb,
        "logs": limits.logs_mb,
        "concurrency": limits.concurrency,
    }


def _check_whole(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed(f"limits malformed: '{name}' must be a whole number")


def _check_instances(value: int, maximum: int) -> None:
    if value < 0:
        raise malformed(
            "requirement failed: Action container concurrency must be greater than or equal to 0."
        )
    if value > maximum:
        raise ApiError(
            400, f"Max action instance concurrency must not exceed your namespace concurrency of {maximum}."
        )


def _check_range(name: str, value: int, allowed: Range) -> None:
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
