"""One process of one action, spoken to by JSON lines over pipes of its own (see `runners/`)."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from standalone.execution import outcome
from standalone.execution.archive import unpack
from standalone.execution.environment import init_message, run_message
from standalone.execution.guard import kill_group
from standalone.execution.invocation import Executable, Invocation, now_ms
from standalone.execution.launcher import Launcher, Pipes
from standalone.execution.logs import STREAMS, OutputParser, RunLog
from standalone.execution.outcome import Outcome
from standalone.limits import MEGABYTE

LOG_GRACE_SECONDS = 1.0
MEMORY_EXIT_CODE = 137
REPLY_SLACK_BYTES = MEGABYTE


class WorkerExited(Exception):
    """The process ended before it answered."""


class _Reader(asyncio.Protocol):
    """Passes what a pipe brings to one function, and its end to another."""

    def __init__(self, feed: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self._feed = feed
        self._close = close

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._close()


class _ExitWatch(asyncio.SubprocessProtocol):
    def __init__(self, exited: Callable[[], None]) -> None:
        self._exited = exited

    def process_exited(self) -> None:
        self._exited()


class Worker:
    """Ready after `start`, then initialised once, then running activations one by one (or several at once)."""

    def __init__(self, executable: Executable, result_bytes: int, on_exit: Callable[[Worker], None]) -> None:
        self.executable = executable
        self.initialised = False
        self.alive = True
        self.active = 0
        self.out_of_memory = False
        self._result_bytes = result_bytes
        self._on_exit = on_exit
        self._logs: dict[str, RunLog] = {}
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._reply_rest = bytearray()
        self._open_pipes = 1 + len(STREAMS)
        self._exited = False

    @property
    def has_room(self) -> bool:
        capacity = self.executable.concurrency if self.initialised and self._can_share else 1
        return self.alive and self.active < capacity

    @property
    def _can_share(self) -> bool:
        return self.executable.kind.startswith("nodejs")

    async def start(self, launcher: Launcher, timeout_seconds: float) -> None:
        """Start the process and wait for its runner. OSError, TimeoutError or WorkerExited if that fails."""
        self._folder = launcher.new_folder(self.executable)
        ready = self._expect("ready")
        self._process, pipes = await launcher.launch(
            _ExitWatch(self._process_exited), self.executable, self._folder
        )
        self.pid = self._process.get_pid()
        await self._connect(pipes)
        try:
            async with asyncio.timeout(timeout_seconds):
                await ready
        except BaseException:
            self.kill()
            raise

    async def _connect(self, pipes: Pipes) -> None:
        loop = asyncio.get_running_loop()
        self._commands, _ = await loop.connect_write_pipe(asyncio.Protocol, open(pipes.commands, "wb", 0))
        replies = _Reader(self._feed_replies, self._pipe_closed)
        await loop.connect_read_pipe(lambda: replies, open(pipes.replies, "rb", 0))
        for stream, descriptor in zip(STREAMS, (pipes.stdout, pipes.stderr), strict=True):
            parser = OutputParser(stream, pipes.mark.encode(), self._logs)
            reader = _Reader(parser.feed, lambda parser=parser: self._stream_closed(parser))  # type: ignore[misc]
            await loop.connect_read_pipe(lambda reader=reader: reader, open(descriptor, "rb", 0))  # type: ignore[misc]

    async def initialise(self, invocation: Invocation) -> Outcome | None:
        """Load the action's code; None when that worked, else how the activation has ended."""
        self._logs[invocation.activation_id] = RunLog(self.executable.logs_mb * MEGABYTE)
        invocation.started_ms = began = now_ms()
        failed = await self._within_limit(self._init(invocation), during_init=True, invocation=invocation)
        invocation.init_ms = now_ms() - began
        self.initialised = failed is None
        return failed

    async def _init(self, invocation: Invocation) -> Outcome | None:
        directory: Path | None = None
        if self.executable.binary:
            directory = self._folder / "action"
            try:
                await asyncio.to_thread(unpack, self.executable.code, directory)
            except ValueError as error:
                return outcome.error(outcome.DEVELOPER_ERROR, f"Initialization has failed due to: {error}")
        reply = await self._ask("init", init_message(invocation, directory))
        if "error" in reply:
            return outcome.error(outcome.DEVELOPER_ERROR, reply["error"])
        return None

    async def run(self, invocation: Invocation) -> Outcome:
        """Run once and say how it ended. The process is unfit for more when `alive` is False afterwards."""
        self._logs.setdefault(invocation.activation_id, RunLog(self.executable.logs_mb * MEGABYTE))
        invocation.started_ms = invocation.started_ms or now_ms()
        ended = await self._within_limit(self._run(invocation), during_init=False, invocation=invocation)
        assert ended is not None
        return ended

    async def _run(self, invocation: Invocation) -> Outcome | None:
        reply = await self._ask(invocation.activation_id, run_message(invocation))
        return outcome.from_reply(reply, self._result_bytes)

    async def _within_limit(self, work: Any, during_init: bool, invocation: Invocation) -> Outcome | None:
        limit_ms = self.executable.timeout_ms
        try:
            async with asyncio.timeout(limit_ms / 1000):
                ended: Outcome | None = await work
        except TimeoutError:
            ended = outcome.timed_out(limit_ms, during_init)
        except WorkerExited:
            ended = outcome.exited(during_init, self._died_of_memory(invocation))
        if ended is not None and ended.status_code == outcome.DEVELOPER_ERROR:
            self.kill()  # as OpenWhisk does: a container that answered badly is not used again
        return ended

    async def collect_logs(self, invocation: Invocation, developer_error: bool) -> list[str]:
        """The run's lines, once its runner has marked their end (or a second after, with a warning)."""
        log = self._logs[invocation.activation_id]
        try:
            async with asyncio.timeout(LOG_GRACE_SECONDS):
                await log.complete.wait()
        except TimeoutError:
            log.abandon()
        del self._logs[invocation.activation_id]
        log.warn_if_incomplete(developer_error)
        return log.lines

    def kill(self) -> None:
        """End the process and everything it started. Returns at once; `on_exit` follows."""
        if self.alive:
            self.alive = False
            kill_group(self.pid)

    def _died_of_memory(self, invocation: Invocation) -> bool:
        if self.out_of_memory or self._process.get_returncode() == MEMORY_EXIT_CODE:
            return True
        last_lines = self._logs[invocation.activation_id].lines[-50:]
        aborted = self._process.get_returncode() == -signal.SIGABRT
        return aborted and any("JavaScript heap out of memory" in line for line in last_lines)

    def _expect(self, reply_id: str) -> asyncio.Future[dict[str, Any]]:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[reply_id] = future
        return future

    async def _ask(self, reply_id: str, message: dict[str, Any]) -> dict[str, Any]:
        if self._exited:
            raise WorkerExited
        reply = self._expect(reply_id)
        self._commands.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        try:
            return await reply
        finally:
            self._replies.pop(reply_id, None)

    def _feed_replies(self, data: bytes) -> None:
        self._reply_rest += data
        if len(self._reply_rest) > 8 * self._result_bytes + REPLY_SLACK_BYTES:
            self.kill()
            return
        if b"\n" not in data:
            return
        *lines, rest = self._reply_rest.split(b"\n")
        self._reply_rest = rest
        for line in lines:
            self._take_reply(line)

    def _take_reply(self, line: bytearray) -> None:
        try:
            reply = json.loads(line)
            future = self._replies.get(reply["id"])
        except (ValueError, TypeError, KeyError):
            self.kill()  # user code wrote to the runner's pipe: nothing it says can be trusted any more
            return
        if future is not None and not future.done():
            future.set_result(reply)

    def _stream_closed(self, parser: OutputParser) -> None:
        parser.close()
        self._pipe_closed()

    def _pipe_closed(self) -> None:
        self._open_pipes -= 1
        self._finish_if_over()

    def _process_exited(self) -> None:
        self._exited = True
        self.alive = False
        kill_group(self._process.get_pid())  # what it started holds its pipes open
        self._finish_if_over()

    def _finish_if_over(self) -> None:
        """Only when nothing more can arrive is a missing answer known to be missing."""
        if not self._exited or self._open_pipes:
            return
        for log in self._logs.values():
            log.abandon()
        for future in self._replies.values():
            if not future.done():
                future.set_exception(WorkerExited())
        self._commands.close()
        self._process.close()
        asyncio.get_running_loop().run_in_executor(None, shutil.rmtree, self._folder, True)
        self._on_exit(self)
