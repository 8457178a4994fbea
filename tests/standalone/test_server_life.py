"""Starting, stopping, being killed: nothing that was accepted is forgotten, no process is left behind."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import requests

from standalone.testing import RunningServer
from tests.standalone.client import ANSWER_SECONDS, Client, annotation, quickest, texts
from tests.waiting import wait_until

WAIT = "const main = () => new Promise(r => setTimeout(r, 1200000, {}))"
STOPPED = "The server stopped while the action was waiting or running."


def processes_below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        document = client.put_action("kept", "function main() { return {kept: true} }")
        record = client.record(client.launch("kept"))
        assert server.stop() == 0
        server.start()
        assert client.get("/actions/kept").json() == document
        assert client.get(f"/activations/{record['activationId']}").json() == record
        assert client.invoke("kept").json()["response"]["result"] == {"kept": True}


def test_sigterm_ends_within_3_seconds_and_records_what_ran(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        client.put_action("waits", WAIT, limits={"timeout": 3_600_000})

        def stop_seconds() -> float:
            ids = [client.launch("waits") for _ in range(6)]
            wait_until(lambda: len(processes_below(server.pid)) >= 3, 60)
            children = processes_below(server.pid)
            began = time.monotonic()
            assert server.stop() == 0
            took = time.monotonic() - began
            wait_until(lambda: alive(children) == [], 60)
            server.start()
            for activation_id in ids:
                record = client.record(activation_id, seconds=0)
                assert record["response"]["status"] == "whisk internal error"
                assert record["response"]["result"] == {"error": STOPPED}
            return took

        assert quickest(stop_seconds, 3) < 3


def test_a_blocking_caller_hears_that_the_server_stops(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        client.put_action("waits", WAIT, limits={"timeout": 3_600_000})
        answers = []
        caller = threading.Thread(target=lambda: answers.append(client.invoke("waits")))
        caller.start()
        wait_until(lambda: len(processes_below(server.pid)) >= 2, 60)
        server.stop()
        caller.join(ANSWER_SECONDS)
        assert answers[0].status_code == 500
        assert answers[0].json()["response"]["status"] == "whisk internal error"


@pytest.mark.parametrize("code", [WAIT, "function main() { for (;;); }"])
def test_kill_9_leaves_no_process_and_forgets_no_run(tmp_path: Path, code: str) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        client.put_action("waits", code, limits={"timeout": 3_600_000})
        client.put_action("done", "function main() { return {done: true} }")
        done = client.record(client.launch("done"))
        activation_id = client.launch("waits")
        wait_until(lambda: len(processes_below(server.pid)) >= 3, 60)
        children = processes_below(server.pid)
        server.kill()
        wait_until(lambda: alive(children) == [], 60)
        server.start()
        record = client.record(activation_id, seconds=0)
        assert record["response"]["status"] == "whisk internal error"
        assert annotation(record, "path") == "guest/waits"
        items = client.get("/activations").json()
        assert {item["activationId"]: item["statusCode"] for item in items} == {
            activation_id: 3,
            done["activationId"]: 0,
        }


def test_kill_9_in_the_middle_of_a_burst_forgets_nothing_that_was_accepted(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        client.put_action("quick", "const main = args => args")
        killer = threading.Timer(0.5, server.kill)
        accepted = {client.launch("quick", n=0): 0}
        killer.start()
        with contextlib.suppress(requests.RequestException):
            for number in range(1, 10_000):
                accepted[client.launch("quick", n=number)] = number
        killer.join()
        server.start()
        for activation_id, number in accepted.items():
            response = client.record(activation_id, seconds=0)["response"]
            assert response["result"] in ({"n": number}, {"error": STOPPED})


@pytest.mark.timeout(400)
def test_100_waiting_jobs_run_at_once_and_cost_nothing(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        client.put_action("waits", f"console.log('up'); {WAIT}", limits={"timeout": 3_600_000})
        ids = [client.launch("waits") for _ in range(100)]
        assert len(set(ids)) == 100
        wait_until(lambda: len(processes_below(server.pid)) >= 101, 200)
        tree = [psutil.Process(server.pid), *processes_below(server.pid)]
        assert tree[0].num_threads() < 20

        def used() -> float:
            return sum(sum(process.cpu_times()[:2]) for process in tree)

        def nearly_idle() -> bool:
            before = used()
            time.sleep(1)
            return used() - before < 0.1

        wait_until(nearly_idle, 100)
        assert server.stop() == 0
        wait_until(lambda: alive(tree) == [], 60)


def test_a_port_that_is_taken_gets_a_sentence(tmp_path: Path, server: RunningServer) -> None:
    command = [sys.executable, "-m", "standalone", "--port", str(server.port), "--data", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    assert ended.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{server.port}: Address already in use." in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_data_folder_that_is_taken_gets_a_sentence(server: RunningServer) -> None:
    command = [sys.executable, "-m", "standalone", "--port", "0", "--data", str(server.data_dir)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    assert ended.returncode == 2
    assert ended.stderr.startswith("Another server uses ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--namespace", "team=not-a-key"], "--namespace team: 'not-a-key' is not a UUID."),
        (["--namespace", "nothing"], "--namespace: 'nothing' is not of the form NAME=UUID:KEY."),
        (["--node", "/no/such/node"], "--node: there is no file /no/such/node."),
        (["--node", __file__], "test_server_life.py cannot be run: "),
        (["--python", "/bin/false"], "/bin/false cannot be run: "),
        (["--python", "/bin/true"], "/bin/true does not tell its version"),
        (["--node-modules", "/no/such"], "--node-modules: there is no folder /no/such."),
        (["--list-limit", "0"], "--list-limit: must be at least 1."),
        (["--max-timeout", "1"], "--max-timeout: must be at least 100, and at most 2147483647."),
        (["--port", "70000"], "Cannot listen on 127.0.0.1:70000: "),
        (["--port", "http"], "argument --port: invalid int value: 'http'"),
    ],
)
def test_wrong_options_get_a_sentence(tmp_path: Path, arguments: list[str], message: str) -> None:
    command = [sys.executable, "-m", "standalone", "--data", str(tmp_path), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_profile_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "standalone", "--data", str(tmp_path)]
    environment = {**os.environ, "STANDALONE_PROFILE": "none"}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, env=environment)
    assert (ended.returncode, "there is no profile 'none'" in ended.stderr) == (2, True)


def test_what_is_no_database_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "standalone.sqlite3").write_text("something else, and not a database at all")
    command = [sys.executable, "-m", "standalone", "--port", "0", "--data", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    assert ended.returncode == 2
    assert ended.stderr == f"Cannot use what is stored in {tmp_path}: file is not a database.\n"


def test_without_api_keys_new_actions_have_none(tmp_path: Path) -> None:
    with RunningServer(tmp_path, no_api_key=True) as server, Client(server) as client:
        document = client.put_action("keyless", "const main = () => ({key: process.env.__OW_API_KEY})")
        assert annotation(document, "provide-api-key") is False
        assert client.invoke("keyless").json()["response"]["result"] == {}


def test_idle_processes_end_beyond_their_number(tmp_path: Path) -> None:
    with RunningServer(tmp_path, warm_processes=2) as server, Client(server) as client:
        for number in range(4):
            client.put_action(f"idle-{number}", "const main = () => ({})")
            client.invoke(f"idle-{number}")
        guardian_and_two = 3
        wait_until(lambda: len(processes_below(server.pid)) == guardian_and_two, 60)


def test_idle_processes_end_after_their_time(tmp_path: Path) -> None:
    with RunningServer(tmp_path, idle_seconds=1) as server, Client(server) as client:
        client.put_action("idle", "console.log('x'); const main = () => ({})")
        for _ in range(2):
            assert texts(client.record(client.launch("idle"))) == ["x"]
            wait_until(lambda: len(processes_below(server.pid)) == 1, 60)


def test_a_run_that_was_over_while_it_was_noted_is_not_called_lost_later(tmp_path: Path) -> None:
    """Runs that somebody waits for are noted after 20 ms: these end just then, and leave no record."""
    code = "const main = ({ ms }) => new Promise(done => setTimeout(done, ms, {}))"
    options = {"profile": "adobe", "invocations_per_minute": 6000}
    with RunningServer(tmp_path, **options) as server, Client(server) as client:
        client.put_action("brief", code, limits={"concurrency": 50})

        def call(first: int) -> set[int]:
            with Client(server) as caller:
                return {caller.invoke("brief", ms=14 + (first + n) % 8).status_code for n in range(40)}

        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            assert set.union(*threads.map(call, range(8))) == {200}
        assert server.stop() == 0
        server.start()
        assert client.get("/activations").json() == []


@pytest.mark.parametrize("name", ["waits", "sequence", "web"])
def test_kill_9_forgets_no_run_whose_caller_was_told_to_come_back(tmp_path: Path, name: str) -> None:
    """However short the wait was: these get their 202 and the server is gone."""
    with RunningServer(tmp_path, blocking_wait=1) as server, Client(server) as client:
        exported = [{"key": "web-export", "value": True}]
        client.put_action("waits", WAIT, limits={"timeout": 3_600_000}, annotations=exported)
        components = {"exec": {"kind": "sequence", "components": ["/_/waits"]}}
        client.put("/actions/sequence", json=components)
        for _ in range(5):
            if name == "web":
                answer = client.get(f"{server.url}/api/v1/web/guest/default/waits.json")
            else:
                answer = client.post(f"/actions/{name}?blocking=true")
            server.kill()
            assert answer.status_code == 202
            server.start()
            activation_id = answer.headers["x-openwhisk-activation-id"]
            assert client.record(activation_id, seconds=0)["response"]["result"] == {"error": STOPPED}


def test_where_no_process_can_be_started_none_of_its_folders_stays(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with RunningServer(tmp_path / "data", python=python) as server, Client(server) as client:
        client.put_action("lost", "def main(args):\n    return {}", "python:default")
        python.unlink()
        answer = client.invoke("lost")
        assert answer.status_code == 500
        assert answer.json()["response"]["result"] == {
            "error": "Failed to provision resources to run the action."
        }
        assert list((tmp_path / "data/work").glob("lost-*")) == []


def test_what_survived_because_all_guards_were_killed_ends_with_the_next_start(tmp_path: Path) -> None:
    mark = tmp_path / "looping"
    code = f"function main() {{ require('fs').writeFileSync('{mark}', `${{process.pid}}`); for (;;); }}"
    with RunningServer(tmp_path / "data") as server, Client(server) as client:
        client.put_action("loops", code, limits={"timeout": 3_600_000})
        client.launch("loops")
        looping = psutil.Process(int(wait_until(lambda: mark.exists() and mark.read_text(), 60) or 0))
        for one in processes_below(server.pid):
            if one != looping:
                one.kill()
        server.kill()
        assert alive([looping])
        server.start()
        wait_until(lambda: alive([looping]) == [], 60)
