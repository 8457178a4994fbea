"""A TCP proxy that counts the HTTP requests passing through it, as an independent witness."""

from __future__ import annotations

import asyncio
import threading
from bisect import bisect_right
from collections import Counter
from contextlib import suppress
from time import monotonic

REQUEST_LINE_END = b" HTTP/1.1\r\n"
CHUNK_BYTES = 65_536


class CountingProxy:
    """Listens on a free loopback port; `counts` has one number for each HTTP method, `gets` all moments."""

    def __init__(self, port: int) -> None:
        self.counts: Counter[str] = Counter()
        self.gets: list[float] = []
        self.url = ""
        self._target_port = port
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def clear(self) -> None:
        """Count from here on."""
        self.counts.clear()
        self.gets.clear()

    def most_gets_in(self, seconds: float) -> int:
        """The most GETs within any span of so many seconds."""
        return max((bisect_right(self.gets, at + seconds) - n for n, at in enumerate(self.gets)), default=0)

    def __enter__(self) -> CountingProxy:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stop.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        # Who leaves ends what still goes on.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._relay(reader, upstream[1], True), self._relay(upstream[0], writer, False)
            )

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counting: bool
    ) -> None:
        try:
            while data := await reader.read(CHUNK_BYTES):
                if counting:
                    self._count(data)
                writer.write(data)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _count(self, data: bytes) -> None:
        for part in data.split(REQUEST_LINE_END)[:-1]:
            line = part.rpartition(b"\r\n")[2]
            method = line.split(b" ", 1)[0].decode("ascii", "replace")
            self.counts[method] += 1
            if method == "GET":
                self.gets.append(monotonic())
