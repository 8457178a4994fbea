"""What a namespace allows an action: read from its own limits, OpenWhisk's defaults where it does not say."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_app.models import SYNCHRONOUS_LIMIT_MS, Namespace
from runtime_app.openwhisk import NamespaceLimits, ShapeError
from runtime_app.openwhisk.types.actions import DEFAULT_LOGS_MB, DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_MS

MEBIBYTE = 1024 * 1024
CODE_BYTES = 48 * MEBIBYTE
PARAMETER_BYTES = MEBIBYTE
FALLBACK_KINDS = ("nodejs:default", "python:default")


@dataclass(frozen=True, slots=True)
class Range:
    """Inclusive bounds of a limit, and what a new action gets."""

    least: int
    most: int
    usual: int

    def __contains__(self, value: int) -> bool:
        return self.least <= value <= self.most

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to choose."""
        return self.least == self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRanges:
    """The limits of one namespace. `kinds` is empty when it allows every kind that the server offers."""

    timeout_ms: Range
    memory_mb: Range
    logs_mb: Range
    concurrency: Range
    parameter_bytes: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A runtime that the namespace's server offers."""

    name: str
    is_default: bool = False
    is_deprecated: bool = False


def action_ranges(namespace: Namespace) -> ActionRanges:
    """The ranges for an action's limits in this namespace.

    Defaults: OpenWhisk's application.conf (whisk.time-limit, memory, log-limit, concurrency-limit).
    """
    try:
        known = NamespaceLimits.from_json(namespace.limits)
    except ShapeError:
        known = NamespaceLimits()
    return ActionRanges(
        timeout_ms=_range(known.min_timeout_ms, known.max_timeout_ms, (100, DEFAULT_TIMEOUT_MS, 300_000)),
        memory_mb=_range(known.min_memory_mb, known.max_memory_mb, (128, DEFAULT_MEMORY_MB, 512)),
        logs_mb=_range(known.min_logs_mb, known.max_logs_mb, (0, DEFAULT_LOGS_MB, 10)),
        concurrency=_range(known.min_concurrency, known.max_concurrency, (1, 1, 1)),
        parameter_bytes=known.max_parameter_bytes or PARAMETER_BYTES,
        kinds=known.allowed_kinds or (),
    )


def _range(least: int | None, most: int | None, default: tuple[int, int, int]) -> Range:
    low = default[0] if least is None else least
    high = max(low, default[2] if most is None else most)
    return Range(low, high, min(max(default[1], low), high))


def offered_kinds(namespace: Namespace) -> list[Kind]:
    """The kinds to choose from, those in use first; `…:default` ones when the server did not say."""
    allowed = action_ranges(namespace).kinds
    offered = [
        Kind(item["kind"], bool(item.get("default")), bool(item.get("deprecated")))
        for item in namespace.runtimes
        if not allowed or item["kind"] in allowed
    ]
    return sorted(offered, key=lambda kind: kind.is_deprecated) or [Kind(name) for name in FALLBACK_KINDS]


def default_kind(namespace: Namespace, family: str = "nodejs") -> str:
    """The server's default kind of a language, or else of any."""
    kinds = offered_kinds(namespace)
    own = [kind for kind in kinds if kind.name.partition(":")[0] == family] or kinds
    return next((kind.name for kind in own if kind.is_default), own[0].name)


def is_asynchronous_only(timeout_ms: int) -> bool:
    """Whether a blocking call or a web request would end before the action may."""
    return timeout_ms > SYNCHRONOUS_LIMIT_MS
