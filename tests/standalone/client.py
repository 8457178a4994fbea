"""What the tests of the standalone runtime say over HTTP, in few words."""

from __future__ import annotations

import base64
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from standalone.testing import RunningServer
from tests.waiting import Patience

RECORD_SECONDS = 90.0
# For answers that come at once; a crowded machine may stand still for seconds.
ANSWER_SECONDS = 60.0
Value = TypeVar("Value")
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
        patience = Patience(seconds)
        while (answer := self.get(f"/activations/{activation_id}")).status_code == 404:
            assert not patience.is_over, f"no record of {activation_id} after {seconds} s"
            time.sleep(0.01)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def run(self, code: str, kind: str = NODE, arguments: Any = None, **fields: Any) -> dict[str, Any]:
        """Store the code under a new name, run it once, return the stored record."""
        name = f"run-{time.time_ns()}"
        self.put_action(name, code, kind, **fields)
        return self.record(self.launch(name, **(arguments or {})))


def meeting(folder: Path, runs: int) -> str:
    """A Node.js action whose runs end once as many of them have begun, but for those with `alone`."""
    return f"""const fs = require('fs')
    async function main({{ alone }}) {{
      if (alone) return {{}}
      fs.writeFileSync(`{folder}/${{process.env.__OW_ACTIVATION_ID}}`, '')
      while (fs.readdirSync('{folder}').length < {runs}) await new Promise(r => setTimeout(r, 20))
      return {{pid: process.pid}}
    }}"""


def within_a_minute(client: Client, attempt: Callable[[], Value]) -> Value:
    """What an attempt returns that was over before the minute by which rates are counted; needs steering."""
    while True:
        assert client.post(f"{client.server.url}/_standalone/reset").status_code == 200
        minute = time.time() // 60
        value = attempt()
        if time.time() // 60 == minute:
            return value


def quickest(attempt: Callable[[], float], seconds: float) -> float:
    """What the quickest of three attempts took; no other follows one that took less than `seconds`.

    A crowded machine may stand still during one of them. What waits for something takes long each time.
    """
    took = attempt()
    for _ in range(2):
        if took >= seconds:
            took = min(took, attempt())
    return took


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
