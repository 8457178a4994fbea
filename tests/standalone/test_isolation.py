"""`--isolate bubblewrap`: what the command line says and, where bubblewrap is there, what it keeps away."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from standalone.execution.sandbox import SYSTEM, bubblewrapped, find_bubblewrap, home_of, inner_process
from standalone.testing import RunningServer
from tests.standalone.client import ANSWER_SECONDS, PYTHON, Client, texts, zipped
from tests.standalone.test_server_life import alive, processes_below
from tests.waiting import wait_until

BWRAP = Path("/usr/bin/bwrap")
LOOK = """const fs = require('fs')
function attempt(work) { try { return work() ?? 'done' } catch (error) { return error.code } }
function main({ secret, server, folder }) {
  const place = process.cwd()
  fs.writeFileSync('/tmp/mine', 'x')
  return {
    secret: attempt(() => fs.readFileSync(secret, 'utf8')),
    store: attempt(() => fs.readFileSync(folder + '/standalone.sqlite3').length),
    server: attempt(() => process.kill(server, 0)),
    processes: fs.readdirSync('/proc').filter(name => /^[0-9]+$/.test(name)).length,
    usr: attempt(() => fs.writeFileSync('/usr/mine', 'x')),
    home: attempt(() => fs.readdirSync('/root')),
    own: attempt(() => fs.writeFileSync(place + '/mine', 'x')),
    tmp: fs.readdirSync('/tmp'),
    openwhisk: typeof require('openwhisk'),
  }
}"""
CALL_BACK = """const ow = require('openwhisk')
const main = async () => ({ names: (await ow().actions.list()).map(action => action.name) })"""
PYTHON_LOOK = """import os
def main(args):
    return {"store": os.path.exists(args["folder"] + "/standalone.sqlite3"), "here": os.getcwd()}
"""
HOG = "const main = () => { const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1)) }"


def values_of(command: list[str], option: str, count: int = 1) -> list[tuple[str, ...]]:
    found = (number for number, word in enumerate(command) if word == option)
    return [tuple(command[number + 1 : number + 1 + count]) for number in found]


def test_the_command_line_shows_the_system_read_only_and_one_folder() -> None:
    folder, modules = Path("/data/jobs/one"), Path("/checkout/node_modules")
    command = bubblewrapped(["node", "runner.js", "5"], BWRAP, folder=folder, readable=[modules])
    shown = {one for one, _ in values_of(command, "--ro-bind-try", 2)}
    assert shown == {*SYSTEM, "/checkout/node_modules"}
    assert all(source == target for source, target in values_of(command, "--ro-bind-try", 2))
    assert values_of(command, "--bind", 2) == [("/data/jobs/one", "/data/jobs/one")]
    assert values_of(command, "--chdir") == [("/data/jobs/one",)]
    assert values_of(command, "--tmpfs") == [("/tmp",)]
    assert {"--unshare-pid", "--unshare-ipc", "--die-with-parent"} <= set(command)
    assert "--unshare-net" not in command, "actions call the server"
    assert (command[0], command[-4:]) == ("/usr/bin/bwrap", ["--", "node", "runner.js", "5"])


def test_what_must_not_be_seen_is_no_part_of_the_system() -> None:
    for secret in ("/etc/shadow", "/root/.ssh", "/home/somebody", "/var/lib", "/run/secrets"):
        assert not any(Path(secret).is_relative_to(shown) for shown in SYSTEM)


def test_a_program_brings_its_own_installation_and_never_the_whole_disk(tmp_path: Path) -> None:
    node = tmp_path / "node-20" / "bin" / "node"
    node.parent.mkdir(parents=True)
    node.touch()
    link = tmp_path / "node"
    link.symlink_to(node)
    assert home_of(link) == [tmp_path / "node-20"]
    assert home_of(Path("/sbin-of-old/node")) == []


def test_without_bubblewrap_the_option_is_refused_with_a_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path, path=str(tmp_path)) == (
        "--isolate bubblewrap: bwrap is not on PATH; install the package bubblewrap."
    )


def test_where_the_system_forbids_it_the_option_is_refused_with_its_reason(tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    reason = "bwrap: No permissions to create a new namespace"
    assert refusal(tmp_path, path=path) == f"--isolate bubblewrap does not work here: {reason}."


def refusal(data: Path, *, path: str) -> str:
    """What the server says instead of starting."""
    command = [sys.executable, "-m", "standalone", "--port", "0", "--data", str(data / "data")]
    node = shutil.which("node") or sys.executable
    ended = subprocess.run(
        [*command, "--node", node, "--isolate", "bubblewrap"],
        capture_output=True,
        text=True,
        timeout=ANSWER_SECONDS,
        env={**os.environ, "PATH": path},
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    return ended.stderr.splitlines()[-1].removeprefix("python -m standalone: error: ")


def test_isolated_actions_reach_nothing_of_the_server_or_the_server_says_why_it_cannot(
    tmp_path: Path,
) -> None:
    """Which of the two, the machine decides: bubblewrap may be missing or forbidden here."""
    reason = why_not()
    if reason:
        assert refusal(tmp_path, path=os.environ["PATH"]) == reason
        return
    secret = tmp_path / "secret"
    secret.write_text("the credential key")
    with RunningServer(tmp_path / "data", isolate="bubblewrap") as server, Client(server) as client:
        check_what_is_seen(server, client, secret)
        check_that_running_is_as_ever(client, tmp_path)
        check_that_nothing_outlives_its_run(server, client)


def why_not() -> str:
    try:
        find_bubblewrap()
    except ValueError as reason:
        return str(reason)
    return ""


def check_what_is_seen(server: RunningServer, client: Client, secret: Path) -> None:
    client.put_action("look", LOOK)
    answer = client.invoke("look", secret=str(secret), server=server.pid, folder=str(server.data_dir))
    seen: dict[str, Any] = answer.json()["response"]["result"]
    assert seen == {
        "secret": "ENOENT",
        "store": "ENOENT",
        "server": "ESRCH",
        "processes": 2,
        "usr": "EROFS",
        "home": "ENOENT",
        "own": "done",
        "tmp": seen["tmp"],
        "openwhisk": "function",
    }
    assert "mine" in seen["tmp"]
    assert not Path("/tmp/mine").exists()


def check_that_running_is_as_ever(client: Client, folder: Path) -> None:
    client.put_action("call-back", CALL_BACK)
    names = client.invoke("call-back").json()["response"]["result"]["names"]
    assert set(names) == {"call-back", "look"}
    python = client.run(PYTHON_LOOK, PYTHON, {"folder": str(folder / "data")})
    assert python["response"]["result"]["store"] is False
    archive = zipped({"index.js": "exports.main = () => { console.log('hello'); return {zip: true} }"})
    record = client.run(archive)
    assert record["response"]["result"] == {"zip": True}
    assert texts(record) == ["hello"]
    hog = client.run(HOG, limits={"memory": 128, "timeout": 60_000})
    assert "memory" in hog["response"]["result"]["error"]


def check_that_nothing_outlives_its_run(server: RunningServer, client: Client) -> None:
    endless = client.run("function main() { for (;;); }", limits={"timeout": 300})
    assert "timeout" in {item["key"] for item in endless["annotations"] if item["value"] is True}
    children = processes_below(server.pid)
    assert len(children) > 3
    server.kill()
    wait_until(lambda: alive(children) == [], 60)
    server.start()


@pytest.mark.parametrize("pid", [1 << 30])
def test_a_process_that_is_gone_is_measured_as_itself(pid: int) -> None:
    assert inner_process(pid) == pid
