"""A server on a real socket that plays one script a connection: cut off, hang, drip, answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Script = Callable[[socket.socket], None]
PATIENCE_SECONDS = 10
TLS_HANDSHAKE = b"\x16"


class ScriptedServer:
    """`scripts` are played in order, one a connection; `requests` holds what each connection sent.

    `closed` counts the connections it has ended, `read_delay` is how many seconds it leaves a request unread.
    """

    def __init__(self) -> None:
        self.read_delay = 0.0
        self.scripts: list[Script] = []
        self.requests: list[bytes] = []
        self.closed = 0
        self.released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.released.set()
        self._thread.join(PATIENCE_SECONDS)
        self._listener.close()

    def hang(self, connection: socket.socket) -> None:
        """Say nothing until the test ends."""
        self.released.wait(PATIENCE_SECONDS)

    def drip(self, connection: socket.socket, headers: bytes, piece: bytes) -> None:
        """Send a piece of an endless body every 20 ms, for as long as the client listens."""
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\n")
        while not self.released.wait(0.02):
            connection.sendall(piece)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(PATIENCE_SECONDS)
                self.released.wait(self.read_delay)
                self.requests.append(_read_request(connection))
                # The client may give up first; often that is what the test is about.
                with suppress(BrokenPipeError, ConnectionResetError):
                    self.scripts.pop(0)(connection)
            self.closed += 1


def answer(body: bytes, status: str = "200 OK", length: int | None = None, kept: bool = False) -> Script:
    """A complete answer, or with a larger `length` one that is cut off.

    `kept` promises that the connection stays open; the script's end closes it all the same.
    """

    def play(connection: socket.socket) -> None:
        size = len(body) if length is None else length
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n"
        connection.sendall(head.encode() + (b"" if kept else b"Connection: close\r\n") + b"\r\n" + body)

    return play


def reset(connection: socket.socket) -> None:
    """Close at once with RST, as a dying server does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read_request(connection: socket.socket) -> bytes:
    """One whole HTTP request, or the first piece of a TLS greeting."""
    data = b""
    while b"\r\n\r\n" not in data and not data.startswith(TLS_HANDSHAKE):
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
