"""Between the HTTP server and the API: requests that a fault strikes get a worse answer than the true one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standalone.auth import Authenticator
from standalone.clock import new_id
from standalone.errors import ApiError
from standalone.json_text import dumps
from standalone.steering import faults
from standalone.steering.distortions import distorted
from standalone.steering.faults import Fault, Faults

API_PREFIX = "/api/v1/"
SLOW_PIECES = 10
JSON_TYPE = (b"content-type", b"application/json")
HTML_TYPE = (b"content-type", b"text/html")


@dataclass
class Answer:
    """A whole answer, and how to note one down instead of sending it.

    `promised`: the length that its headers tell, where that is not the body's.
    """

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    promised: int | None = None

    async def note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


class Steered:
    """Passes on to `app` what no fault strikes, untouched."""

    def __init__(self, app: ASGIApp, known: Faults, authenticator: Authenticator) -> None:
        self._app = app
        self._faults = known
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        struck = self._striking(scope)
        if not struck:
            await self._app(scope, receive, send)
            return
        answer = await self._answer(struck, scope, receive)
        for fault in struck:
            whole = len(answer.body)
            answer.body = distorted(answer.body, fault)
            if fault.hang_up:
                answer.promised = whole
        await _send(answer, sum(fault.ms for fault in struck if fault.kind == faults.SLOW), send)

    def _striking(self, scope: Scope) -> list[Fault]:
        if scope["type"] != "http" or not scope["path"].startswith(API_PREFIX):
            return []
        return self._faults.striking(scope["method"], scope["path"], self._namespace(scope))

    def _namespace(self, scope: Scope) -> str | None:
        """The caller's."""
        header = dict(scope["headers"]).get(b"authorization")
        try:
            return self._authenticator.identify(header.decode("latin-1") if header else None).namespace
        except ApiError:
            return None

    async def _answer(self, struck: list[Fault], scope: Scope, receive: Receive) -> Answer:
        error = next((fault for fault in struck if fault.kind == faults.ERROR), None)
        if error is not None and not error.carried_out:
            return failure(error)
        answer = Answer()
        await self._app(scope, receive, answer.note)
        return answer if error is None else failure(error)


def failure(fault: Fault) -> Answer:
    """What OpenWhisk's controller answers, or the page of a proxy before it."""
    if fault.html:
        page = f"<html><body><h1>{fault.status} Bad Gateway</h1></body></html>"
        answer = Answer(fault.status, [HTML_TYPE], page.encode())
    else:
        content = dumps({"error": f"A fault was injected ({fault.status}).", "code": new_id()})
        answer = Answer(fault.status, [JSON_TYPE], content.encode())
    if fault.retry_after is not None:
        answer.headers.append((b"retry-after", str(fault.retry_after).encode()))
    return answer


async def _send(answer: Answer, slow_ms: int, send: Send) -> None:
    """Send the answer, its body in pieces over `slow_ms`; less than was promised makes uvicorn hang up."""
    headers = [pair for pair in answer.headers if pair[0].lower() != b"content-length"]
    length = len(answer.body) if answer.promised is None else answer.promised
    headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    for piece in _pieces(answer.body, SLOW_PIECES if slow_ms else 1):
        await asyncio.sleep(slow_ms / 1000 / SLOW_PIECES)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if length <= len(answer.body):
        await send({"type": "http.response.body", "body": b""})


def _pieces(body: bytes, count: int) -> list[bytes]:
    size = max(1, -(-len(body) // count))
    return [body[start : start + size] for start in range(0, max(1, len(body)), size)]
