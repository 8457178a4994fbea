"""Accepts invocations and sees them through: journal, process, record."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from standalone.execution import outcome
from standalone.execution.invocation import Invocation, now_ms
from standalone.execution.outcome import Outcome
from standalone.execution.pool import NotProvisioned, Pool
from standalone.execution.record import activation_record, summary
from standalone.execution.worker import Worker
from standalone.store.activations import ActivationStore, RunJournal, StoredActivation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finished:
    """What a blocking caller gets as soon as the result is known: the record has no logs yet."""

    outcome: Outcome
    record: dict[str, Any]


class Invoker:
    """`accept` returns at once; the work goes on in a task of its own."""

    def __init__(self, pool: Pool, activations: ActivationStore, journal: RunJournal) -> None:
        self._pool = pool
        self._activations = activations
        self._journal = journal
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def accept(self, invocation: Invocation, durable: bool) -> asyncio.Future[Finished]:
        """Start the run; with `durable` not before it is written down. The future never fails."""
        journal_entry = _stored(invocation, outcome.error(outcome.INTERNAL_ERROR, outcome.SERVER_STOPPED), [])
        if durable:
            await self._journal.note(journal_entry)
        else:
            self._journal.note_soon(journal_entry)
        finished: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        task = asyncio.get_running_loop().create_task(self._see_through(invocation, finished))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return finished

    async def stop(self) -> None:
        """End everything that waits or runs and record it; returns when all records are stored."""
        self._stopping = True
        await self._pool.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _see_through(self, invocation: Invocation, finished: asyncio.Future[Finished]) -> None:
        try:
            worker, ended = await self._perform(invocation)
        except Exception:
            log.exception("Activation %s failed inside the server", invocation.activation_id)
            worker, ended = None, outcome.error(outcome.INTERNAL_ERROR, "There was an internal server error.")
        end_ms = now_ms()
        finished.set_result(Finished(ended, activation_record(invocation, ended, end_ms, [])))
        logs: list[str] = []
        if worker is not None:
            logs = await worker.collect_logs(invocation, ended.status_code == outcome.DEVELOPER_ERROR)
        try:
            await self._activations.add(_stored(invocation, ended, logs, end_ms))
        except Exception:
            # Its run stays in the journal and becomes an internal error at the next start.
            log.exception("Activation %s could not be stored", invocation.activation_id)

    async def _perform(self, invocation: Invocation) -> tuple[Worker | None, Outcome]:
        try:
            worker = await self._pool.acquire(invocation.executable)
        except NotProvisioned:
            return None, self._unless_stopping(outcome.error(outcome.INTERNAL_ERROR, outcome.NOT_PROVISIONED))
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


def _stored(
    invocation: Invocation, ended: Outcome, logs: list[str], end_ms: int | None = None
) -> StoredActivation:
    record = activation_record(invocation, ended, end_ms or invocation.accepted_ms, logs)
    return StoredActivation(
        activation_id=invocation.activation_id,
        namespace=invocation.namespace,
        entity=invocation.executable.name.local,
        start=record["start"],
        summary=summary(record, ended.status_code),
        record=record,
    )
