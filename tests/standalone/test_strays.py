"""What an action detaches from its process group ends with the action's process, however that ends."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest

from standalone.testing import RunningServer
from tests.standalone.client import PYTHON, Client
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of what was left behind")

DETACHED = """const {spawn} = require('child_process')
function main() {
  const child = spawn('sleep', ['600'], {detached: true, stdio: 'ignore'})
  child.unref()
  return {pid: child.pid}
}"""
# Its own parent has ended, and it is the parent of another one.
DAEMON = """import os, subprocess, time
def main(args):
    daemon = 'setsid sleep 600 & echo $! > pid; wait'
    os.environ['DAEMON'] = daemon
    subprocess.run('setsid sh -c "$DAEMON" > /dev/null 2>&1 &', shell=True)
    while not os.path.exists('pid') or not open('pid').read().strip():
        time.sleep(0.01)
    return {'pid': int(open('pid').read())}"""


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started(client: Client, name: str, code: str, kind: str) -> int:
    client.put_action(name, code, kind)
    pid: int = client.invoke(name).json()["response"]["result"]["pid"]
    assert is_alive(pid)
    return pid


@pytest.mark.parametrize(("code", "kind"), [(DETACHED, "nodejs:default"), (DAEMON, PYTHON)])
def test_it_lives_as_long_as_the_warm_process_and_ends_with_it(client: Client, code: str, kind: str) -> None:
    pid = started(client, "detaching", code, kind)
    time.sleep(0.2)
    assert is_alive(pid)
    client.delete("/actions/detaching")
    wait_until(lambda: not is_alive(pid), 60)


def test_it_does_not_take_what_another_action_has_detached(client: Client) -> None:
    kept, ended = (started(client, name, DETACHED, "nodejs:default") for name in ("keeping", "ending"))
    client.delete("/actions/ending")
    wait_until(lambda: not is_alive(ended), 60)
    assert is_alive(kept)
    client.delete("/actions/keeping")
    wait_until(lambda: not is_alive(kept), 60)


def test_it_leaves_no_zombie_when_it_ends_by_itself(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        client.put_action("brief", DETACHED.replace("600", "0.3"))
        pid: int = client.invoke("brief").json()["response"]["result"]["pid"]
        client.put_action("brief", "const main = () => ({})")
        client.delete("/actions/brief")
        wait_until(lambda: not psutil.pid_exists(pid), 60)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_none_is_left_when_the_server_has_ended(tmp_path: Path, end: str) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        pids = [
            started(client, "detaching", DETACHED, "nodejs:default"),
            started(client, "daemon", DAEMON, PYTHON),
        ]
        getattr(server, end)()
        wait_until(lambda: not any(is_alive(pid) for pid in pids), 60)


def test_a_crash_is_told_at_once_though_what_was_detached_holds_the_output_open(client: Client) -> None:
    code = DETACHED.replace("'ignore'", "'inherit'").replace("return", "process.exit(1); return")
    client.put_action("holding", code, limits={"timeout": 60_000})
    began = time.monotonic()
    answer = client.invoke("holding")
    assert time.monotonic() - began < 30
    assert answer.json()["response"]["result"]["error"].endswith("exited unexpectedly.")


def test_a_crash_is_told_though_nobody_can_find_what_holds_the_output_open(client: Client) -> None:
    code = """const {spawn} = require('child_process')
    function main() {
      spawn('sleep', ['90'], {detached: true, stdio: 'inherit', env: {}}).unref()
      process.exit(1)
    }"""
    client.put_action("hidden", code, limits={"timeout": 60_000})
    began = time.monotonic()
    answer = client.invoke("hidden")
    assert time.monotonic() - began < 30
    assert answer.json()["response"]["result"]["error"].endswith("exited unexpectedly.")
