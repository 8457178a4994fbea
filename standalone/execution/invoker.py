"""Sees accepted activations through: journal, process, record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from standalone.clock import now_ms
from standalone.execution import outcome
from standalone.execution.invocation import Invocation, Keep
from standalone.execution.outcome import Outcome
from standalone.execution.pool import NotProvisioned, Pool
from standalone.execution.record import activation_record, stored
from standalone.execution.worker import Worker
from standalone.store.activations import ActivationStore, RunJournal, StoredActivation

log = logging.getLogger(__name__)
# Most runs that somebody waits for are over by then, and need not be noted at all.
NOTE_SECONDS = 0.02
# Between two attempts to end what goes on starting processes.
END_SECONDS = 0.05


@dataclass(frozen=True)
class Finished:
    """What a blocking caller gets as soon as the result is known: an action's record has no logs yet."""

    outcome: Outcome
    record: dict[str, Any]


@dataclass(frozen=True)
class Underway:
    """What has begun. `finished` never fails.

    `note` writes down what to store should the server die before the end, unless that has come: whoever was
    not promised it from the beginning asks for it before he promises it to others.
    """

    finished: asyncio.Future[Finished]
    note: Callable[[], Awaitable[None]]


class Invoker:
    """`accept` and `follow` return once the work has begun; it goes on in a task of its own."""

    def __init__(self, pool: Pool, activations: ActivationStore, journal: RunJournal) -> None:
        self._pool = pool
        self._activations = activations
        self._journal = journal
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def accept(self, invocation: Invocation, durable: bool) -> Underway:
        """Run an action; with `durable` not before it is written down."""
        underway = await self._noted(lambda: _if_lost(invocation), durable)
        self._spawn(self._see_through(invocation, underway.finished))
        return underway

    async def follow(
        self,
        if_lost: Callable[[], StoredActivation],
        work: Coroutine[Any, Any, tuple[Finished, StoredActivation]],
        durable: bool,
        keep: Keep,
    ) -> Underway:
        """As `accept`, for an activation that is made of others."""
        underway = await self._noted(if_lost, durable)
        self._spawn(self._conclude(work, underway.finished, keep))
        return underway

    async def stop(self) -> None:
        """End everything that waits or runs and record it; returns when all records are stored."""
        self._stopping = True
        await self._pool.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def end_all(self) -> None:
        """End what waits or runs now, and what sequences start meanwhile; then go on as before."""
        while self._tasks:
            self._pool.end_all()
            await asyncio.wait(self._tasks, timeout=END_SECONDS)

    async def _noted(self, if_lost: Callable[[], StoredActivation], durable: bool) -> Underway:
        """Write down what to store should the server die: now or, if nothing is promised, when it lasts."""
        loop = asyncio.get_running_loop()
        finished: asyncio.Future[Finished] = loop.create_future()

        async def note() -> None:
            # A note that came after the record would never be taken off again.
            if not finished.done():
                await self._journal.note(if_lost())

        if durable:
            await note()
        else:
            timer = loop.call_later(NOTE_SECONDS, lambda: self._spawn(note()))
            finished.add_done_callback(lambda _: timer.cancel())
        return Underway(finished, note)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _conclude(
        self,
        work: Coroutine[Any, Any, tuple[Finished, StoredActivation]],
        finished: asyncio.Future[Finished],
        keep: Keep,
    ) -> None:
        ended, record = await work
        finished.set_result(ended)
        await self._store(record, wanted=keep.success or not ended.outcome.success)

    async def _see_through(self, invocation: Invocation, finished: asyncio.Future[Finished]) -> None:
        try:
            worker, ended = await self._perform(invocation)
        except Exception:
            log.exception("Activation %s failed inside the server", invocation.activation_id)
            worker, ended = None, outcome.error(outcome.INTERNAL_ERROR, outcome.SERVER_FAILED)
        record = activation_record(invocation, ended, now_ms())
        finished.set_result(Finished(ended, record))
        if worker is not None:
            logs = await worker.collect_logs(invocation, ended.status_code == outcome.DEVELOPER_ERROR)
            record = {**record, "logs": logs}
        wanted = invocation.keep.success or not ended.success
        await self._store(stored(record, invocation.executable.name.local, ended), wanted)

    async def _store(self, activation: StoredActivation, wanted: bool) -> None:
        try:
            await (self._activations.add if wanted else self._activations.drop)(activation)
        except Exception:
            # Its run stays in the journal and becomes an internal error at the next start.
            log.exception("Activation %s could not be stored", activation.activation_id)

    async def _perform(self, invocation: Invocation) -> tuple[Worker | None, Outcome]:
        try:
            worker = await self._pool.acquire(invocation.executable)
        except NotProvisioned:
            lost = outcome.error(outcome.INTERNAL_ERROR, outcome.NOT_PROVISIONED)
            return None, self._unless_stopping(lost)
        try:
            return worker, self._unless_stopping(await self._use(worker, invocation))
        finally:
            self._pool.release(worker)

    async def _use(self, worker: Worker, invocation: Invocation) -> Outcome:
        if not worker.initialised:
            failed = await worker.initialise(invocation)
            if failed is not None:
                return failed
            self._pool.offer(worker)
        return await worker.run(invocation)

    def _unless_stopping(self, ended: Outcome) -> Outcome:
        """What is killed because the server stops is the server's doing, not the action's."""
        if self._stopping and not ended.success and not ended.timed_out:
            return outcome.error(outcome.INTERNAL_ERROR, outcome.SERVER_STOPPED)
        return ended


def _if_lost(invocation: Invocation) -> StoredActivation:
    lost = outcome.error(outcome.INTERNAL_ERROR, outcome.SERVER_STOPPED)
    record = activation_record(invocation, lost, invocation.accepted_ms)
    return stored(record, invocation.executable.name.local, lost)
