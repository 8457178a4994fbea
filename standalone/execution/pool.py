"""Which process runs what: warm ones are reused, missing ones started a few at a time, idle ones ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field

from standalone.execution.channel import WorkerExited
from standalone.execution.invocation import Executable
from standalone.execution.launcher import Launcher
from standalone.execution.memory import exceeds_memory
from standalone.execution.worker import Worker
from standalone.settings import Settings

# How often memory is looked at: less often the more processes there are, so that it costs the same.
MEMORY_CHECK_SECONDS = 0.5
MEMORY_CHECK_SECONDS_PER_PROCESS = 0.02
STOP_SECONDS = 1.5


class NotProvisioned(Exception):
    """No process could be had: the machine refused, or the server is stopping."""


@dataclass
class Group:
    """The processes of one revision of one action, and the runs that wait for one of them."""

    executable: Executable
    workers: set[Worker] = field(default_factory=set)
    waiters: deque[asyncio.Future[Worker]] = field(default_factory=deque)
    starting: int = 0
    retired: bool = False

    @property
    def needs_another(self) -> bool:
        """Whether more runs wait than the processes that are starting or loading their code will take."""
        capacity = self.executable.capacity
        coming = self.starting * capacity
        if capacity > 1:
            coming += sum(capacity - 1 for worker in self.workers if worker.is_loading)
        return len(self.waiters) > coming


class Pool:
    """A run acquires a worker, uses it, releases it. Everything happens on the event loop; nothing polls."""

    def __init__(self, settings: Settings, launcher: Launcher) -> None:
        self._settings = settings
        self._launcher = launcher
        self._groups: dict[tuple[str, str], Group] = {}
        self._wanting: deque[Group] = deque()
        self._idle: dict[Worker, float] = {}
        self._starting = 0
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._reaper: asyncio.TimerHandle | None = None
        self._memory_check: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Future[None] | None = None

    async def acquire(self, executable: Executable) -> Worker:
        """A worker with room for one more run, once there is one. NotProvisioned when that is impossible."""
        if self._stopping:
            raise NotProvisioned
        group = self._groups.setdefault(executable.key, Group(executable))
        for worker in group.workers:
            if worker.has_room:
                self._take(worker)
                return worker
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        group.waiters.append(waiter)
        self._want_another(group)
        return await waiter

    def release(self, worker: Worker) -> None:
        worker.active -= 1
        self.offer(worker)

    def offer(self, worker: Worker) -> None:
        """Give the worker's free places to runs that wait; without any, keep it warm for a while."""
        group = self._groups.get(worker.executable.key)
        if group is None or not worker.alive:
            return
        while group.waiters and worker.has_room:
            waiter = group.waiters.popleft()
            if not waiter.done():
                self._take(worker)
                waiter.set_result(worker)
        if worker.active == 0:
            self._keep_warm(worker, group)

    def retire(self, path: str) -> None:
        """The action or package at `path` was changed or deleted: its warm processes are of no use."""
        below = f"{path}/"
        for group in [g for g in self._groups.values() if f"{g.executable.name.path}/".startswith(below)]:
            group.retired = True
            for worker in [worker for worker in group.workers if worker.active == 0]:
                worker.retire()

    async def stop(self) -> None:
        """Kill every process and refuse every waiting run; returns when the processes are gone."""
        self._stopping = True
        for timer in (self._reaper, self._memory_check):
            if timer is not None:
                timer.cancel()
        self.end_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._wait_until_empty()

    def end_all(self) -> None:
        """Kill every process and refuse every run that waits now."""
        for group in list(self._groups.values()):
            self._refuse_waiters(group)
            for worker in list(group.workers):
                worker.kill()

    async def _wait_until_empty(self) -> None:
        if any(group.workers for group in self._groups.values()):
            self._emptied = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._emptied

    def _take(self, worker: Worker) -> None:
        worker.active += 1
        self._idle.pop(worker, None)
        if self._memory_check is None:
            self._schedule_memory_check(1)

    def _want_another(self, group: Group) -> None:
        if group.needs_another:
            self._wanting.append(group)
            self._start_wanted()

    def _start_wanted(self) -> None:
        while self._wanting and self._starting < self._settings.processes.starting_maximum:
            group = self._wanting.popleft()
            if group.needs_another:
                self._starting += 1
                group.starting += 1
                task = asyncio.get_running_loop().create_task(self._start(group))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _start(self, group: Group) -> None:
        worker = Worker(group.executable, self._settings.limits.result_bytes, self._forget)
        group.workers.add(worker)
        worker.active = 1  # nobody may take it before its runner is ready
        try:
            await worker.start(self._launcher, self._settings.processes.start_seconds)
        except (OSError, TimeoutError, WorkerExited):
            group.workers.discard(worker)
            self._refuse_one(group)
        else:
            self.release(worker)
        finally:
            self._starting -= 1
            group.starting -= 1
            self._want_another(group)
            self._start_wanted()
            self._drop_if_unused(group)

    def _refuse_one(self, group: Group) -> None:
        if group.waiters and (waiter := group.waiters.popleft()) and not waiter.done():
            waiter.set_exception(NotProvisioned())

    def _refuse_waiters(self, group: Group) -> None:
        while group.waiters:
            self._refuse_one(group)

    def _forget(self, worker: Worker) -> None:
        """A process has ended."""
        self._launcher.forget(worker.pid)
        self._idle.pop(worker, None)
        group = self._groups.get(worker.executable.key)
        if group is None:
            return
        group.workers.discard(worker)
        self._want_another(group)
        self._drop_if_unused(group)

    def _drop_if_unused(self, group: Group) -> None:
        if not group.workers and not group.waiters and not group.starting:
            self._groups.pop(group.executable.key, None)
        if self._emptied and not self._emptied.done() and not any(g.workers for g in self._groups.values()):
            self._emptied.set_result(None)

    def _keep_warm(self, worker: Worker, group: Group) -> None:
        if self._stopping:
            worker.kill()
            return
        if group.retired:
            worker.retire()
            return
        self._idle[worker] = time.monotonic()
        while len(self._idle) > self._settings.processes.warm_maximum:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.retire()
        if self._reaper is None:
            self._schedule_reaper(self._settings.processes.idle_seconds)

    def _schedule_reaper(self, seconds: float) -> None:
        self._reaper = asyncio.get_running_loop().call_later(seconds, self._reap)

    def _reap(self) -> None:
        self._reaper = None
        limit = self._settings.processes.idle_seconds
        now = time.monotonic()
        for worker, since in list(self._idle.items()):
            if now - since < limit:
                self._schedule_reaper(limit - (now - since))
                return
            del self._idle[worker]
            worker.kill()

    def _schedule_memory_check(self, processes: int) -> None:
        seconds = max(MEMORY_CHECK_SECONDS, processes * MEMORY_CHECK_SECONDS_PER_PROCESS)
        self._memory_check = asyncio.get_running_loop().call_later(seconds, self._check_memory)

    def _check_memory(self) -> None:
        """Runs only while something runs: reads files of `/proc` for busy processes and their descendants."""
        self._memory_check = None
        busy = [worker for group in self._groups.values() for worker in group.workers if worker.active]
        for worker in busy:
            if worker.alive and exceeds_memory(worker.inner_pid, worker.executable.memory_mb):
                worker.out_of_memory = True
                worker.kill()
        if busy and not self._stopping:
            self._schedule_memory_check(len(busy))
