"""Runs sequences: each component gets the result of the one before (core SequenceActions.scala)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from standalone.auth import Identity
from standalone.catalog import UsableAction
from standalone.clock import new_id, now_ms
from standalone.entities import parameters, sequences
from standalone.errors import ApiError
from standalone.execution import outcome
from standalone.execution.invoker import Finished
from standalone.execution.outcome import Outcome
from standalone.execution.record import base_record, stored
from standalone.names import EntityName
from standalone.store.activations import StoredActivation

log = logging.getLogger(__name__)
StartComponent = Callable[[EntityName, Any], Awaitable[asyncio.Future[Finished]]]


@dataclass
class SequenceCount:
    """What a sequence and those inside it have run together, and how many of them are under way.

    They were counted when they were stored, but what their components are may have changed since.
    """

    actions: int = 0
    under_way: int = 0

    def check(self, allowed: int) -> None:
        """ApiError 400 when one more component is one too many."""
        if self.actions >= allowed or self.under_way >= allowed:
            raise ApiError(400, sequences.TOO_LONG)

    def begin(self, is_sequence: bool, finished: asyncio.Future[Finished]) -> None:
        if not is_sequence:
            self.actions += 1
            return
        self.under_way += 1
        finished.add_done_callback(lambda _: self._end())

    def _end(self) -> None:
        self.under_way -= 1


@dataclass
class SequenceRun:
    """One activation of a sequence; what its components add up to is collected here."""

    used: UsableAction
    identity: Identity
    cause: str | None
    annotations: dict[str, Any]
    activation_id: str = field(default_factory=new_id)
    started_ms: int = field(default_factory=now_ms)
    component_ids: list[str] = field(default_factory=list)
    duration_ms: int = 0
    memory_mb: int = 0

    def add(self, record: dict[str, Any]) -> None:
        """Take in the record of a component that has ended."""
        self.component_ids.append(record["activationId"])
        self.duration_ms += record["duration"]
        limits = parameters.get(record["annotations"], "limits", {})
        self.memory_mb = max(self.memory_mb, limits.get("memory", 0))

    def record(self, ended: Outcome, end_ms: int) -> dict[str, Any]:
        """Its `logs` are the ids of the components' activations."""
        action = self.used.action
        limits = {**action.document["limits"], "memory": self.memory_mb}
        annotations = {
            "topmost": self.cause is None,
            "path": action.name.path,
            "kind": sequences.KIND,
            **({"limits": limits} if self.memory_mb else {}),
            "waitTime": 0,
            **({"binding": self.used.binding.path} if self.used.binding else {}),
            **self.annotations,
        }
        return base_record(
            activation_id=self.activation_id,
            namespace=self.identity.namespace,
            subject=self.identity.subject,
            name=action.name.name,
            version=action.document["version"],
            cause=self.cause,
            start_ms=self.started_ms,
            end_ms=end_ms,
            duration_ms=self.duration_ms,
            ended=ended,
            logs=self.component_ids,
            annotations=annotations,
        )

    def stored(self, ended: Outcome, end_ms: int) -> StoredActivation:
        return stored(self.record(ended, end_ms), self.used.action.name.local, ended)

    def stored_if_lost(self) -> StoredActivation:
        """What is stored if the server dies before the sequence ends."""
        lost = outcome.error(outcome.INTERNAL_ERROR, outcome.SERVER_STOPPED)
        return self.stored(lost, self.started_ms)


async def run_sequence(run: SequenceRun, payload: Any, start: StartComponent) -> Outcome:
    """Run one component after another until the last, or the first whose result has an `error`."""
    ended = Outcome(outcome.SUCCESS, payload)
    for name in sequences.components_of(run.used.action.document):
        try:
            finished = await (await start(name, ended.result))
        except ApiError as error:
            return outcome.error(outcome.APPLICATION_ERROR, _reason(error))
        run.add(finished.record)
        ended = finished.outcome
        if not ended.success:
            break
    return ended


async def concluded(run: SequenceRun, steps: Awaitable[Outcome]) -> tuple[Finished, StoredActivation]:
    """What `steps` come to, with the records that tell it. Never fails."""
    try:
        ended = await steps
    except Exception:
        log.exception("Activation %s failed inside the server", run.activation_id)
        ended = outcome.error(outcome.INTERNAL_ERROR, outcome.SERVER_FAILED)
    end_ms = now_ms()
    return Finished(ended, run.record(ended, end_ms)), run.stored(ended, end_ms)


def _reason(error: ApiError) -> str:
    return sequences.MISSING_COMPONENT if error.status == 404 else error.message
