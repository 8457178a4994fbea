"""What a run may use: time, memory, output, result size; and what is left of it afterwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.standalone.client import NODE, PYTHON, Client, annotation, quickest, texts
from tests.waiting import wait_until

DEVELOPER = "action developer error"
TRUNCATED = "Logs were truncated because the total bytes size exceeds the limit of {} bytes."
OUT_OF_MEMORY = "The action exhausted its memory and was aborted."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NODE, "const main = () => new Promise(() => 0)"),
        (NODE, "function main() { for (;;); }"),
        (PYTHON, "import time\ndef main(args): time.sleep(60)"),
        (PYTHON, "def main(args):\n    while True: pass"),
    ],
)
def test_the_time_limit_ends_the_run(client: Client, kind: str, code: str) -> None:
    name = f"timeout-{time.time_ns()}"
    client.put_action(name, code, kind, limits={"timeout": 300})
    answer, record = overrun(client, name)
    assert answer.status_code == 502
    assert record["response"]["result"]["error"] == "The action exceeded its time limits of 300 milliseconds."
    assert record["response"]["status"] == DEVELOPER
    assert annotation(record, "timeout") is True
    assert 300 <= record["duration"] < 30_000


def overrun(client: Client, name: str) -> tuple[requests.Response, dict[str, Any]]:
    """Run until it is the run that takes too long: on a crowded machine loading may already do."""
    for _ in range(5):
        answer = client.invoke(name)
        record = client.record(answer.json()["activationId"])
        if not record["response"]["result"]["error"].endswith(" during initialization."):
            break
    return answer, record


@pytest.mark.parametrize(("kind", "code"), [(NODE, "for (;;);"), (PYTHON, "while True: pass")])
def test_the_time_limit_holds_for_loading_too(client: Client, kind: str, code: str) -> None:
    record = client.run(code, kind, limits={"timeout": 200})
    assert record["response"]["result"]["error"] == (
        "The action exceeded its time limits of 200 milliseconds during initialization."
    )
    assert annotation(record, "timeout") is True


def test_what_was_printed_before_the_end_is_kept(client: Client) -> None:
    code = "function main() { console.log('before'); return new Promise(() => 0) }"
    record = client.run(code, limits={"timeout": 3000})
    assert texts(record) == ["before"]
    assert texts(record, "stderr") == [
        "The action did not initialize or run as expected. Log data might be missing."
    ]


def test_the_time_limit_ends_what_the_action_started(client: Client, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = """const {spawn} = require('child_process')
    function main(args) {
      spawn('sh', ['-c', `while true; do touch ${args.file}; sleep 0.05; done`])
      return new Promise(() => 0)
    }"""
    client.put_action("limits-starting", code, limits={"timeout": 3000})
    activation_id = client.launch("limits-starting", file=str(alive))
    wait_until(alive.exists)
    client.record(activation_id)
    time.sleep(0.2)
    alive.unlink()
    time.sleep(0.2)
    assert not alive.exists()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NODE, "function main() { const a = []; for (;;) a.push(new Array(1e5).fill(Math.random())) }"),
        (
            NODE,
            "async function main() { const a = []; for (;;) {"
            " a.push(Buffer.alloc(2e7, 1)); await new Promise(r => setTimeout(r, 10)) } }",
        ),
        (PYTHON, "def main(args):\n    a = []\n    while True: a.append('x' * 10_000_000)"),
    ],
)
def test_memory_beyond_the_limit_ends_the_run(client: Client, kind: str, code: str) -> None:
    record = client.run(code, kind, limits={"memory": 128, "timeout": 60_000})
    assert record["response"]["result"] == {"error": OUT_OF_MEMORY}
    assert record["response"]["status"] == DEVELOPER


def test_memory_of_what_the_action_has_started_counts(client: Client) -> None:
    code = """const {execFile} = require('child_process')
    const hog = 'import time; held = b"x" * 400_000_000; time.sleep(50)'
    const main = () => new Promise(done => execFile('python3', ['-c', hog], () => done({})))"""
    response = client.run(code, NODE, limits={"memory": 128, "timeout": 60_000})["response"]
    assert response["result"] == {"error": OUT_OF_MEMORY}


def test_memory_that_forks_share_counts_once(client: Client) -> None:
    code = """import os, time
def main(args):
    held = b"x" * 90_000_000
    forks = [os.fork() or (time.sleep(2), os._exit(0)) for _ in range(3)]
    for fork in forks:
        os.waitpid(fork, 0)
    return {'held': len(held)}"""
    response = client.run(code, PYTHON, limits={"memory": 128, "timeout": 60_000})["response"]
    assert response["result"] == {"held": 90_000_000}


def test_10_mb_of_output_are_kept_up_to_the_log_limit(client: Client) -> None:
    code = """function main() {
      for (let n = 0; n < 10240; n++) console.log(String(n).padEnd(1023, '.'))
      return {printed: true}
    }"""
    full = client.run(code)
    assert full["response"]["result"] == {"printed": True}
    assert len(texts(full)) == 10240
    cut = client.run(code, limits={"logs": 1})
    assert len(texts(cut)) == 1024
    assert texts(cut, "stderr") == [TRUNCATED.format(1024 * 1024)]


def test_with_a_log_limit_of_0_nothing_is_kept(client: Client) -> None:
    record = client.run("function main() { console.log('x') }", limits={"logs": 0})
    assert record["response"]["success"] is True
    assert record["logs"] == []


def test_a_line_without_end_is_kept(client: Client) -> None:
    code = "function main() { process.stdout.write('x'.repeat(3000000)) }"
    assert "".join(texts(client.run(code))) == "x" * 3_000_000


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NODE, "const main = () => ({a: 'x'.repeat(1048576)})"),
        (PYTHON, "def main(args): return {'a': 'x' * 1048576}"),
    ],
)
def test_a_result_over_1_mb_is_an_application_error(client: Client, kind: str, code: str) -> None:
    response = client.run(code, kind)["response"]
    assert response["status"] == "application error"
    error = response["result"]["error"]
    assert error.startswith("The action produced a response that exceeded the allowed length: 10485")
    assert "> 1048576 bytes. The truncated response was: {" in error


def test_after_a_failure_of_the_process_the_next_run_gets_a_new_one(client: Client) -> None:
    code = """let runs = 0
    function main(args) { runs += 1; if (args.die) process.exit(1); return {runs, pid: process.pid} }"""
    client.put_action("limits-replaced", code)
    first = client.invoke("limits-replaced").json()["response"]["result"]
    assert client.invoke("limits-replaced", die=True).status_code == 502
    second = client.invoke("limits-replaced").json()["response"]["result"]
    assert second["runs"] == 1
    assert second["pid"] != first["pid"]


READ_LIMITS = {
    NODE: "const main = () => ({ text: require('fs').readFileSync('/proc/self/limits', 'utf8') })",
    PYTHON: "def main(args): return {'text': open('/proc/self/limits').read()}",
}


@pytest.mark.parametrize("kind", [NODE, PYTHON])
def test_the_system_limits_what_a_process_may_take(client: Client, kind: str) -> None:
    text = client.run(READ_LIMITS[kind], kind, limits={"memory": 128})["response"]["result"]["text"]
    hard = {line[:25].strip(): line[26:].split()[1] for line in text.splitlines()[1:]}
    assert hard["Max core file size"] == "0"
    assert hard["Max file size"] == str(600 * 1024 * 1024)
    assert hard["Max data size"] == str((128 + 1024) * 1024 * 1024)
    assert int(hard["Max open files"]) <= 1024
    assert int(hard["Max processes"]) <= 16_384


def test_a_file_over_the_limit_cannot_be_written(client: Client) -> None:
    code = """def main(args):
    with open('large', 'wb') as file:
        try:
            for _ in range(70):
                file.truncate(file.tell() + 10_000_000)
                file.seek(0, 2)
        except OSError as error:
            return {'refused': type(error).__name__, 'megabytes': file.tell() // 10**6}
    return {}"""
    result = client.run(code, PYTHON)["response"]["result"]
    assert result["refused"] == "OSError"
    assert 600 <= result["megabytes"] < 640


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NODE, "function main() { require('fs').closeSync(1); console.error('said'); return {} }"),
        (
            PYTHON,
            "import os, sys\ndef main(args):\n    os.close(1)\n    sys.stderr.write('said')\n    return {}",
        ),
    ],
)
def test_who_closes_its_output_has_the_rest_of_its_logs_at_once(client: Client, kind: str, code: str) -> None:
    name = f"closing-{time.time_ns()}"
    client.put_action(name, code, kind)

    def logs_late() -> float:
        """How many seconds after its result a run's logs are there."""
        record = client.record(client.launch(name))
        late = time.time() - record["end"] / 1000
        assert texts(record, "stderr") == [
            "said",
            "There was an issue while collecting your logs. Data might be missing.",
        ]
        return late

    assert quickest(logs_late, 4) < 4


def test_the_end_of_the_output_is_waited_for_while_a_process_stands_still(client: Client) -> None:
    """Here it stops itself between its result and its last output, as it may on a crowded machine."""
    code = """const fs = require('fs')
    const {spawn} = require('child_process')
    function main() {
      console.log('before')
      const goOn = `sleep 1.5; while kill -CONT ${process.pid}; do sleep 0.5; done`
      spawn('sh', ['-c', goOn], {stdio: 'ignore'}).unref()
      const write = fs.writeSync
      fs.writeSync = (...all) => {
        const written = write(...all)
        process.kill(process.pid, 'SIGSTOP')
        return written
      }
      return {}
    }"""
    record = client.run(code)
    assert record["response"]["success"] is True
    assert (texts(record), texts(record, "stderr")) == (["before"], [])
