"""The rules of Apache's and Adobe's deployments, by `--profile`."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from standalone.runtime import DATABASE_FILE
from standalone.testing import RunningServer
from tests.gate import Gate
from tests.standalone.client import ANSWER_SECONDS, Client, annotation, within_a_minute
from tests.waiting import wait_until

ECHO = "function main(args) { return args }"
NOT_STORED_SECONDS = 0.5


@pytest.fixture(scope="module")
def adobe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with (
        RunningServer(tmp_path_factory.mktemp("adobe"), profile="adobe", steering=True) as server,
        Client(server) as client,
    ):
        yield client


def stays_missing(client: Client, activation_id: str) -> bool:
    deadline = time.monotonic() + NOT_STORED_SECONDS
    while time.monotonic() < deadline:
        if client.get(f"/activations/{activation_id}").status_code != 404:
            return False
        time.sleep(0.05)
    return True


def test_apaches_limits_are_as_shipped(tmp_path: Path) -> None:
    with RunningServer(tmp_path, profile="openwhisk") as server, Client(server) as client:
        limits = client.get("/limits").json()
        assert limits["invocationsPerMinute"] == 60
        assert limits["concurrentInvocations"] == 30
        assert limits["maxActionTimeout"] == 300000
        assert limits["maxActionMemory"] == 512
        assert limits["maxActionConcurrency"] == 1
        assert annotation(client.put_action("keyless", ECHO), "provide-api-key") is False


def test_an_option_changes_one_limit_of_a_profile(tmp_path: Path) -> None:
    options = {"profile": "openwhisk", "max_timeout": 600_000}
    with RunningServer(tmp_path, **options) as server, Client(server) as client:
        limits = client.get("/limits").json()
        assert (limits["maxActionTimeout"], limits["maxActionMemory"]) == (600_000, 512)


def test_adobe_runs_nodejs_only(adobe: Client) -> None:
    runtimes = requests.get(adobe.server.url, timeout=ANSWER_SECONDS).json()["runtimes"]
    assert list(runtimes) == ["nodejs"]
    body = {"exec": {"kind": "python:default", "code": "def main(args): return {}"}}
    assert adobe.put("/actions/py", json=body).status_code == 400


def test_adobes_lists_have_at_most_50_items(adobe: Client) -> None:
    assert adobe.get("/activations?limit=50").status_code == 200
    answer = adobe.get("/activations?limit=100")
    assert answer.status_code == 400
    assert "The value '100' is not in the range of 0 to 50 for activations." in answer.json()["error"]


def test_adobe_keeps_no_record_of_a_success_somebody_waited_for(adobe: Client) -> None:
    adobe.put_action("echo", ECHO)
    assert stays_missing(adobe, adobe.invoke("echo", a=1).json()["activationId"])
    adobe.record(adobe.launch("echo", a=1))
    adobe.record(adobe.invoke("echo", error="mine").json()["activationId"])
    asked = adobe.post("/actions/echo?blocking=true", json={}, headers={"X-OW-EXTRA-LOGGING": "on"})
    adobe.record(asked.json()["activationId"])


def test_adobe_keeps_the_record_of_a_wait_that_was_over(adobe: Client, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    adobe.put_action("slow", gate.job({"slow": 1}))
    answer = adobe.post("/actions/slow?blocking=true&timeout=50")
    assert answer.status_code == 202
    gate.open()
    assert adobe.record(answer.json()["activationId"])["response"]["result"] == {"slow": 1}


def test_adobe_allows_extra_logging_30_times_a_minute(adobe: Client) -> None:
    def statuses() -> list[int]:
        adobe.put_action("echo", ECHO)
        headers = {"X-OW-EXTRA-LOGGING": "on"}
        return [adobe.post("/actions/echo?blocking=true", headers=headers).status_code for _ in range(31)]

    assert within_a_minute(adobe, statuses) == [200] * 30 + [429]


def test_adobe_shows_hashes_for_default_parameters(adobe: Client) -> None:
    document = adobe.put_action("secretive", ECHO, parameters=[{"key": "password", "value": "hush"}])
    for shown in (document, adobe.get("/actions/secretive").json()):
        (parameter,) = shown["parameters"]
        assert (parameter["key"], parameter["encryption"]) == ("password", "aes-256")
        assert "hush" not in str(shown)
    assert adobe.invoke("secretive").json()["response"]["result"] == {"password": "hush"}


def test_adobe_takes_hashes_back_for_what_they_hide(adobe: Client) -> None:
    """As clients write them that read an action, change something, and store it."""
    given = [{"key": "a", "value": "hush"}, {"key": "b", "value": "old"}]
    read = adobe.put_action("rewritten", ECHO, parameters=given)["parameters"]
    changed = [read[0], {"key": "b", "value": "new"}]
    adobe.put_action("rewritten", ECHO, parameters=changed)
    assert adobe.invoke("rewritten").json()["response"]["result"] == {"a": "hush", "b": "new"}


def test_old_activations_are_forgotten(tmp_path: Path) -> None:
    with RunningServer(tmp_path, retention_days=3) as server, Client(server) as client:
        client.put_action("echo", ECHO)
        old, new = (client.record(client.launch("echo"))["activationId"] for _ in range(2))
        server.stop()
        four_days_ms = 4 * 24 * 3600 * 1000
        with sqlite3.connect(tmp_path / DATABASE_FILE) as database:
            change = "UPDATE activations SET start = start - ? WHERE activation_id = ?"
            database.execute(change, (four_days_ms, old))
        server.start()
        wait_until(lambda: client.get(f"/activations/{old}").status_code == 404)
        assert client.get(f"/activations/{new}").status_code == 200
