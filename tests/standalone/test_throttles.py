"""429: too many invocations in a minute, too many at once."""

from __future__ import annotations

from pathlib import Path

import requests

from standalone.testing import RunningServer
from tests.gate import Gate
from tests.standalone.client import Client, within_a_minute

ECHO = "function main(args) { return args }"


def test_more_invocations_than_allowed_in_a_minute_are_429(tmp_path: Path) -> None:
    options = {"invocations_per_minute": 3, "steering": True}
    with RunningServer(tmp_path, **options) as server, Client(server) as client:

        def five() -> list[requests.Response]:
            client.put_action("echo", ECHO)
            return [client.invoke("echo") for _ in range(5)]

        answers = within_a_minute(client, five)
        assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2
        for count, answer in zip((4, 5), answers[3:], strict=True):
            assert answer.json()["error"] == (
                f"Too many requests in the last minute (count: {count}, allowed: 3)."
            )
            assert answer.json()["code"]
        assert client.get("/actions/echo").status_code == 200


def test_more_runs_at_once_than_allowed_are_429(tmp_path: Path) -> None:
    with RunningServer(tmp_path, concurrent_invocations=2) as server, Client(server) as client:
        gate = Gate(tmp_path)
        client.put_action("wait", gate.job({}))
        ids = [client.launch("wait") for _ in range(2)]
        answer = client.invoke("wait")
        assert answer.status_code == 429
        assert answer.json()["error"] == "Too many concurrent requests in flight (count: 2, allowed: 2)."
        gate.open()
        for activation_id in ids:
            client.record(activation_id)
        assert client.invoke("wait").status_code == 200
        assert client.invoke("missing").status_code == 404
        assert client.invoke("missing").status_code == 404
        assert client.invoke("wait").status_code == 200
