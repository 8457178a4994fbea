"""What the tests of the standalone runtime say over HTTP, in few words."""

from __future__ import annotations

import base64
import io
import time
import zipfile
from typing import Any
from urllib.parse import quote

import requests

from standalone.testing import RunningServer

RECORD_SECONDS = 15.0
NODE = "nodejs:default"
PYTHON = "python:default"


class Client(requests.Session):
    """Paths are relative to `/api/v1/namespaces/_`."""

    def __init__(self, server: RunningServer, auth: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.server = server
        self.base = f"{server.url}/api/v1/namespaces/_"
        self.auth = auth or server.basic_auth

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        kwargs.setdefault("timeout", 70)
        full = url if url.startswith("http") else self.base + url
        return super().request(method, full, *args, **kwargs)

    def put_action(
        self, name: str, code: str, kind: str = NODE, *, main: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Create or update, and insist that it worked."""
        executed = {"kind": kind, "code": code, **({"main": main} if main else {})}
        answer = self.put(f"/actions/{quote(name)}?overwrite=true", json={"exec": executed, **fields})
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def invoke(self, name: str, **arguments: Any) -> requests.Response:
        return self.post(f"/actions/{quote(name)}?blocking=true", json=arguments)

    def launch(self, name: str, **arguments: Any) -> str:
        """Invoke without waiting; returns the activation id."""
        answer = self.post(f"/actions/{quote(name)}", json=arguments)
        assert answer.status_code == 202, answer.text
        activation_id: str = answer.json()["activationId"]
        return activation_id

    def record(self, activation_id: str, seconds: float = RECORD_SECONDS) -> dict[str, Any]:
        """The activation's record, as soon as there is one."""
        deadline = time.monotonic() + seconds
        while (answer := self.get(f"/activations/{activation_id}")).status_code == 404:
            assert time.monotonic() < deadline, f"no record of {activation_id} after {seconds} s"
            time.sleep(0.01)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def run(self, code: str, kind: str = NODE, arguments: Any = None, **fields: Any) -> dict[str, Any]:
        """Store the code under a new name, run it once, return the stored record."""
        name = f"run-{time.time_ns()}"
        self.put_action(name, code, kind, **fields)
        return self.record(self.launch(name, **(arguments or {})))


def annotation(document: dict[str, Any], key: str) -> Any:
    return next((item["value"] for item in document["annotations"] if item["key"] == key), None)


def texts(record: dict[str, Any], stream: str = "stdout") -> list[str]:
    """The log lines of one stream without time and stream name."""
    mark = f" {stream}: "
    return [line.split(mark, 1)[1] for line in record["logs"] if mark in line]


def zipped(files: dict[str, str]) -> str:
    """A zip archive of these files as base64 text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return base64.b64encode(buffer.getvalue()).decode()
