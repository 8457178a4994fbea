"""Keeps children running: starts them, starts again what died and says so, and ends all of them together."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from runtime_app.supervisor import linux
from runtime_app.supervisor.children import Child
from runtime_app.supervisor.console import Console, relay
from runtime_app.supervisor.home import RunFolder

READY_SECONDS = 60
READY_POLL_SECONDS = 0.05
BACK_POLL_SECONDS = 0.5
# A child that dies this often before it ever answered will not get better by itself.
START_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 30
# A child that ran this long before it died was healthy: its next pause is short again.
HEALTHY_SECONDS = 60
# Together below the 5 s in which everything has ended.
APPLICATION_STOP_SECONDS = 2.5
BACKING_STOP_SECONDS = 1.0


class NotReady(Exception):
    """A child did not answer within READY_SECONDS, or died START_ATTEMPTS times before it did."""


class Supervisor:
    """Runs children of the table until `stop`; every one is the leader of its own process group."""

    def __init__(self, console: Console, run_folder: RunFolder, directory: Path, environment: dict[str, str]):
        self.console = console
        self.run_folder = run_folder
        self.directory = directory
        self.environment = environment
        self.stop_requested = asyncio.Event()
        self.processes: dict[Child, asyncio.subprocess.Process] = {}
        self.keepers: dict[Child, asyncio.Task[None]] = {}
        self.relays: set[asyncio.Task[None]] = set()
        self.deaths: Counter[Child] = Counter()
        # Between fork and note a new child looks like a stray; both happen under this lock.
        self.births = asyncio.Lock()
        linux.adopt_orphans()

    def listen_for_signals(self) -> None:
        """SIGINT, SIGTERM and SIGHUP ask for the stop; a second one kills at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.on_stop_signal)

    def on_stop_signal(self) -> None:
        if self.stop_requested.is_set():
            for child in self.processes:
                self.send(child, signal.SIGKILL)
        self.stop_requested.set()

    def start(self, children: Iterable[Child]) -> None:
        for child in children:
            self.keepers[child] = asyncio.create_task(self.keep(child))

    async def wait_ready(self, children: Iterable[Child]) -> None:
        """Returns when all of them answer. Raises NotReady."""
        await asyncio.gather(*(self.wait_one_ready(child) for child in children))

    async def wait_one_ready(self, child: Child) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while child.ready and not await asyncio.to_thread(child.ready):
            if time.monotonic() > deadline:
                raise NotReady(f"{child.name} did not answer within {READY_SECONDS} s.")
            if self.deaths[child] >= START_ATTEMPTS:
                raise NotReady(f"{child.name} ended {START_ATTEMPTS} times; its own lines above say why.")
            await asyncio.sleep(READY_POLL_SECONDS)

    async def keep(self, child: Child) -> None:
        """Runs `child`, again and again with growing pauses, until the stop."""
        pause = FIRST_PAUSE_SECONDS
        while not self.stop_requested.is_set():
            began = time.monotonic()
            back = asyncio.create_task(self.tell_when_back(child)) if self.deaths[child] else None
            code = await self.run_once(child)
            if back:
                back.cancel()
            if self.stop_requested.is_set():
                return
            self.deaths[child] += 1
            if time.monotonic() - began > HEALTHY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self.console.say(f"{child.name} ended ({reason(code)}); starting it again in {pause} s.")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop_requested.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def tell_when_back(self, child: Child) -> None:
        """One sentence as soon as a child that was started again answers."""
        while child.ready:
            await asyncio.sleep(BACK_POLL_SECONDS)
            if await asyncio.to_thread(child.ready):
                self.console.say(f"{child.name} answers again.")
                return

    async def run_once(self, child: Child) -> int:
        """Starts `child` and returns its exit code, negative for a signal."""
        async with self.births:
            process = self.processes[child] = await self.spawn(child)
        self.run_folder.note_pid(child.name, process.pid)
        try:
            return await process.wait()
        finally:
            del self.processes[child]
            self.run_folder.forget_pid(child.name)
            async with self.births:
                linux.end_strays({running.pid for running in self.processes.values()})

    async def spawn(self, child: Child) -> asyncio.subprocess.Process:
        # A pipe of our own: with asyncio's, `wait()` may wait for grandchildren that inherited it.
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                cwd=self.directory,
                env=self.environment,
                start_new_session=True,
                preexec_fn=linux.die_with_parent(child.death_signal),
            )
        finally:
            os.close(write_end)
        await self.relay_output(child, read_end)
        return process

    async def relay_output(self, child: Child, read_end: int) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(read_end, "rb"))
        task = asyncio.create_task(relay(self.console, child.name, reader, child.harmless))
        self.relays.add(task)
        task.add_done_callback(self.relays.discard)

    async def stop(self) -> None:
        """Ends everything within 5 s: the applications first, then what they stand on."""
        self.stop_requested.set()
        await self.end([child for child in self.keepers if not child.backing], APPLICATION_STOP_SECONDS)
        await self.end([child for child in self.keepers if child.backing], BACKING_STOP_SECONDS)
        linux.end_strays(set())

    async def end(self, children: list[Child], seconds: float) -> None:
        """SIGTERM, then SIGKILL for the process groups that are still there after `seconds`."""
        keepers = [self.keepers[child] for child in children]
        for child in children:
            self.send(child, signal.SIGTERM)
        if not keepers:
            return
        _, late = await asyncio.wait(keepers, timeout=seconds)
        for child in children:
            if self.keepers[child] in late:
                self.send(child, signal.SIGKILL)
        await asyncio.gather(*keepers)

    def send(self, child: Child, number: signal.Signals) -> None:
        process = self.processes.get(child)
        if process is None:
            return
        with suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)


def reason(code: int) -> str:
    """An exit code in words; asyncio reports a signal as its negative number."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
