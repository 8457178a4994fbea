"""Processes of actions: warm ones are used again, replaced when they must be, shared where that is wanted."""

from __future__ import annotations

import concurrent.futures
import time
from pathlib import Path
from typing import Any

import psutil

from standalone.testing import RunningServer
from tests.standalone.client import PYTHON, Client, annotation, meeting, texts
from tests.waiting import wait_until

WHO = "let runs = 0; function main() { runs += 1; return {pid: process.pid, runs} }"


def result(client: Client, name: str, **arguments: Any) -> Any:
    return client.invoke(name, **arguments).json()["response"]["result"]


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: is_gone(pid))


def test_runs_one_after_another_share_a_warm_process(client: Client) -> None:
    client.put_action("warm", WHO)
    first, second = result(client, "warm"), result(client, "warm")
    assert first["pid"] == second["pid"]
    assert (first["runs"], second["runs"]) == (1, 2)


def test_runs_at_the_same_time_have_a_process_each(client: Client, tmp_path: Path) -> None:
    client.put_action("apart", meeting(tmp_path, runs=3))
    records = [client.record(one) for one in [client.launch("apart") for _ in range(3)]]
    assert len({record["response"]["result"]["pid"] for record in records}) == 3


def test_an_update_replaces_the_processes(client: Client) -> None:
    client.put_action("updated", WHO)
    before = result(client, "updated")["pid"]
    client.put_action("updated", "const main = () => ({pid: process.pid, new: true})")
    after = result(client, "updated")
    assert after["new"] is True
    wait_until_gone(before)


def test_a_run_whose_process_is_of_no_more_use_keeps_all_of_its_output(client: Client) -> None:
    code = """function main(args) {
      console.error('begun', args.n)
      return new Promise(done => setTimeout(() => { console.log('over', args.n); done({}) }, 200))
    }"""
    for number in range(5):
        client.put_action("outdated", code)
        running = client.launch("outdated", n=number)
        time.sleep(0.1)
        client.put_action("outdated", WHO)
        record = client.record(running)
        assert (texts(record), texts(record, "stderr")) == ([f"over {number}"], [f"begun {number}"])


def test_output_right_after_another_run_belongs_to_the_later_one(client: Client) -> None:
    client.put_action("in-turn", "function main(args) { console.log(args.n); console.error(args.n) }")
    ids = [client.invoke("in-turn", n=number).json()["activationId"] for number in range(200)]
    for number, activation_id in enumerate(ids):
        record = client.record(activation_id)
        assert (texts(record), texts(record, "stderr")) == ([str(number)], [str(number)])


def test_a_run_under_way_survives_an_update(client: Client) -> None:
    code = "const main = () => new Promise(r => setTimeout(r, 500, {old: true}))"
    version = client.put_action("survives", code)["version"]
    running = client.launch("survives")
    time.sleep(0.2)
    client.put_action("survives", "const main = () => ({old: false})")
    record = client.record(running)
    assert record["response"]["result"] == {"old": True}
    assert record["version"] == version


def test_deleting_ends_the_idle_processes(client: Client) -> None:
    client.put_action("deleted-warm", WHO)
    pid = result(client, "deleted-warm")["pid"]
    client.delete("/actions/deleted-warm")
    wait_until_gone(pid)


def test_each_process_has_an_empty_working_folder_that_vanishes_with_it(client: Client) -> None:
    code = """import os
def main(args):
    found = os.listdir('.')
    open('left-behind', 'w').close()
    return {'cwd': os.getcwd(), 'found': found, 'pid': os.getpid()}"""
    client.put_action("folder", code, PYTHON)
    seen = result(client, "folder")
    assert "left-behind" not in seen["found"]
    assert seen["cwd"].startswith(str(client.server.data_dir.resolve()))
    client.delete("/actions/folder")
    wait_until_gone(seen["pid"])


def test_no_descriptors_of_the_server_are_inherited(client: Client) -> None:
    code = """import os
def main(args):
    links = [os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd') if int(fd) > 2
             and os.path.exists(f'/proc/self/fd/{fd}')]
    return {'links': links}"""
    links = client.run(code, PYTHON)["response"]["result"]["links"]
    assert len([link for link in links if link.startswith("pipe:")]) == 2
    assert not [link for link in links if link.startswith("socket:") or "sqlite" in link]


def test_each_process_leads_a_group_and_a_session_of_its_own_and_steps_back_for_others(
    client: Client,
) -> None:
    code = """import os
def main(args):
    return {'pid': os.getpid(), 'group': os.getpgrp(), 'session': os.getsid(0), 'nice': os.nice(0)}"""
    seen = client.run(code, PYTHON)["response"]["result"]
    assert seen["pid"] == seen["group"] == seen["session"]
    assert seen["nice"] > psutil.Process(client.server.pid).nice()


def test_no_descriptors_of_the_server_are_inherited_by_node(client: Client) -> None:
    """It has some of its own, for its runner and event loop; none leads to a file or socket of the server."""
    code = """const fs = require('fs')
    const main = () => ({ links: fs.readdirSync('/proc/self/fd').flatMap(fd => {
      try { return [fs.readlinkSync(`/proc/self/fd/${fd}`)] } catch { return [] }
    }) })"""
    links = client.run(code)["response"]["result"]["links"]
    assert [link for link in links if link.startswith("pipe:")]
    assert not [link for link in links if link.startswith("socket:")]
    assert not [link for link in links if str(client.server.data_dir) in link]


def test_with_concurrency_one_process_runs_several_at_once(client: Client) -> None:
    code = """const waiting = []
    function main(args) {
      console.log('start', args.n)
      return new Promise(resolve => {
        waiting.push(() => {
          console.log('end', args.n)
          resolve({pid: process.pid, allowed: process.env.__OW_ALLOW_CONCURRENT})
        })
        if (waiting.length === 5) waiting.forEach(go => go())
      })
    }"""
    client.put_action("shared", code, limits={"concurrency": 5})
    records = [client.record(one) for one in [client.launch("shared", n=number) for number in range(5)]]
    assert len({record["response"]["result"]["pid"] for record in records}) == 1
    assert records[0]["response"]["result"]["allowed"] == "true"
    for number, record in enumerate(records):
        assert texts(record)[0] == f"start {number}"


def test_output_belongs_to_the_run_that_wrote_it(client: Client) -> None:
    code = """async function main(args) {
      for (let step = 0; step < 3; step++) {
        console.log(args.n, step)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }"""
    client.put_action("attributed", code, limits={"concurrency": 5})
    ids = [client.launch("attributed", n=number) for number in range(5)]
    for number, activation_id in enumerate(ids):
        assert texts(client.record(activation_id)) == [f"{number} {step}" for step in range(3)]


def test_more_runs_than_places_get_another_process(client: Client, tmp_path: Path) -> None:
    client.put_action("shared-by-two", meeting(tmp_path, runs=4), limits={"concurrency": 2})
    records = [client.record(one) for one in [client.launch("shared-by-two") for _ in range(4)]]
    pids = [record["response"]["result"]["pid"] for record in records]
    assert sorted(pids.count(pid) for pid in set(pids)) == [2, 2]


def test_short_runs_do_not_each_wait_for_a_new_process(client: Client) -> None:
    client.put_action("burst", WHO)
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        records = list(threads.map(lambda _: Client(client.server).invoke("burst").json(), range(60)))
    assert all(record["response"]["success"] for record in records)
    assert len([record for record in records if annotation(record, "initTime") is not None]) < 20


def test_a_working_folder_goes_with_its_process_however_it_was_left(tmp_path: Path) -> None:
    code = """import os
def main(args):
    os.makedirs('closed/inner')
    os.symlink(args['outside'], 'closed/link')
    os.chmod('closed/inner', 0)
    os.chmod('closed', 0)
    os.chmod('.', 0)
    return {}"""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o750)
    with RunningServer(tmp_path / "data", warm_processes=0) as server, Client(server) as client:
        record = client.run(code, PYTHON, {"outside": str(outside)})
        assert record["response"]["success"] is True, record
        work = tmp_path / "data/work"
        wait_until(lambda: [one.name for one in work.iterdir()] == ["node_modules"], 60)
    assert outside.stat().st_mode & 0o777 == 0o750
