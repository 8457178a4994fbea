"""How answers leave: in one piece where that is possible, and never late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from standalone.http.protocol import _HeadWaits

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
