"""uvicorn's protocol, but an answer's head and body leave together, and wake its reader once."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = b"HTTP/1.1 "
INTERIM = HEAD + b"1"


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
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_HeadWaits(transport))  # type: ignore[arg-type]
