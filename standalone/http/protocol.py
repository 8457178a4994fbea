"""uvicorn's protocol, with three things more.

An answer's head and body leave together, and wake its reader once. A connection on which a request does not
go on is closed, as Pekko's `idle-timeout` does; uvicorn waits for ever for what was begun. And the head of a
request has an end; uvicorn reads on as long as there is memory.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = b"HTTP/1.1 "
INTERIM = HEAD + b"1"
IDLE_SECONDS = 60.0
# More than the longest head that clients send, with long tokens and a query of many parameters.
HEAD_BYTES = 256 * 1024
HEAD_TOO_LONG = "The head of the request is too long."


class _HeadWaits:
    """A transport that keeps an answer's head until its body comes, or the event loop's next turn."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        if not self._head and data.startswith(HEAD) and not data.startswith(INTERIM):
            self._head = data
            asyncio.get_running_loop().call_soon(self._flush)
        else:
            self._flush(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self, more: bytes = b"") -> None:
        ready, self._head = self._head + more, b""
        if ready and not self._transport.is_closing():
            self._transport.write(ready)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """`idle_seconds`: how long a client may take between two parts of its request."""

    idle_seconds = IDLE_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_HeadWaits(transport))  # type: ignore[arg-type]
        self._receiving = self._in_head = False
        self._head_bytes = 0
        self._heard_at = self.loop.time()
        self._look = self.loop.call_later(self.idle_seconds, self._close_if_idle)

    def data_received(self, data: bytes) -> None:
        self._heard_at = self.loop.time()
        super().data_received(data)
        self._head_bytes += len(data)
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(HEAD_TOO_LONG)

    def connection_lost(self, exc: Exception | None) -> None:
        self._look.cancel()
        super().connection_lost(exc)

    def _close_if_idle(self) -> None:
        """Looks again when it would be time, so that requests cost no timer of their own."""
        left = self._heard_at + self.idle_seconds - self.loop.time()
        if left <= 0 and self._is_owed_a_request:
            self.transport.close()
            return
        self._look = self.loop.call_later(left if left > 0 else self.idle_seconds, self._close_if_idle)

    @property
    def _is_owed_a_request(self) -> bool:
        """Nothing came yet, or only a part. Between two requests uvicorn has a time limit of its own."""
        return (self._receiving or self.cycle is None) and not self.flow.read_paused

    def on_message_begin(self) -> None:
        self._receiving = self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._receiving = False
        super().on_message_complete()
