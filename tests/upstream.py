"""An OpenWhisk server that answers exactly what a test says, good or bad, over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4


@dataclass
class Answer:
    """One answer: JSON when `body` is no string; `cut` sends half of it, `hang_up` nothing at all."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut: bool = False
    hang_up: bool = False
    after_seconds: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


NOT_FOUND = Answer(404, {"error": "The requested resource does not exist.", "code": "t" * 32})
Script = Callable[[Asked], Answer]


def record(activation_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """A finished activation as `GET /activations/ID` answers it."""
    start = fields.pop("start", int(time.time() * 1000) - 1000)
    annotations = {"path": "guest/resize", "kind": "nodejs:20", "waitTime": 12, "timeout": False}
    annotations.update(fields.pop("annotations", {}))
    return {
        "activationId": activation_id or uuid4().hex,
        "namespace": "guest",
        "name": "resize",
        "subject": "guest",
        "version": "0.0.1",
        "publish": False,
        "start": start,
        "end": start + 800,
        "duration": 800,
        "response": {"status": "success", "success": True, "result": {"ok": 1}, "size": 8},
        "logs": ["2026-01-01T00:00:00.000000000Z stdout: hello"],
        "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
        **fields,
    }


def summary(full: dict[str, Any]) -> dict[str, Any]:
    """The list item of a record."""
    narrow = {key: value for key, value in full.items() if key not in ("response", "logs", "subject")}
    return {**narrow, "statusCode": 0}


class Upstream:
    """`script` answers every request; `asked` lists them in order of arrival."""

    def __init__(self) -> None:
        self.script: Script = lambda asked: NOT_FOUND
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answers(self, answer: Answer) -> None:
        """The same answer to everything."""
        self.script = lambda asked: answer

    def has_activations(self, *records: dict[str, Any]) -> None:
        """Behave like a server that has just these activations and takes nothing."""
        by_id = {item["activationId"]: item for item in records}

        def script(asked: Asked) -> Answer:
            collection = asked.path.rpartition("/activations")[2]
            if collection in ("", "/"):
                return Answer(body=_collection(list(by_id.values()), asked.query))
            known = by_id.get(collection.lstrip("/"))
            return Answer(body=known) if known else NOT_FOUND

        self.script = script

    def takes_no_notice_of(self, *parameters: str) -> None:
        """Keep the script, but behave like a server that does not know these query parameters."""
        script = self.script

        def without(asked: Asked) -> Answer:
            query = {name: value for name, value in asked.query.items() if name not in parameters}
            return script(replace(asked, query=query))

        self.script = without

    def posts(self) -> list[Asked]:
        """The POSTs that came in."""
        return [asked for asked in self.asked if asked.method == "POST"]

    @contextmanager
    def running(self) -> Iterator[Upstream]:
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _collection(records: list[dict[str, Any]], query: dict[str, str]) -> Any:
    """The list, or with `count=true` how many it would name in all."""
    since, upto = int(query.get("since", 0)), int(query.get("upto", 1 << 60))
    window = [item for item in records if since <= item["start"] <= upto]
    if query.get("count") == "true":
        return {"activations": max(0, len(window) - int(query.get("skip", 0)))}
    return _listed(window, query)


def _listed(window: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    window.sort(key=lambda item: -item["start"])
    skip, limit = int(query.get("skip", 0)), int(query.get("limit", 30)) or 200
    page = window[skip : skip + limit]
    return page if query.get("docs") == "true" else [summary(item) for item in page]


def _handler_for(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            asked = Asked(self.command, parts.path, query, body)
            upstream.asked.append(asked)
            self.send(upstream.script(asked))

        def send(self, answer: Answer) -> None:
            time.sleep(answer.after_seconds)
            if answer.hang_up:
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            data = text.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(data)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            # Who did not want to wait is gone.
            with suppress(ConnectionError):
                self.wfile.write(data[: len(data) // 2] if answer.cut else data)
            self.close_connection = self.close_connection or answer.cut

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  http.server's names

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
