"""Questions and answers over a pair of pipes: JSON lines, each answer naming what it answers by `id`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from standalone.json_text import dumps, loads

Reply = dict[str, Any]


class WorkerExited(Exception):
    """The process ended before it answered."""


class Channel:
    """`distrusted` is called when what comes back cannot be from the runner, or is too long."""

    def __init__(self, longest_reply_bytes: int, distrusted: Callable[[], None]) -> None:
        self._longest = longest_reply_bytes
        self._distrusted = distrusted
        self._commands: asyncio.WriteTransport | None = None
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._rest = bytearray()
        self._closed = False

    def connect(self, commands: asyncio.WriteTransport) -> None:
        self._commands = commands

    def expect(self, reply_id: str) -> asyncio.Future[Reply]:
        """A future for an answer that comes unasked, or to what is sent next."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[reply_id] = future
        return future

    async def ask(self, reply_id: str, message: dict[str, Any]) -> Reply:
        """Send and wait for the answer. WorkerExited when none can come any more."""
        if self._closed or self._commands is None:
            raise WorkerExited
        answer = self.expect(reply_id)
        self._commands.write(dumps(message).encode() + b"\n")
        try:
            return await answer
        finally:
            self._waiting.pop(reply_id, None)

    def feed(self, data: bytes) -> None:
        self._rest += data
        if len(self._rest) > self._longest:
            self._distrusted()
            return
        if b"\n" not in data:
            return
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._take(line)

    def close(self) -> None:
        """Nothing will come any more."""
        self._closed = True
        if self._commands is not None:
            self._commands.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(WorkerExited())

    def _take(self, line: bytearray) -> None:
        try:
            reply = loads(line)
            future = self._waiting.get(reply["id"])
        except (ValueError, TypeError, KeyError, RecursionError):
            self._distrusted()  # user code wrote to the runner's pipe, or nested its result beyond reading
            return
        if future is not None and not future.done():
            future.set_result(reply)
