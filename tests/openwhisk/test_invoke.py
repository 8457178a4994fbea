"""A launch: what every answer to it means."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from responses import matchers

from runtime_app.openwhisk import (
    BadReply,
    NotFound,
    OpenWhiskClient,
    Rejected,
    ServerFault,
    Throttled,
    Timeouts,
    Unreachable,
)
from tests.openwhisk import documents
from tests.openwhisk.conftest import AUTH, HOST
from tests.openwhisk.scripted_server import ScriptedServer, answer

URL = f"{HOST}/api/v1/namespaces/_/actions/my-worker"
ID = documents.ACTIVATION_ID
ID_HEADER = {"X-OpenWhisk-Activation-Id": ID}


def query(**params: str) -> Any:
    return matchers.query_param_matcher(params)


def test_a_launch_answers_with_the_id_only(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    body = matchers.json_params_matcher({"a": 1})
    wire.post(URL, status=202, json={"activationId": ID}, match=[query(blocking="false"), body])
    receipt = client.invoke("my-worker", {"a": 1})
    assert (receipt.activation_id, receipt.record, receipt.bare_result) == (ID, None, None)


def test_no_parameters_are_an_empty_object(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.post(URL, status=202, json={"activationId": ID}, match=[matchers.json_params_matcher({})])
    assert client.invoke("my-worker").activation_id == ID


@pytest.mark.parametrize(
    ("status", "response"),
    [
        (200, {"status": "success", "success": True, "result": {}}),
        (502, {"status": "application error", "success": False, "result": {"error": "no"}}),
        (502, {"status": "action developer error", "success": False, "result": {"error": "crash"}}),
        (500, {"status": "whisk internal error", "success": False, "result": {"error": "us"}}),
    ],
)
def test_a_blocking_launch_answers_with_the_record_however_the_run_ended(
    client: OpenWhiskClient, wire: responses.RequestsMock, status: int, response: dict[str, Any]
) -> None:
    document = documents.activation(response=response, logs=[])
    wire.post(URL, status=status, json=document, match=[query(blocking="true", timeout="5000")])
    receipt = client.invoke("my-worker", blocking=True, wait_ms=5000)
    assert receipt.activation_id == ID
    assert receipt.record is not None
    assert receipt.record.status == response["status"]


def test_a_wait_in_vain_leaves_the_id(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.post(URL, status=202, json={"activationId": ID}, match=[query(blocking="true")])
    receipt = client.invoke("my-worker", blocking=True)
    assert (receipt.activation_id, receipt.record) == (ID, None)


def test_an_array_comes_bare_and_is_kept(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.post(URL, json=[1, 2], headers=ID_HEADER)
    receipt = client.invoke("my-worker", blocking=True)
    assert (receipt.activation_id, receipt.record, receipt.bare_result) == (ID, None, [1, 2])


def test_an_unreadable_acceptance_is_saved_by_its_header(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.post(URL, status=202, body="<html>", headers=ID_HEADER)
    assert client.invoke("my-worker").activation_id == ID


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("blocking", [True, False])
@pytest.mark.parametrize(
    "body",
    ["", '{"activationId": "0123', "<html>hello</html>", "{}", "[]", "null", '{"activationId": 5}'],
)
def test_an_acceptance_without_an_id_may_have_run(
    client: OpenWhiskClient, wire: responses.RequestsMock, status: int, blocking: bool, body: str
) -> None:
    wire.post(URL, status=status, body=body)
    with pytest.raises(BadReply) as caught:
        client.invoke("my-worker", blocking=blocking)
    assert caught.value.sent
    assert caught.value.may_have_run
    assert caught.value.body == body
    assert len(wire.calls) == 1


def test_a_broken_record_still_names_its_activation(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.post(URL, json=documents.activation(start="noon"), headers=ID_HEADER)
    with pytest.raises(BadReply, match="start") as caught:
        client.invoke("my-worker", blocking=True)
    assert caught.value.activation_id == ID


@pytest.mark.parametrize(
    ("status", "cls"), [(400, Rejected), (404, NotFound), (413, Rejected), (429, Throttled)]
)
def test_a_refused_launch_did_not_run(
    client: OpenWhiskClient, wire: responses.RequestsMock, status: int, cls: type[Exception]
) -> None:
    wire.post(URL, status=status, json=documents.error("no"))
    with pytest.raises(cls) as caught:
        client.invoke("my-worker")
    assert not caught.value.may_have_run  # type: ignore[attr-defined]
    assert len(wire.calls) == 1


@pytest.mark.parametrize(
    "body", ["<html>504 Gateway Time-out</html>", "", json.dumps(documents.error("busy"))]
)
def test_a_gateway_that_gave_up_may_hide_a_run(
    client: OpenWhiskClient, wire: responses.RequestsMock, body: str
) -> None:
    wire.post(URL, status=504, body=body, headers=ID_HEADER)
    with pytest.raises(ServerFault) as caught:
        client.invoke("my-worker", blocking=True)
    assert caught.value.may_have_run
    assert caught.value.activation_id == ID
    assert len(wire.calls) == 1


def test_a_lost_answer_is_unreachable_and_sent_once(scripted: ScriptedServer) -> None:
    scripted.scripts = [scripted.hang]
    with (
        OpenWhiskClient(scripted.url, AUTH, timeouts=Timeouts(1, 0.2)) as client,
        pytest.raises(Unreachable) as caught,
    ):
        client.invoke("my-worker", {"a": 1})
    assert caught.value.may_have_run
    assert [request.endswith(b'{"a":1}') for request in scripted.requests] == [True]


def test_a_blocking_launch_outwaits_the_server(scripted: ScriptedServer) -> None:
    """The usual wait for an answer is 0.2 s here; a blocking call must allow what it asked the server for."""

    def late(connection: Any) -> None:
        scripted.released.wait(0.5)
        answer(json.dumps(documents.activation()).encode())(connection)

    scripted.scripts = [late]
    with OpenWhiskClient(scripted.url, AUTH, timeouts=Timeouts(1, 0.2)) as client:
        assert client.invoke("my-worker", blocking=True, wait_ms=1000).record is not None
