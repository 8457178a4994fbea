"""One process of one action: started, initialised once, then running activations. See `runners/`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from standalone.clock import now_ms
from standalone.execution import outcome
from standalone.execution.archive import unpack
from standalone.execution.channel import Channel, WorkerExited
from standalone.execution.environment import init_message, run_message
from standalone.execution.exits import watch_exit
from standalone.execution.guard import kill_group
from standalone.execution.invocation import Executable, Invocation
from standalone.execution.launcher import Launcher, Pipes, remove_folder
from standalone.execution.logs import STREAMS, OutputParser, RunLog
from standalone.execution.outcome import Outcome
from standalone.limits import MEGABYTE

Ended = TypeVar("Ended", bound=Outcome | None)

# Where the end of a run's output is missing though its pipe is open, it is over when nothing comes any more.
LOG_LOOK_SECONDS = 1.0
SILENT_LOOKS = 5
LOG_LOOKS = 30
# How long pipes are read after their process has ended, and the pause between two looks for what it left.
PIPES_SECONDS = 2.0
STRAYS_SECONDS = 0.05
MEMORY_EXIT_CODE = 137
# The second is what a shell, or bubblewrap, makes of it.
ABORTED = (-signal.SIGABRT, 128 + signal.SIGABRT)
# A result in JSON may be six times as long as the same result is counted: control characters are escaped.
REPLY_FACTOR = 8


class _Reader(asyncio.Protocol):
    """Passes what a pipe brings to one function, and its end to another."""

    def __init__(self, feed: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self._feed = feed
        self._close = close

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._close()


class Worker:
    """Ready after `start`, then initialised once, then running activations one by one (or several at once).

    `on_exit` is called once, when the process has ended and nothing of it can arrive any more.
    """

    def __init__(self, executable: Executable, result_bytes: int, on_exit: Callable[[Worker], None]) -> None:
        self.executable = executable
        self.ready = False
        self.initialised = False
        self.alive = True
        self.active = 0
        self.out_of_memory = False
        self._retired = False
        self._result_bytes = result_bytes
        self._on_exit = on_exit
        self._logs: dict[str, RunLog] = {}
        self._closed_streams: list[str] = []
        self._channel = Channel(REPLY_FACTOR * result_bytes + MEGABYTE, distrusted=self.kill)
        self._listening: list[asyncio.ReadTransport] = []
        self._open_pipes = 1 + len(STREAMS)
        self._exited = False

    @property
    def has_room(self) -> bool:
        capacity = self.executable.capacity if self.initialised else 1
        return self.alive and not self._retired and self.active < capacity

    @property
    def is_loading(self) -> bool:
        """Taken by its first run: it will have more room once that has initialised it."""
        return self.alive and self.ready and not self.initialised and self.active > 0

    async def start(self, launcher: Launcher, timeout_seconds: float) -> None:
        """Start the process and wait for its runner. OSError, TimeoutError or WorkerExited if that fails."""
        ready = self._channel.expect("ready")
        self._launcher = launcher
        self._folder = launcher.new_folder(self.executable)
        try:
            self._process, pipes = launcher.launch(self.executable, self._folder)
        except OSError:
            self._folder.rmdir()
            raise
        self.pid = self.inner_pid = self._process.pid
        watch_exit(self._process, self._process_exited)
        try:
            await self._connect(pipes)
            async with asyncio.timeout(timeout_seconds):
                await ready
            self.inner_pid = launcher.confine(self.pid, self.executable.memory_mb)
            self.ready = True
        except BaseException:
            self.kill()
            raise

    async def _connect(self, pipes: Pipes) -> None:
        loop = asyncio.get_running_loop()
        commands, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, pipes.commands)
        self._channel.connect(commands)
        readers = [(pipes.replies, _Reader(self._channel.feed, self._pipe_closed))]
        for stream, pipe in zip(STREAMS, (pipes.stdout, pipes.stderr), strict=True):
            readers.append((pipe, self._output_reader(stream, pipes.mark.encode())))
        for pipe, reader in readers:
            transport, _ = await loop.connect_read_pipe(lambda reader=reader: reader, pipe)  # type: ignore[misc]
            self._listening.append(transport)

    def _output_reader(self, stream: str, mark: bytes) -> _Reader:
        parser = OutputParser(stream, mark, self._logs)

        def close() -> None:
            parser.close()
            self._closed_streams.append(stream)
            for log in self._logs.values():
                log.lose(stream)
            self._pipe_closed()

        return _Reader(parser.feed, close)

    async def initialise(self, invocation: Invocation) -> Outcome | None:
        """Load the action's code; None when that worked, else how the activation has ended."""
        self._log_of(invocation)
        invocation.started_ms = began = now_ms()
        failed = await self._within_limit(self._init(invocation), invocation, during_init=True)
        invocation.init_ms = now_ms() - began
        self.initialised = failed is None
        return failed

    async def _init(self, invocation: Invocation) -> Outcome | None:
        if not self.executable.code:
            return outcome.error(outcome.DEVELOPER_ERROR, outcome.NO_CODE)
        directory: Path | None = None
        if self.executable.binary:
            directory = self._folder / "action"
            try:
                await asyncio.to_thread(unpack, self.executable.code, directory)
            except ValueError as error:
                return outcome.error(outcome.DEVELOPER_ERROR, f"Initialization has failed due to: {error}")
        reply = await self._channel.ask("init", init_message(invocation, directory))
        if "error" in reply:
            return outcome.error(outcome.DEVELOPER_ERROR, reply["error"])
        return None

    async def run(self, invocation: Invocation) -> Outcome:
        """Run once and say how it ended. The process is unfit for more when `alive` is False afterwards."""
        self._log_of(invocation)
        if invocation.started_ms is None:
            invocation.started_ms = now_ms()
        return await self._within_limit(self._run(invocation), invocation, during_init=False)

    async def _run(self, invocation: Invocation) -> Outcome:
        reply = await self._channel.ask(invocation.activation_id, run_message(invocation))
        return outcome.from_reply(reply, self._result_bytes)

    async def _within_limit(
        self, work: Awaitable[Ended], invocation: Invocation, during_init: bool
    ) -> Ended | Outcome:
        limit_ms = self.executable.timeout_ms
        try:
            async with asyncio.timeout(limit_ms / 1000):
                ended: Ended | Outcome = await work
        except TimeoutError:
            ended = outcome.timed_out(limit_ms, during_init)
        except WorkerExited:
            ended = outcome.exited(during_init, self._died_of_memory(invocation))
        if ended is not None and ended.status_code == outcome.DEVELOPER_ERROR:
            self.kill()  # as OpenWhisk does: a container that answered badly is not used again
        return ended

    async def collect_logs(self, invocation: Invocation, developer_error: bool) -> list[str]:
        """The run's lines, once its runner has marked their end; with a warning when it does not."""
        log = self._log_of(invocation)
        await _until_complete(log)
        del self._logs[invocation.activation_id]
        log.warn_if_incomplete(developer_error)
        self._end_if_retired()
        return log.lines if self.executable.logs_mb else []

    def retire(self) -> None:
        """End the process once nothing more is to be read of runs that have ended."""
        self._retired = True
        self._end_if_retired()

    def _end_if_retired(self) -> None:
        if self._retired and not self._logs:
            self.kill()

    def kill(self) -> None:
        """End the process and everything it started. Returns at once; `on_exit` follows."""
        if self.alive:
            self.alive = False
            kill_group(self.pid)

    def _log_of(self, invocation: Invocation) -> RunLog:
        known = self._logs.get(invocation.activation_id)
        if known is not None:
            return known
        log = self._logs[invocation.activation_id] = RunLog(self.executable.logs_mb * MEGABYTE)
        for stream in self._closed_streams:
            log.lose(stream)
        return log

    def _died_of_memory(self, invocation: Invocation) -> bool:
        if self.out_of_memory or self._process.returncode == MEMORY_EXIT_CODE:
            return True
        last_lines = self._log_of(invocation).lines[-50:]
        aborted = self._process.returncode in ABORTED
        return aborted and any("JavaScript heap out of memory" in line for line in last_lines)

    def _pipe_closed(self) -> None:
        self._open_pipes -= 1
        self._finish_if_over()

    def _process_exited(self) -> None:
        self._exited = True
        self.alive = False
        kill_group(self.pid)  # what it started would hold its pipes open
        self._end_strays()
        asyncio.get_running_loop().call_later(PIPES_SECONDS, self._stop_listening)
        self._finish_if_over()

    def _end_strays(self) -> None:
        if self._launcher.end_strays(self._folder):
            asyncio.get_running_loop().call_later(STRAYS_SECONDS, self._end_strays)

    def _stop_listening(self) -> None:
        """Something that nobody can find may hold the pipes open, but the process has nothing more to say."""
        for transport in self._listening:
            transport.close()

    def _finish_if_over(self) -> None:
        """Only when nothing more can arrive is a missing answer known to be missing."""
        if not self._exited or self._open_pipes:
            return
        for log in self._logs.values():
            log.abandon()
        self._channel.close()
        asyncio.get_running_loop().run_in_executor(None, remove_folder, self._folder)
        self._on_exit(self)


async def _until_complete(log: RunLog) -> None:
    silent = 0
    for _ in range(LOG_LOOKS):
        seen = log.received
        try:
            async with asyncio.timeout(LOG_LOOK_SECONDS):
                await log.complete.wait()
        except TimeoutError:
            silent = silent + 1 if log.received == seen else 0
            if silent == SILENT_LOOKS:
                break
        else:
            return
    log.abandon()
