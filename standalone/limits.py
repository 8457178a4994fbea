"""The limits a deployment declares, in the units of the API, and the JSON that tells clients about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Range:
    """What a number may be: from `minimum` to `maximum`, `default` when a PUT does not say."""

    minimum: int
    default: int
    maximum: int


@dataclass(frozen=True)
class Limits:
    """Friendly defaults: jobs of hours as at Adobe I/O Runtime, lists as long as at Apache OpenWhisk."""

    timeout_ms: Range = Range(100, 60_000, 3 * 60 * 60 * 1000)
    memory_mb: Range = Range(128, 256, 4096)
    logs_mb: Range = Range(0, 10, 10)
    concurrency: Range = Range(1, 1, 500)
    invocations_per_minute: int = 6000
    fires_per_minute: int = 600
    concurrent_invocations: int = 1000
    sequence_length: int = 50
    list_default: int = 30
    list_maximum: int = 200
    payload_bytes: int = MEGABYTE
    result_bytes: int = MEGABYTE
    code_bytes: int = 48 * MEGABYTE
    blocking_wait_ms: int = 60_000

    @property
    def request_bytes(self) -> int:
        """The longest body that is read at all: code in base64 with parameters and annotations beside it."""
        return self.code_bytes * 4 // 3 + 2 * self.payload_bytes


def namespace_limits(limits: Limits) -> dict[str, Any]:
    """The answer of `GET /namespaces/_/limits` (core Limits.scala)."""
    return {
        "invocationsPerMinute": limits.invocations_per_minute,
        "concurrentInvocations": limits.concurrent_invocations,
        "firesPerMinute": limits.fires_per_minute,
        "maxActionMemory": limits.memory_mb.maximum,
        "minActionMemory": limits.memory_mb.minimum,
        "maxActionLogs": limits.logs_mb.maximum,
        "minActionLogs": limits.logs_mb.minimum,
        "maxActionTimeout": limits.timeout_ms.maximum,
        "minActionTimeout": limits.timeout_ms.minimum,
        "maxActionConcurrency": limits.concurrency.maximum,
        "minActionConcurrency": limits.concurrency.minimum,
        "maxParameterSize": f"{limits.payload_bytes} B",
        "maxActionInstances": limits.concurrent_invocations,
    }


def system_limits(limits: Limits) -> dict[str, int]:
    """The `limits` object of `GET /`; sizes in bytes, durations in milliseconds."""
    ranges = {
        "min_action_duration": limits.timeout_ms.minimum,
        "max_action_duration": limits.timeout_ms.maximum,
        "min_action_memory": limits.memory_mb.minimum * MEGABYTE,
        "max_action_memory": limits.memory_mb.maximum * MEGABYTE,
        "min_action_logs": limits.logs_mb.minimum * MEGABYTE,
        "max_action_logs": limits.logs_mb.maximum * MEGABYTE,
    }
    return {
        "actions_per_minute": limits.invocations_per_minute,
        "triggers_per_minute": limits.fires_per_minute,
        "concurrent_actions": limits.concurrent_invocations,
        "sequence_length": limits.sequence_length,
        **ranges,
        **{f"default_{name}": value for name, value in ranges.items()},
    }
