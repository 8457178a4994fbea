"""One accepted run of an action, from the request to its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from standalone.clock import new_id, now_ms
from standalone.names import EntityName


@dataclass(frozen=True)
class Executable:
    """What of a stored action matters for running it; two of them with one `key` may share processes."""

    name: EntityName
    revision: str
    version: str
    kind: str
    code: str
    main: str
    binary: bool
    timeout_ms: int
    memory_mb: int
    logs_mb: int
    concurrency: int
    init_parameters: dict[str, Any]
    provide_api_key: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.name.path, self.revision

    @property
    def capacity(self) -> int:
        """How many runs one process takes at a time. The Python runner has one thread."""
        return self.concurrency if self.kind.startswith("nodejs") else 1

    @property
    def limits(self) -> dict[str, int]:
        return {
            "timeout": self.timeout_ms,
            "memory": self.memory_mb,
            "logs": self.logs_mb,
            "concurrency": self.concurrency,
        }


@dataclass
class Keep:
    """Whether a run that succeeds leaves a record; its caller may change its mind until the run has ended."""

    success: bool = True


@dataclass
class Invocation:
    """`started_ms` and `init_ms` are filled in by the process that runs it.

    `arguments` is an object, or the array that an earlier component of a sequence returned. `annotations` are
    those beyond the usual ones.
    """

    executable: Executable
    arguments: Any
    namespace: str
    subject: str
    api_key: str
    transaction_id: str
    activation_id: str = field(default_factory=new_id)
    accepted_ms: int = field(default_factory=now_ms)
    started_ms: int | None = None
    init_ms: int | None = None
    cause: str | None = None
    keep: Keep = field(default_factory=Keep)
    annotations: dict[str, Any] = field(default_factory=dict)
