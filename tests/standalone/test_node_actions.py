"""How Node.js actions end, as in Apache's runtime (apache/openwhisk-runtime-nodejs)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.standalone.client import Client, annotation, meeting, texts, zipped
from tests.waiting import wait_until

DEVELOPER, APPLICATION = "action developer error", "application error"
ENDED = "The action did not produce a valid response and exited unexpectedly."


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("function main() { return {a: 1} }", {"a": 1}),
        ("function main() { return [1, 2] }", [1, 2]),
        ("function main() {}", {}),
        ("async function main() { return {later: true} }", {"later": True}),
        ("const main = args => new Promise(r => setTimeout(r, 5, {timer: 1}))", {"timer": 1}),
        ("exports.main = () => ({exported: true})", {"exported": True}),
        ("module.exports = {main: () => ({exported: 2})}", {"exported": 2}),
        ("function main() { return {a: 1} } // a comment at the end", {"a": 1}),
        ("const path = require('path'); function main() { return {b: path.basename('/x/y')} }", {"b": "y"}),
        ("async function main() { return {os: typeof (await import('node:os')).cpus} }", {"os": "function"}),
    ],
)
def test_these_succeed(client: Client, code: str, result: Any) -> None:
    record = client.run(code)
    assert record["response"]["status"] == "success", record
    assert record["response"]["result"] == result


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("function main() { throw new Error('boom') }", DEVELOPER, "An error has occurred: Error: boom"),
        ("function main() { return 'text' }", DEVELOPER, "The action did not return a dictionary."),
        ("function main() { return 42 }", DEVELOPER, "The action did not return a dictionary."),
        (
            "function main() { return null }",
            DEVELOPER,
            "The action did not produce a valid JSON or JSON Array response: null",
        ),
        ("function main() { return {error: {code: 1}} }", APPLICATION, {"code": 1}),
        ("function main() { return Promise.reject() }", APPLICATION, {}),
        ("function main() { return Promise.reject('why') }", APPLICATION, "why"),
        ("function main() { process.exit(0) }", DEVELOPER, ENDED),
        ("function main() { process.kill(process.pid, 'SIGSEGV') }", DEVELOPER, ENDED),
        ("function main() { setTimeout(() => { throw 1 }); return new Promise(() => 0) }", DEVELOPER, ENDED),
        ("function main() { Promise.reject(1); return new Promise(() => 0) }", DEVELOPER, ENDED),
    ],
)
def test_these_fail(client: Client, code: str, status: str, error: Any) -> None:
    response = client.run(code)["response"]
    assert (response["status"], response["result"], response["success"]) == (status, {"error": error}, False)


def test_a_rejected_error_is_an_application_error_with_its_fields(client: Client) -> None:
    code = "async function main() { throw Object.assign(new TypeError('boom'), {statusCode: 404}) }"
    response = client.run(code)["response"]
    assert response["status"] == APPLICATION
    error = response["result"]["error"]
    assert (error["name"], error["message"], error["statusCode"]) == ("TypeError", "boom", 404)
    assert error["stack"].startswith("TypeError: boom")


def test_a_result_that_is_no_json_is_a_developer_error(client: Client) -> None:
    response = client.run("function main() { const a = {}; a.a = a; return a }")["response"]
    assert response["status"] == DEVELOPER
    assert response["result"]["error"].startswith("The action did not produce a valid JSON")


def test_what_was_printed_before_a_result_that_is_no_json_is_all_there(client: Client) -> None:
    record = client.run("function main() { console.log('before'); return {toJSON: () => 'text'} }")
    assert record["response"]["status"] == DEVELOPER
    assert (texts(record), texts(record, "stderr")) == (["before"], [])


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("function main( {", "SyntaxError"),
        ("import fs from 'fs'; function main() {}", "SyntaxError"),
        ("throw new Error('at load')", "at load"),
        ("const main = 3", "Action entrypoint 'main' is not a function."),
        ("function other() {}", "Action entrypoint 'main' is not a function."),
        ("require('no-such-module')", "Cannot find module"),
    ],
)
def test_code_that_cannot_be_loaded_is_a_developer_error(client: Client, code: str, why: str) -> None:
    record = client.run(code)
    assert record["response"]["status"] == DEVELOPER
    assert record["response"]["result"]["error"].startswith("Initialization has failed due to: ")
    assert why in record["response"]["result"]["error"]
    assert any(why in line for line in texts(record, "stderr"))


def test_main_may_have_another_name(client: Client) -> None:
    client.put_action("node-main", "function hello() { return {hi: 1} }", main="hello")
    assert client.invoke("node-main").json()["response"]["result"] == {"hi": 1}


def test_output_becomes_log_lines_in_order(client: Client) -> None:
    code = """function main() {
        console.log('one'); console.error('two'); console.log('three\\nfour'); process.stdout.write('no end')
    }"""
    record = client.run(code)
    assert texts(record) == ["one", "three", "four", "no end"]
    assert texts(record, "stderr") == ["two"]
    for line in record["logs"]:
        at, stream = line[:30], line[30:39]
        assert at.startswith("20")
        assert at.endswith("Z")
        assert stream in (" stdout: ", " stderr: ")


def test_each_run_of_a_warm_process_has_its_own_logs(client: Client) -> None:
    client.put_action("node-logs", "function main(args) { console.log('run', args.n) }")
    ids = [client.invoke("node-logs", n=number).json()["activationId"] for number in range(3)]
    assert [texts(client.record(one)) for one in ids] == [["run 0"], ["run 1"], ["run 2"]]


def test_the_environment_tells_about_the_run(client: Client) -> None:
    code = "const main = () => ({env: process.env, api: process.env.__OW_API_HOST})"
    document = client.put_action("node-env", code, limits={"timeout": 30_000})
    record = client.invoke("node-env").json()
    environment = record["response"]["result"]["env"]
    assert environment["__OW_API_HOST"] == client.server.url
    assert environment["__OW_API_KEY"] == client.server.auth
    assert environment["__OW_NAMESPACE"] == "guest"
    assert environment["__OW_ACTION_NAME"] == "/guest/node-env"
    assert environment["__OW_ACTION_VERSION"] == document["version"]
    assert environment["__OW_ACTIVATION_ID"] == record["activationId"]
    assert environment["__OW_TRANSACTION_ID"]
    assert record["start"] + 30_000 <= int(environment["__OW_DEADLINE"]) <= record["end"] + 30_000
    assert "__OW_ALLOW_CONCURRENT" not in environment


def test_nothing_of_the_servers_environment_is_seen(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = client.run("const main = () => ({env: process.env})")["response"]["result"]["env"]
    own = {key for key in environment if not key.startswith("__OW_")}
    assert own == {"PATH", "HOME", "TMPDIR", "LANG"}


def test_init_parameters_reach_the_environment_only(client: Client) -> None:
    code = "const main = args => ({args, secret: process.env.SECRET, list: process.env.LIST})"
    record = client.run(
        code,
        parameters=[
            {"key": "SECRET", "value": "s", "init": True},
            {"key": "LIST", "value": [1], "init": True},
            {"key": "plain", "value": 1},
        ],
    )
    assert record["response"]["result"] == {"args": {"plain": 1}, "secret": "s", "list": "[1]"}


def test_a_zip_action_follows_package_json(client: Client) -> None:
    files = {
        "package.json": '{"main": "lib/start.js"}',
        "lib/start.js": "exports.main = () => ({from: require('./other').name})",
        "lib/other.js": "exports.name = 'zip'",
    }
    document = client.put_action("node-zip", zipped(files) + "\n")  # as the program base64 writes it
    assert document["exec"]["binary"] is True
    assert client.invoke("node-zip").json()["response"]["result"] == {"from": "zip"}


def test_a_zip_action_may_be_an_index_alone_and_finds_the_preinstalled_modules(client: Client) -> None:
    code = "const ow = require('openwhisk'); exports.run = () => ({ow: typeof ow})"
    client.put_action("node-index", zipped({"index.js": code}), main="run")
    assert client.invoke("node-index").json()["response"]["result"] == {"ow": "function"}


def test_main_of_a_zip_action_may_name_a_file(client: Client) -> None:
    files = {"index.js": "", "jobs.js": "exports.nightly = () => ({job: 1})"}
    client.put_action("node-file", zipped(files), main="jobs.nightly")
    assert client.invoke("node-file").json()["response"]["result"] == {"job": 1}


def test_a_zip_action_may_be_an_es_module(client: Client) -> None:
    files = {
        "package.json": '{"type": "module", "main": "main.js"}',
        "main.js": "import os from 'node:os'; export const main = () => ({os: typeof os.cpus})",
    }
    client.put_action("node-esm", zipped(files))
    assert client.invoke("node-esm").json()["response"]["result"] == {"os": "function"}


@pytest.mark.parametrize("code", [zipped({"README": "no code"}), "AAAA", zipped({"index.js": ""})[:-8]])
def test_an_archive_that_cannot_be_used_is_a_developer_error(client: Client, code: str) -> None:
    response = client.run(code)["response"]
    assert response["status"] == DEVELOPER
    assert response["result"]["error"].startswith("Initialization has failed due to: ")


def runs_before(client: Client, name: str, late: str, timeout_ms: int = 60_000) -> int:
    """Run an action that does `late` in its process after it has returned; the id of that process."""
    code = f"""let runs = 0
    function main(args) {{
      runs += 1
      if (args.late) setTimeout(() => {{ {late} }}, 30)
      return {{ runs, pid: process.pid }}
    }}"""
    client.put_action(name, code, limits={"timeout": timeout_ms})
    record = client.record(client.launch(name, late=True))
    assert (record["response"]["status"], record["response"]["result"]["runs"]) == ("success", 1)
    pid: int = record["response"]["result"]["pid"]
    return pid


def runs_now(client: Client, name: str) -> list[int]:
    """How many runs each of two more has seen in its process."""
    return [client.invoke(name).json()["response"]["result"]["runs"] for _ in range(2)]


@pytest.mark.parametrize(
    "late", ["Promise.reject(new Error('late'))", "throw new Error('late')", "process.exit(0)"]
)
def test_a_process_that_ends_after_the_return_is_replaced(client: Client, late: str) -> None:
    name = f"node-late-{time.time_ns()}"
    pid = runs_before(client, name, late)
    wait_until(lambda: not psutil.pid_exists(pid))
    assert runs_now(client, name) == [1, 2]


def test_a_process_that_hangs_after_the_return_is_replaced_once_that_is_known(
    client: Client, tmp_path: Path
) -> None:
    name, hangs = f"node-late-{time.time_ns()}", tmp_path / "hangs"
    runs_before(client, name, f"require('fs').writeFileSync('{hangs}', ''); for (;;) {{}}", timeout_ms=4000)
    wait_until(hangs.exists)
    assert client.invoke(name).json()["response"]["result"] == {
        "error": "The action exceeded its time limits of 4000 milliseconds."
    }
    assert runs_now(client, name) == [1, 2]


def test_a_run_that_had_to_wait_for_its_process_says_how_long(client: Client, tmp_path: Path) -> None:
    client.put_action("node-queued", meeting(tmp_path, runs=2), limits={"concurrency": 1})
    client.invoke("node-queued", alone=True)
    records = [client.record(one) for one in [client.launch("node-queued") for _ in range(2)]]
    waits = sorted(annotation(record, "waitTime") for record in records)
    # One has the warm process at once. The other cannot have that one later, but only a new one.
    assert waits[0] < waits[1]


def test_a_cold_start_is_told_by_init_time(client: Client) -> None:
    record = client.run("const until = Date.now() + 120; while (Date.now() < until); const main = () => ({})")
    assert annotation(record, "initTime") >= 100
    assert record["duration"] >= annotation(record, "initTime")
