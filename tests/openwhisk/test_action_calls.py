from __future__ import annotations

import json

import pytest
import responses
from responses import matchers

from runtime_app.openwhisk import (
    ActionLimits,
    ActionSpec,
    BadReply,
    Conflict,
    NotFound,
    OpenWhiskClient,
    Rejected,
)
from runtime_app.openwhisk.names import InvalidName
from tests.openwhisk import documents
from tests.openwhisk.conftest import HOST

ACTIONS = f"{HOST}/api/v1/namespaces/_/actions"


def test_get_reads_the_code_unless_told_not_to(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.get(f"{ACTIONS}/my-worker", json=documents.action(), match=[matchers.query_param_matcher({})])
    assert client.get_action("my-worker").code == "function main(a){return a}"
    without = documents.action(exec={"kind": "nodejs:20", "binary": False})
    wire.get(f"{ACTIONS}/my-worker", json=without, match=[matchers.query_param_matcher({"code": "false"})])
    assert client.get_action("my-worker", code=False).code is None


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("my worker", f"{ACTIONS}/my%20worker"),
        ("tools/a&b@c", f"{ACTIONS}/tools/a%26b%40c"),
        ("/other/tools/x", f"{HOST}/api/v1/namespaces/other/actions/tools/x"),
        ("/_/x", f"{ACTIONS}/x"),
    ],
)
def test_names_are_quoted_and_other_namespaces_reached(
    client: OpenWhiskClient, wire: responses.RequestsMock, path: str, url: str
) -> None:
    wire.get(url, json=documents.action())
    client.get_action(path)
    assert wire.calls[0].request.url == url


@pytest.mark.parametrize("path", ["../../limits", "a?b", "a#b", ""])
def test_a_hostile_name_sends_nothing(client: OpenWhiskClient, path: str) -> None:
    with pytest.raises(InvalidName):
        client.delete_action(path)


def test_put_sends_the_spec_and_overwrites_only_when_told(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    spec = ActionSpec(kind="nodejs:default", code="code", limits=ActionLimits(120_000, 256, 10))
    body = [matchers.json_params_matcher(spec.to_json())]
    wire.put(f"{ACTIONS}/x", json=documents.action(), match=[*body, matchers.query_param_matcher({})])
    assert client.put_action("x", spec).version == "0.0.1"
    overwriting = matchers.query_param_matcher({"overwrite": "true"})
    wire.put(f"{ACTIONS}/x", json=documents.action(version="0.0.2"), match=[*body, overwriting])
    assert client.put_action("x", spec, overwrite=True).version == "0.0.2"


def test_put_on_an_existing_action_is_a_conflict(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.put(f"{ACTIONS}/x", status=409, json=documents.error("resource already exists"))
    with pytest.raises(Conflict, match="resource already exists") as caught:
        client.put_action("x", ActionSpec())
    assert not caught.value.may_have_run


def test_a_limit_out_of_range_is_a_rejection_with_the_servers_text(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    text = "requirement failed: duration 600000 milliseconds exceeds allowed threshold of 300000 milliseconds"
    wire.put(f"{ACTIONS}/x", status=400, json=documents.error(text))
    with pytest.raises(Rejected) as caught:
        client.put_action("x", ActionSpec())
    assert caught.value.message == text


@pytest.mark.parametrize(("status", "body"), [(200, json.dumps(documents.action())), (204, ""), (200, "")])
def test_delete_does_not_care_what_comes_back(
    client: OpenWhiskClient, wire: responses.RequestsMock, status: int, body: str
) -> None:
    wire.delete(f"{ACTIONS}/x", status=status, body=body)
    client.delete_action("x")
    assert len(wire.calls) == 1


def test_deleting_what_is_not_there_is_not_found(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.delete(f"{ACTIONS}/x", status=404, json=documents.error("The requested resource does not exist."))
    with pytest.raises(NotFound):
        client.delete_action("x")


def test_an_action_of_wrong_types_is_a_bad_reply_with_its_body(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.get(f"{ACTIONS}/x", json=documents.action(version=7))
    with pytest.raises(BadReply, match="“version” should be text, not a whole number") as caught:
        client.get_action("x")
    assert '"version": 7' in caught.value.body


def test_a_package_is_listed_by_its_trailing_slash(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.get(f"{ACTIONS}/tools/", json=[documents.action_item(namespace="guest/tools")])
    assert [action.path for action in client.list_actions(package="tools", limit=10)] == ["tools/my-worker"]


def test_one_broken_entity_fails_the_list(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    """Left out, it would look deleted."""
    wire.get(ACTIONS, json=[documents.action_item("a"), documents.action_item("b", namespace=None)])
    with pytest.raises(BadReply, match="namespace"):
        client.list_actions()
