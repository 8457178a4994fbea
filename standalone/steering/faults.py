"""Faults that are on now: what each does, to whom, how often and until when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from standalone.clock import new_id

LATE_RECORDS = "late-records"
STALE_LISTS = "stale-lists"
CLOCK_SKEW = "clock-skew"
ERROR = "error"
SLOW = "slow"
TRUNCATED = "truncated"
WRONG_TYPES = "wrong-types"
DUPLICATES = "duplicates"
# What happens to single requests; the others are properties of the whole server.
ON_REQUESTS = frozenset({ERROR, SLOW, TRUNCATED, WRONG_TYPES, DUPLICATES})
WRONG_FIELDS = ("start", "end", "duration", "statusCode", "response", "activationId", "activations")


@dataclass
class Fault:
    """One fault; `README.md` ("Steering for tests") says what each field means.

    `until` is of the monotonic clock, in seconds. `seen` counts the requests in its scope, `applied` those
    that it has struck.
    """

    kind: str
    namespace: str | None = None
    method: str | None = None
    path: str = "*"
    every: int = 1
    count: int | None = None
    seconds: float | None = None
    ms: int = 0
    status: int = 500
    retry_after: int | None = None
    html: bool = False
    carried_out: bool = False
    bytes: int | None = None
    hang_up: bool = False
    fields: tuple[str, ...] = WRONG_FIELDS
    id: str = field(default_factory=new_id)
    seen: int = 0
    applied: int = 0
    until: float = field(init=False, default=float("inf"))

    def __post_init__(self) -> None:
        if self.seconds is not None:
            self.until = time.monotonic() + self.seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until or (self.count is not None and self.applied >= self.count)

    def concerns(self, namespace: str | None) -> bool:
        return self.namespace in (None, namespace)

    def strikes(self, method: str, path: str, namespace: str | None) -> bool:
        """Whether this request is struck; counts it."""
        wanted = self.method in (None, method) and fnmatchcase(path, self.path)
        if not wanted or not self.concerns(namespace):
            return False
        self.seen += 1
        return self.seen % self.every == 0

    def document(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["until"]
        return {**shown, "over": self.is_over}


class Faults:
    """All faults of a server, in the order in which they were added."""

    def __init__(self) -> None:
        self._known: dict[str, Fault] = {}

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._known.values()))

    def add(self, fault: Fault) -> None:
        self._known[fault.id] = fault

    def remove(self, fault_id: str) -> bool:
        """Whether there was one."""
        return self._known.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._known.clear()

    def striking(self, method: str, path: str, namespace: str | None) -> list[Fault]:
        """What a request has to suffer; counts it as having been struck."""
        struck = [fault for fault in self._on(*ON_REQUESTS) if fault.strikes(method, path, namespace)]
        for fault in struck:
            fault.applied += 1
        return struck

    def lag_ms(self, kind: str, namespace: str) -> int:
        """How far the store lags behind for a reader in this namespace; counts the reading."""
        found = [fault for fault in self._on(kind) if fault.concerns(namespace)]
        for fault in found:
            fault.applied += 1
        return max((fault.ms for fault in found), default=0)

    def skew_ms(self) -> int:
        """How far the server's clock is off."""
        return sum(fault.ms for fault in self._on(CLOCK_SKEW))

    def _on(self, *kinds: str) -> list[Fault]:
        return [fault for fault in self._known.values() if fault.kind in kinds and not fault.is_over]
