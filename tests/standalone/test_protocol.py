"""How answers leave: in one piece where that is possible, and never late. How long requests may take."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from standalone.http.protocol import Protocol, _HeadWaits
from standalone.testing import free_port
from tests.waiting import wait_until

HEAD, BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", b"{}"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Pipe(asyncio.Transport):
    """A transport that remembers what was written at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def written(work: Callable[[_HeadWaits, Pipe], None], *, turns: int = 0) -> list[bytes]:
    async def run() -> list[bytes]:
        pipe = Pipe()
        work(_HeadWaits(pipe), pipe)
        for _ in range(turns):
            await asyncio.sleep(0)
        return list(pipe.written)

    return asyncio.run(run())


def answer(transport: _HeadWaits, pipe: Pipe) -> None:
    transport.write(HEAD)
    transport.write(BODY)


def head_only(transport: _HeadWaits, pipe: Pipe) -> None:
    transport.write(HEAD)


def test_head_and_body_leave_together_and_once() -> None:
    assert written(answer) == written(answer, turns=3) == [HEAD + BODY]


def test_a_head_whose_body_is_late_does_not_wait_for_it() -> None:
    assert written(head_only) == []
    assert written(head_only, turns=1) == [HEAD]


def test_an_interim_answer_leaves_at_once() -> None:
    assert written(lambda transport, _: transport.write(CONTINUE)) == [CONTINUE]


def test_closing_sends_what_waits_first() -> None:
    def work(transport: _HeadWaits, pipe: Pipe) -> None:
        head_only(transport, pipe)
        transport.close()
        assert pipe.closed

    assert written(work, turns=1) == [HEAD]


def test_a_connection_that_is_gone_takes_nothing() -> None:
    def work(transport: _HeadWaits, pipe: Pipe) -> None:
        head_only(transport, pipe)
        pipe.close()

    assert written(work, turns=1) == []


class Impatient(Protocol):
    idle_seconds = 0.2


async def slow_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the whole request, takes its time, answers."""
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(4 * Impatient.idle_seconds)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": BODY})


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that waits for requests for a moment only."""
    config = uvicorn.Config(slow_app, port=free_port(), lifespan="off", log_config=None, http=Impatient)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started)
    yield config.port
    server.should_exit = True
    thread.join()


WHOLE = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        WHOLE[:-2],
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n",
    ],
)
def test_who_never_ends_a_request_is_hung_up_on(port: int, begun: bytes) -> None:
    for before in (b"", WHOLE):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            if before:
                connection.sendall(before)
                assert connection.recv(4096).endswith(BODY)
            if begun:
                connection.sendall(begun)
            elif before:
                continue  # between two requests uvicorn waits as long as it is configured to
            assert connection.recv(4096) == b""


def test_who_waits_for_an_answer_is_not_hung_up_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(2 * WHOLE)
        answers = b""
        while answers.count(BODY) < 2:
            answers += connection.recv(4096)
