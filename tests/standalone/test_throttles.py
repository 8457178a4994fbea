"""429: too many invocations in a minute, too many at once."""

from __future__ import annotations

import time
from pathlib import Path

from standalone.testing import RunningServer
from tests.standalone.client import Client

ECHO = "function main(args) { return args }"
SECONDS_FOR_THE_TEST = 10


def wait_for_a_fresh_minute() -> None:
    """The rate is counted by calendar minutes: do not let one end in the middle of the test."""
    left = 60 - time.time() % 60
    if left < SECONDS_FOR_THE_TEST:
        time.sleep(left)


def test_more_invocations_than_allowed_in_a_minute_are_429(tmp_path: Path) -> None:
    with RunningServer(tmp_path, invocations_per_minute=3) as server, Client(server) as client:
        client.put_action("echo", ECHO)
        wait_for_a_fresh_minute()
        for _ in range(3):
            assert client.invoke("echo").status_code == 200
        for count in (4, 5):
            answer = client.invoke("echo")
            assert answer.status_code == 429
            assert answer.json()["error"] == (
                f"Too many requests in the last minute (count: {count}, allowed: 3)."
            )
            assert answer.json()["code"]
        assert client.get("/actions/echo").status_code == 200


def test_more_runs_at_once_than_allowed_are_429(tmp_path: Path) -> None:
    with RunningServer(tmp_path, concurrent_invocations=2) as server, Client(server) as client:
        client.put_action("wait", "const main = a => new Promise(r => setTimeout(r, a.ms, {}))")
        ids = [client.launch("wait", ms=700) for _ in range(2)]
        answer = client.invoke("wait", ms=1)
        assert answer.status_code == 429
        assert answer.json()["error"] == "Too many concurrent requests in flight (count: 2, allowed: 2)."
        for activation_id in ids:
            client.record(activation_id)
        assert client.invoke("wait", ms=1).status_code == 200
        assert client.invoke("missing").status_code == 404
        assert client.invoke("missing").status_code == 404
        assert client.invoke("wait", ms=1).status_code == 200
