"""Invoking: who waits for what, which arguments arrive, which status comes back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from standalone.json_text import DEEPEST
from tests.gate import Gate
from tests.standalone.client import Client, annotation

ECHO = "function main(args) { return args }"


@pytest.fixture(autouse=True)
def actions(client: Client) -> None:
    if client.get("/actions/invoke-echo").status_code == 404:
        client.put_action("invoke-echo", ECHO)
        client.put_action("invoke-error", "function main() { return {error: 'no', more: 1} }")


def test_without_blocking_the_answer_is_202_with_the_id_alone(client: Client) -> None:
    answer = client.post("/actions/invoke-echo", json={"a": 1})
    assert answer.status_code == 202
    assert list(answer.json()) == ["activationId"]
    activation_id = answer.json()["activationId"]
    assert re.fullmatch("[0-9a-f]{32}", activation_id)
    assert answer.headers["x-openwhisk-activation-id"] == activation_id
    assert client.record(activation_id)["response"]["result"] == {"a": 1}


def test_the_record_is_missing_until_the_run_has_ended(client: Client, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    client.put_action("invoke-slow", gate.job({"slow": True}))
    activation_id = client.launch("invoke-slow")
    assert client.get(f"/activations/{activation_id}").status_code == 404
    gate.open()
    assert client.record(activation_id)["response"]["result"] == {"slow": True}


def test_blocking_answers_the_record_without_logs(client: Client) -> None:
    answer = client.invoke("invoke-echo", a=1)
    record = answer.json()
    assert answer.status_code == 200
    assert record["response"] == {"status": "success", "success": True, "result": {"a": 1}, "size": 7}
    assert record["logs"] == []
    assert record["subject"] == record["namespace"] == "guest"
    assert annotation(record, "path") == "guest/invoke-echo"
    assert annotation(record, "kind").startswith("nodejs:")
    assert annotation(record, "limits") == {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}
    assert annotation(record, "timeout") is False
    assert record["duration"] == record["end"] - record["start"]


def test_result_true_answers_the_result_alone(client: Client) -> None:
    answer = client.post("/actions/invoke-echo?blocking=true&result=true", json={"a": [1]})
    assert (answer.status_code, answer.json()) == (200, {"a": [1]})


def test_an_array_is_the_whole_answer(client: Client) -> None:
    client.put_action("invoke-array", "function main() { return [1, {two: 2}] }")
    for query in ("blocking=true", "blocking=true&result=true"):
        answer = client.post(f"/actions/invoke-array?{query}")
        assert (answer.status_code, answer.json()) == (200, [1, {"two": 2}])


def test_an_application_error_is_502_and_loses_its_other_keys(client: Client) -> None:
    answer = client.invoke("invoke-error")
    assert answer.status_code == 502
    assert answer.json()["response"]["status"] == "application error"
    assert answer.json()["response"]["result"] == {"error": "no"}
    short = client.post("/actions/invoke-error?blocking=true&result=true")
    assert (short.status_code, short.json()) == (502, {"error": "no"})


def test_a_wait_that_is_over_answers_202_and_the_run_goes_on(client: Client, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    client.put_action("invoke-slow", gate.job({"slow": True}))
    answer = client.post("/actions/invoke-slow?blocking=true&timeout=100")
    assert answer.status_code == 202
    assert client.get(f"/activations/{answer.json()['activationId']}").status_code == 404
    gate.open()
    assert client.record(answer.json()["activationId"])["response"]["result"] == {"slow": True}


@pytest.mark.parametrize("value", ["0", "60001", "x", "-1", "1.5", "", "9" * 30])
def test_the_wait_is_1_to_60000_milliseconds(client: Client, value: str) -> None:
    answer = client.post(f"/actions/invoke-echo?blocking=true&timeout={value}")
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "The query parameter 'timeout' was malformed:\nTimeout must be number of milliseconds up to 60000."
    )


def test_no_body_and_no_content_type_means_no_arguments(client: Client) -> None:
    answer = client.post("/actions/invoke-echo?blocking=true&result=true")
    assert (answer.status_code, answer.json()) == (200, {})


def test_the_payload_wins_over_default_parameters(client: Client) -> None:
    client.put_action(
        "invoke-defaults", ECHO, parameters=[{"key": "a", "value": 1}, {"key": "b", "value": 2}]
    )
    result = client.invoke("invoke-defaults", b=3, c=4).json()["response"]["result"]
    assert result == {"a": 1, "b": 3, "c": 4}


def test_final_parameters_cannot_be_overridden(client: Client) -> None:
    client.put_action(
        "invoke-final",
        ECHO,
        parameters=[{"key": "a", "value": 1}],
        annotations=[{"key": "final", "value": True}],
    )
    answer = client.invoke("invoke-final", a=2)
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "Request defines parameters that are not allowed (e.g., reserved properties)."
    )
    assert client.invoke("invoke-final", b=2).json()["response"]["result"] == {"a": 1, "b": 2}


def test_the_wait_before_the_start_and_a_cold_start_are_told(client: Client) -> None:
    client.put_action("invoke-cold", ECHO)
    cold, warm = client.invoke("invoke-cold").json(), client.invoke("invoke-cold").json()
    assert annotation(cold, "initTime") is not None
    assert annotation(cold, "waitTime") > 0
    assert annotation(warm, "initTime") is None
    assert annotation(warm, "waitTime") is not None


def test_a_missing_action_is_404(client: Client) -> None:
    answer = client.invoke("never-created")
    assert answer.status_code == 404
    assert answer.json()["error"] == "The requested resource does not exist."


@pytest.mark.parametrize(
    "body",
    [b"[1]", b'"x"', b"{", b"{]", b"NaN", b'{"a": NaN}', b'{"a": -1e999}', b"\xff\xfe{}", b"[" * 100_000],
)
def test_a_body_that_is_no_json_object_is_400(client: Client, body: bytes) -> None:
    answer = client.post("/actions/invoke-echo", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The request content was malformed:\n")


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_a_body_nested_to_the_deepest_level_goes_in_and_out(client: Client) -> None:
    answer = client.post(
        "/actions/invoke-echo?blocking=true&result=true",
        data=nested(DEEPEST - 2),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    assert answer.content == nested(DEEPEST - 2)


@pytest.mark.parametrize("levels", [DEEPEST + 1, 960, 972, 975, 978, 981, 984, 990])
def test_a_body_nested_deeper_is_400_at_every_depth(client: Client, levels: int) -> None:
    answer = client.post(
        "/actions/invoke-echo?blocking=true",
        data=nested(levels),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "The request content was malformed:\nThe JSON is nested too deeply."


def test_another_content_type_is_415(client: Client) -> None:
    answer = client.post("/actions/invoke-echo", data=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert set(answer.json()) == {"error", "code"}


def test_a_payload_over_1_mb_is_413(client: Client) -> None:
    answer = client.post("/actions/invoke-echo", json={"a": "x" * 1_048_576})
    assert answer.status_code == 413
    assert answer.json()["error"] == "Request larger than allowed: 1048585 > 1048576 bytes."


def test_a_payload_of_almost_1_mb_goes_in_and_out(client: Client) -> None:
    result = client.post("/actions/invoke-echo?blocking=true&result=true", json={"a": "x" * 1_000_000})
    assert result.json() == {"a": "x" * 1_000_000}


def test_any_unicode_goes_in_and_out(client: Client) -> None:
    text = "ä€😀\u2028\u0000\x1e"
    assert client.invoke("invoke-echo", a=text).json()["response"]["result"] == {"a": text}
    lone = client.post(
        "/actions/invoke-echo?blocking=true",
        data=b'{"a": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert lone.json()["response"]["result"] == {"a": "\ud800"}
    assert client.record(lone.json()["activationId"])["response"]["result"] == {"a": "\ud800"}


def test_the_openwhisk_module_reaches_this_server(client: Client) -> None:
    client.put_action(
        "invoke-by-sdk",
        """const openwhisk = require("openwhisk")
        async function main(args) {
          const ow = openwhisk()
          const {activationId} = await ow.actions.invoke({name: "invoke-echo", params: {via: "sdk"}})
          const options = {name: "invoke-echo", blocking: true, result: true, params: args}
          const result = await ow.actions.invoke(options)
          return {activationId, result}
        }""",
    )
    result = client.invoke("invoke-by-sdk", n=1).json()["response"]["result"]
    assert result["result"] == {"n": 1}
    assert client.record(result["activationId"])["response"]["result"] == {"via": "sdk"}


def test_without_the_api_key_the_module_says_so(client: Client) -> None:
    client.put_action(
        "invoke-without-key",
        "const ow = require('openwhisk'); function main() { return ow().actions.list() }",
        annotations=[{"key": "provide-api-key", "value": False}],
    )
    answer = client.invoke("invoke-without-key")
    assert answer.status_code == 502
    assert "Missing api_key" in answer.json()["response"]["result"]["error"]
