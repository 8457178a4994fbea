"""What a deployment and a namespace allow (core RestAPIs.scala, Limits.scala)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.fields import JsonObject, ShapeError

_BYTES = re.compile(r"\A(\d+) B\Z")


@dataclass(frozen=True, slots=True)
class Runtime:
    """A kind that the server offers, such as `nodejs:20`."""

    kind: str
    default: bool = False
    deprecated: bool = False

    @property
    def family(self) -> str:
        return self.kind.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """GET /: no key needed, fields differ between deployments."""

    description: str
    runtimes: tuple[Runtime, ...]
    limits: JsonObject

    @classmethod
    def from_json(cls, data: object) -> ServerInfo:
        """Raise ShapeError for anything that does not look like an OpenWhisk server."""
        info = fields.as_object(data)
        if "api_paths" not in info and "runtimes" not in info:
            raise ShapeError("neither “api_paths” nor “runtimes” is there")
        families = fields.optional_object(info, "runtimes")
        items = (item for family in families.values() for item in fields.as_list(family, "runtimes"))
        return cls(
            description=fields.optional_text(info, "description") or "",
            runtimes=tuple(_runtime(fields.as_object(item, "runtimes")) for item in items),
            limits=fields.optional_object(info, "limits"),
        )


def _runtime(item: JsonObject) -> Runtime:
    return Runtime(fields.text(item, "kind"), fields.flag(item, "default"), fields.flag(item, "deprecated"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceLimits:
    """GET /namespaces/_/limits. A field is None where the deployment does not say; `raw` keeps everything."""

    invocations_per_minute: int | None = None
    concurrent_invocations: int | None = None
    fires_per_minute: int | None = None
    min_timeout_ms: int | None = None
    max_timeout_ms: int | None = None
    min_memory_mb: int | None = None
    max_memory_mb: int | None = None
    min_logs_mb: int | None = None
    max_logs_mb: int | None = None
    min_concurrency: int | None = None
    max_concurrency: int | None = None
    max_parameter_bytes: int | None = None
    allowed_kinds: tuple[str, ...] | None = None
    raw: JsonObject = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: object) -> NamespaceLimits:
        limits = fields.as_object(data)
        kinds = None if limits.get("allowedKinds") is None else fields.texts(limits, "allowedKinds")
        return cls(
            invocations_per_minute=fields.optional_int(limits, "invocationsPerMinute"),
            concurrent_invocations=fields.optional_int(limits, "concurrentInvocations"),
            fires_per_minute=fields.optional_int(limits, "firesPerMinute"),
            min_timeout_ms=fields.optional_int(limits, "minActionTimeout"),
            max_timeout_ms=fields.optional_int(limits, "maxActionTimeout"),
            min_memory_mb=fields.optional_int(limits, "minActionMemory"),
            max_memory_mb=fields.optional_int(limits, "maxActionMemory"),
            min_logs_mb=fields.optional_int(limits, "minActionLogs"),
            max_logs_mb=fields.optional_int(limits, "maxActionLogs"),
            min_concurrency=fields.optional_int(limits, "minActionConcurrency"),
            max_concurrency=fields.optional_int(limits, "maxActionConcurrency"),
            max_parameter_bytes=_bytes(limits.get("maxParameterSize")),
            allowed_kinds=kinds,
            raw=limits,
        )


def _bytes(value: object) -> int | None:
    """OpenWhisk writes sizes as `1048576 B`; other deployments as a number."""
    if value is None:
        return None
    if isinstance(value, str) and (match := _BYTES.match(value)):
        return int(match[1])
    return fields.as_int(value, "maxParameterSize")
