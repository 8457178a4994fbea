"""Adobe's guide "Asynchronous Calls", typed line by line into a shell with the real `aio` and `curl`.

Today's corrections: `USE_RUNTIME_AUTH=1` (else plugin 8 asks for a login at Adobe), the web action invokes
`my-worker`, the action that was created, and the host is ours. The worker waits one second, not a hundred.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest
import requests

from standalone.testing import RunningServer
from tests.contract.aio_shell import ANSWER_SECONDS, AioShell, environment, install_command
from tests.waiting import wait_until

# Each command that is typed starts a Node.js process of seconds.
pytestmark = pytest.mark.timeout(400)

LINE_SECONDS = 120
WORKER = """\
// worker.js
function main(args) {
    return new Promise(function(resolve, reject) {
        setTimeout(function() {
            var result = {
                statusCode: 200,
                body: {
                    payload: 'Hello from the long running job!'
                }
            };
            console.log('worked');
            resolve(result);
        }, 1000);
    });
}

exports.main = main;
"""
WEB_ACTION = """\
//web-action.js
let openwhisk = require("openwhisk");

 // This returns the activation ID of the action that it called
function main(args) {
    let ow = openwhisk();
    return ow.actions.invoke({
                    name: 'my-worker', // the name of the action to invoke
                    blocking: false, // this is the flag that instructs to execute the worker asynchronous
                    result: false,
                    params: args
                    });

}

exports.main = main;
"""
HELLO_FROM_WORKER = {"statusCode": 200, "body": {"payload": "Hello from the long running job!"}}


class Terminal:
    """A folder with the guide's files, in which lines are typed as printed."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.folder = folder
        install_command(folder)
        self.environment = environment(server, folder)
        self.environment["PATH"] = f"{folder}{os.pathsep}{self.environment['PATH']}"
        (folder / "worker.js").write_text(WORKER)
        (folder / "web-action.js").write_text(WEB_ACTION)

    def type(self, line: str) -> str:
        """What the line printed; a line that fails, fails the test."""
        ended = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LINE_SECONDS,
        )
        assert ended.returncode == 0, f"{line}\n{ended.stderr}"
        return ended.stdout


@pytest.fixture
def terminal(cli_server: RunningServer, tmp_path: Path) -> Terminal:
    return Terminal(cli_server, tmp_path)


def test_both_ways_of_the_guide_lead_from_a_call_to_the_workers_result(
    terminal: Terminal, aio: AioShell, cli_server: RunningServer
) -> None:
    terminal.type("aio rt:action:create my-worker worker.js -t 120000")

    # Option 1: a web action that calls the actual action
    terminal.type("aio rt:action:create test web-action.js --web true")
    said = terminal.type(f"curl -s {cli_server.url}/api/v1/web/guest/default/test.json")
    started = json.loads(said)
    assert list(started) == ["activationId"]
    record = aio.record(started["activationId"])
    assert (record["name"], record["response"]["result"]) == ("my-worker", HELLO_FROM_WORKER)
    assert aio.ok("activation", "result", started["activationId"]).json()["result"] == HELLO_FROM_WORKER
    assert " stdout: worked" in aio.ok("activation", "logs", started["activationId"]).stdout

    # Option 2: triggers and rules
    terminal.type("aio rt:trigger:create my-worker-trigger")
    terminal.type("aio rt:rule:create async-rule my-worker-trigger my-worker")
    key = base64.b64encode(cli_server.auth.encode()).decode()
    said = terminal.type(
        f"curl -s {cli_server.url}/api/v1/namespaces/_/triggers/my-worker-trigger -X POST "
        f'-H "Authorization: Basic {key}"'
    )
    fire = aio.record(json.loads(said)["activationId"])
    (line,) = map(json.loads, fire["logs"])
    assert (line["rule"], line["action"]) == ("guest/async-rule", "guest/my-worker")
    assert aio.record(line["activationId"])["response"]["result"] == HELLO_FROM_WORKER


def test_a_trigger_shown_with_v_gives_the_key_away_and_no_authorization_header(
    terminal: Terminal, aio: AioShell, cli_server: RunningServer
) -> None:
    """The guide finds URI and authorization there; since the module openwhisk 3.21.8 it prints options."""
    aio.ok("trigger", "create", "verbose-trigger")
    said = terminal.type("aio rt:trigger:get verbose-trigger -v 2>&1")
    assert '"name": "verbose-trigger"' in said
    assert cli_server.auth in said
    assert "Basic" not in said


def test_where_new_actions_get_no_api_key_the_web_action_must_ask_for_it(tmp_path: Path) -> None:
    """Apache's newer default: `openwhisk()` throws without a key, so the web action fails as printed."""
    with (
        RunningServer(tmp_path / "data", profile="openwhisk") as server,
        AioShell(server, Terminal(server, tmp_path).folder) as aio,
    ):
        url = f"{server.url}/api/v1/web/guest/default/test.json"
        aio.ok("action", "create", "my-worker", "worker.js", "-t", "120000")
        aio.ok("action", "create", "test", "web-action.js", "--web", "true")
        refused = requests.get(url, timeout=ANSWER_SECONDS)
        assert (refused.status_code, refused.json()["error"]) == (
            400,
            "There was an error processing your request.",
        )
        wait_until(lambda: "Missing api_key parameter" in aio("activation", "get", "--last").stdout)
        aio.ok("action", "update", "test", "-a", "provide-api-key", "true")
        started = requests.get(url, timeout=ANSWER_SECONDS).json()["activationId"]
        assert aio.record(started)["response"]["result"] == HELLO_FROM_WORKER
