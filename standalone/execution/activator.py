"""Activates actions by name, for whoever wants it: REST callers, rules, sequences, web requests.

Each activation passes the same gates in the same order: rate, concurrency, look-up, immutable parameters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from standalone.auth import Identity
from standalone.catalog import Catalog, UsableAction
from standalone.entities import parameters, sequences
from standalone.errors import CONCURRENT_CHANGE, PARAMETERS_NOT_ALLOWED, ApiError
from standalone.execution.composition import ANNOTATION, Count, Steps, is_conductor, run_composition
from standalone.execution.executables import Executables
from standalone.execution.invocation import Invocation, Keep
from standalone.execution.invoker import Finished, Invoker, Underway
from standalone.execution.sequence import SequenceCount, SequenceRun, concluded, run_sequence
from standalone.names import EntityName
from standalone.throttle import Throttles

LOOKUPS_MAXIMUM = 5


@dataclass(frozen=True)
class Caller:
    """On whose account something runs, and the request it belongs to."""

    identity: Identity
    transaction_id: str


@dataclass(frozen=True)
class Origin:
    """Where an activation comes from, as its record tells, and whether there shall be a record.

    `count` and `sequence`: what the composition and the sequence around it have run, if there are any.
    """

    cause: str | None = None
    keep: Keep = field(default_factory=Keep)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    count: Count | None = None
    sequence: SequenceCount | None = None


@dataclass(frozen=True)
class Started:
    """`finished` never fails; `note` as in `Underway`."""

    activation_id: str
    finished: asyncio.Future[Finished]
    note: Callable[[], Awaitable[None]]


class Activator:
    def __init__(
        self,
        catalog: Catalog,
        executables: Executables,
        invoker: Invoker,
        throttles: Throttles,
        components_maximum: int,
    ) -> None:
        self._catalog = catalog
        self._executables = executables
        self._invoker = invoker
        self._throttles = throttles
        self._components_maximum = components_maximum

    async def activate(
        self,
        caller: Caller,
        name: EntityName,
        payload: dict[str, Any],
        durable: bool,
        keep: Keep | None = None,
    ) -> Started:
        """Start an action or sequence; with `durable` it is written down before this returns.

        ApiError 429, 403, 404 or 400, as a REST caller would get it.
        """
        namespace = caller.identity.namespace
        self._throttles.invocations.count(namespace)
        self._throttles.concurrent.begin(namespace)
        try:
            origin = Origin(keep=keep or Keep())
            started = await self._start_checked(caller, name, payload, durable, origin)
        except BaseException:
            self._throttles.concurrent.end(namespace)
            raise
        started.finished.add_done_callback(lambda _: self._throttles.concurrent.end(namespace))
        return started

    async def _start_checked(
        self, caller: Caller, name: EntityName, payload: dict[str, Any], durable: bool, origin: Origin
    ) -> Started:
        used = await self._catalog.action(caller.identity, name)
        await self._catalog.require_usable(caller.identity, sequences.components_of(used.action.document))
        if used.immutable_keys & payload.keys():
            raise ApiError(400, PARAMETERS_NOT_ALLOWED)
        return await self.start(caller, used, payload, durable, origin)

    async def start(
        self, caller: Caller, used: UsableAction, payload: Any, durable: bool, origin: Origin
    ) -> Started:
        """Start what was looked up already; counts against no limit."""
        if used.action.document["exec"]["kind"] == sequences.KIND:
            return await self._start_sequence(caller, used, payload, durable, origin)
        if is_conductor(used.action.document):
            return await self._start_composition(caller, used, payload, durable, origin)
        return await self._start_action(caller, used, payload, durable, origin)

    async def _start_action(
        self, caller: Caller, used: UsableAction, payload: Any, durable: bool, origin: Origin
    ) -> Started:
        for _ in range(LOOKUPS_MAXIMUM):
            executable = await self._executables.prepare(used)
            if executable is not None:
                break
            # A PUT came between the look-up and the reading of the code: take what is there now.
            used = await self._catalog.action(caller.identity, used.action.name)
        else:
            raise ApiError(409, CONCURRENT_CHANGE)
        binding = {"binding": used.binding.path} if used.binding else {}
        invocation = Invocation(
            executable=executable,
            arguments=_arguments(used, payload),
            namespace=caller.identity.namespace,
            subject=caller.identity.subject,
            api_key=caller.identity.auth,
            transaction_id=caller.transaction_id,
            cause=origin.cause,
            keep=origin.keep,
            annotations={**origin.annotations, **binding},
        )
        return _started(invocation.activation_id, await self._invoker.accept(invocation, durable))

    async def _start_sequence(
        self, caller: Caller, used: UsableAction, payload: Any, durable: bool, origin: Origin
    ) -> Started:
        run = SequenceRun(used, caller.identity, origin.cause, dict(origin.annotations))
        run_so_far = origin.sequence or SequenceCount()
        caused_by = {"causedBy": sequences.KIND}
        came_from = Origin(run.activation_id, origin.keep, caused_by, origin.count, run_so_far)

        async def start_component(name: EntityName, arguments: Any) -> asyncio.Future[Finished]:
            run_so_far.check(self._components_maximum)
            component = await self._catalog.action(caller.identity, name)
            started = await self.start(caller, component, arguments, durable=False, origin=came_from)
            run_so_far.begin(bool(sequences.components_of(component.action.document)), started.finished)
            return started.finished

        work = concluded(run, run_sequence(run, payload, start_component))
        underway = await self._invoker.follow(run.stored_if_lost, work, durable, origin.keep)
        return _started(run.activation_id, underway)

    async def _start_composition(
        self, caller: Caller, used: UsableAction, payload: Any, durable: bool, origin: Origin
    ) -> Started:
        run = SequenceRun(used, caller.identity, origin.cause, {**origin.annotations, ANNOTATION: True})
        run.memory_mb = used.action.document["limits"]["memory"]
        count = origin.count or Count()
        came_from = Origin(run.activation_id, origin.keep, {"causedBy": sequences.KIND}, count)

        async def conductor(arguments: Any) -> asyncio.Future[Finished]:
            started = await self._start_action(caller, used, arguments, durable=False, origin=came_from)
            return started.finished

        async def find(name: EntityName) -> UsableAction:
            return await self._catalog.action(caller.identity, name)

        async def component(wanted: UsableAction, arguments: Any) -> asyncio.Future[Finished]:
            started = await self.start(caller, wanted, arguments, durable=False, origin=came_from)
            return started.finished

        steps = Steps(conductor, find, component)
        work = concluded(run, run_composition(run, payload, steps, count, self._components_maximum))
        underway = await self._invoker.follow(run.stored_if_lost, work, durable, origin.keep)
        return _started(run.activation_id, underway)


def _started(activation_id: str, underway: Underway) -> Started:
    return Started(activation_id, underway.finished, underway.note)


def _arguments(used: UsableAction, payload: Any) -> Any:
    """The payload wins over the parameters of action, binding and package; an array is passed as it is."""
    if not isinstance(payload, dict):
        return payload
    return {**parameters.run_values(used.parameters), **payload}
