"""Adobe's CLI (`aio rt …`, plugin 8.1.0) works with the runtime: actions, packages, activations, settings."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests

from standalone.testing import RunningServer
from tests.contract.aio_shell import ANSWER_SECONDS, AioShell
from tests.waiting import wait_until


def shown(aio: AioShell, *words: str) -> Any:
    """The JSON of a command that prints a name before it."""
    text = aio.ok(*words).stdout
    return json.loads(text[text.index("{") :])


def annotations(entity: Any) -> dict[str, Any]:
    return {item["key"]: item["value"] for item in entity["annotations"]}


@pytest.fixture(scope="module")
def hello(aio: AioShell) -> str:
    aio.ok("action", "create", "hello", "hello.js", "-p", "name", "you")
    return "hello"


# action


def test_an_action_is_created_once_with_all_it_was_given(aio: AioShell) -> None:
    options = ["-t", "120000", "-m", "128", "-l", "1", "-c", "2", "-a", "note", "yes", "-p", "name", "you"]
    aio.ok("action", "create", "complete", "hello.js", *options)
    got = shown(aio, "action", "get", "complete")
    assert got["limits"] == {"timeout": 120000, "memory": 128, "logs": 1, "concurrency": 2}
    assert got["parameters"] == [{"key": "name", "value": "you"}]
    assert annotations(got)["note"] == "yes"
    assert annotations(got)["exec"].startswith("nodejs:")
    assert "code" not in got["exec"]
    again = aio("action", "create", "complete", "hello.js")
    assert again.code != 0
    assert "resource already exists (409 Conflict)" in again.stderr


def test_an_update_without_code_keeps_the_code(aio: AioShell) -> None:
    aio.ok("action", "create", "kept", "hello.js")
    aio.ok("action", "update", "kept", "-t", "5000")
    assert shown(aio, "action", "get", "kept")["version"] == "0.0.2"
    code = (aio.folder / "hello.js").read_text()
    assert aio.ok("action", "get", "kept", "--code").stdout.strip() == code.strip()
    aio.ok("action", "get", "kept", "--save-as", "saved.js")
    assert (aio.folder / "saved.js").read_text() == code


def test_init_parameters_reach_the_environment_only(aio: AioShell) -> None:
    code = "const main = args => ({ env: process.env.SECRET, args })"
    (aio.folder / "secret.js").write_text(code)
    aio.ok("action", "create", "secret", "secret.js", "-e", "SECRET", "s3")
    assert aio.ok("action", "invoke", "secret", "-r").json() == {"env": "s3", "args": {}}


def test_actions_are_listed_counted_and_deleted(aio: AioShell, hello: str) -> None:
    aio.ok("action", "create", "short-lived", "hello.js")
    assert {"hello", "short-lived"} <= {item["name"] for item in aio.ok("action", "list", "--json").json()}
    assert " short-lived " in aio.ok("action", "list").stdout
    assert aio.ok("action", "list", "-c").stdout.startswith("You have ")
    aio.ok("action", "delete", "short-lived")
    gone = aio("action", "get", "short-lived")
    assert gone.code != 0
    assert "the requested resource does not exist. (404 Not Found)" in gone.stderr


def test_an_invocation_prints_the_id_the_record_or_the_result(aio: AioShell, hello: str) -> None:
    started = aio.ok("action", "invoke", hello).json()
    assert aio.record(started["activationId"])["response"]["result"] == {"hello": "you"}
    record = aio.ok("action", "invoke", hello, "-b", "-p", "name", "me").json()
    assert (record["response"]["result"], record["logs"]) == ({"hello": "me"}, [])
    assert aio.ok("action", "invoke", hello, "-r").json() == {"hello": "you"}


def test_a_failing_action_prints_its_error_after_three_tries(aio: AioShell) -> None:
    (aio.folder / "fail.js").write_text("const main = () => ({ error: 'no luck' })")
    aio.ok("action", "create", "fail", "fail.js")
    assert aio("action", "invoke", "fail", "-r").json() == {"error": "no luck"}
    wait_until(lambda: len(aio.ok("activation", "list", "fail", "--json").json()) == 3)


def test_a_web_action_shows_its_url_and_answers_there(aio: AioShell) -> None:
    aio.ok("action", "create", "on-the-web", "hello.js", "--web", "true")
    url = aio.ok("action", "get", "on-the-web", "--url").stdout.strip()
    assert url.endswith("/api/v1/web/guest/default/on-the-web")
    assert requests.get(f"{url}.json?name=web", timeout=ANSWER_SECONDS).json() == {"hello": "web"}
    aio.ok("action", "update", "on-the-web", "--web", "false")
    assert requests.get(f"{url}.json", timeout=ANSWER_SECONDS).status_code == 404


def test_a_secured_web_action_wants_its_secret(aio: AioShell) -> None:
    aio.ok("action", "create", "secured", "hello.js", "--web", "true", "--web-secure", "s3cret")
    url = aio.ok("action", "get", "secured", "--url").stdout.strip() + ".json"
    assert requests.get(url, timeout=ANSWER_SECONDS).status_code == 401
    assert (
        requests.get(url, headers={"X-Require-Whisk-Auth": "s3cret"}, timeout=ANSWER_SECONDS).status_code
        == 200
    )


def test_a_sequence_runs_its_parts_and_names_their_activations(aio: AioShell, hello: str) -> None:
    aio.ok("action", "create", "twice", "--sequence", f"{hello},{hello}")
    record = aio.ok("action", "invoke", "twice", "-b").json()
    parts = [aio.record(activation_id) for activation_id in record["logs"]]
    assert [part["name"] for part in parts] == [hello, hello]
    assert {part["cause"] for part in parts} == {record["activationId"]}


# package


def test_a_package_gives_its_parameters_also_through_a_binding(aio: AioShell) -> None:
    aio.ok("package", "create", "tools", "-p", "name", "package", "--shared", "yes")
    aio.ok("action", "create", "tools/greet", "hello.js")
    assert aio.ok("action", "invoke", "tools/greet", "-r").json() == {"hello": "package"}
    aio.ok("package", "bind", "tools", "bound", "-p", "name", "binding")
    assert aio.ok("action", "invoke", "bound/greet", "-r").json() == {"hello": "binding"}
    assert aio.ok("package", "get", "bound").json()["binding"] == {"namespace": "guest", "name": "tools"}
    assert " tools/greet " in aio.ok("action", "list", "tools").stdout
    listed = aio.ok("package", "list").stdout
    assert " tools " in listed
    assert " bound " in listed


def test_a_package_is_updated(aio: AioShell) -> None:
    aio.ok("package", "create", "changing", "-p", "a", "1")
    aio.ok("package", "update", "changing", "-p", "b", "2")
    assert aio.ok("package", "get", "changing").json()["parameters"] == [{"key": "b", "value": "2"}]


def test_a_full_package_is_deleted_only_recursively(aio: AioShell) -> None:
    aio.ok("package", "create", "full")
    aio.ok("action", "create", "full/inner", "hello.js")
    refused = aio("package", "delete", "full")
    assert refused.code != 0
    assert "package not empty (contains 1 entity)" in refused.stderr
    aio.ok("package", "delete", "full", "-r")
    assert aio("package", "get", "full").code != 0


# activation


def test_records_are_listed_with_status_kind_and_start(aio: AioShell, hello: str) -> None:
    started = aio.ok("action", "invoke", hello).json()["activationId"]
    aio.record(started)
    table = aio.ok("activation", "list", hello).stdout
    (row,) = [line for line in table.splitlines() if started in line]
    assert {"success", hello} <= set(row.split())
    assert {"cold", "warm"} & set(row.split())
    listed = aio.ok("activation", "list", hello, "--json", "-l", "1").json()
    assert [item["name"] for item in listed] == [hello]
    assert aio.ok("activation", "list", "-l", "1", "--full").json()[0]["response"]["success"] in (True, False)
    assert aio.ok("activation", "list", "-c").stdout.startswith("You have ")


def test_result_and_logs_are_read_by_id_and_for_the_last_one(aio: AioShell, hello: str) -> None:
    started = aio.ok("action", "invoke", hello).json()["activationId"]
    aio.record(started)
    assert aio.ok("activation", "result", started).json()["result"] == {"hello": "you"}
    assert " stdout: by aio" in aio.ok("activation", "logs", started).stdout
    assert aio.ok("activation", "get", "--last").json()["activationId"] == started
    assert aio.ok("activation", "result", "--last").json()["result"] == {"hello": "you"}
    assert "by aio" in aio.ok("activation", "logs", "--last", "--strip").stdout
    assert "by aio" in aio.ok("activation", "logs", "-a", hello).stdout


# namespace and property


def test_the_namespace_is_listed_with_all_it_holds(aio: AioShell, hello: str) -> None:
    assert "guest" in aio.ok("namespace", "list").stdout.split()
    assert "/guest/hello" in aio.ok("get").stdout.split()
    assert shown(aio, "namespace", "log-forwarding", "get") == {"adobe_io_runtime": {}}


def test_properties_name_the_server_and_its_build(aio: AioShell, cli_server: RunningServer) -> None:
    table = aio.ok("property", "get").stdout
    assert cli_server.url in table
    words = " ".join(table.split())
    assert re.search(r"whisk API build version 20\d\d-\d\d-\d\dT", words)
    assert "whisk API build number standalone" in words
