from __future__ import annotations

import pytest
import responses
from responses import matchers

from runtime_app.openwhisk import BadReply, Conflict, OpenWhiskClient, Parameter, Rejected
from tests.openwhisk import documents
from tests.openwhisk.conftest import HOST

ROOT = f"{HOST}/api/v1/namespaces/_"
ID = documents.ACTIVATION_ID


def test_a_trigger_is_put_read_listed_and_deleted(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    body = {"parameters": [{"key": "a", "value": 1}], "annotations": [{"key": "x", "value": True}]}
    wire.put(
        f"{ROOT}/triggers/my-trigger", json=documents.trigger(), match=[matchers.json_params_matcher(body)]
    )
    wire.get(f"{ROOT}/triggers/my-trigger", json=documents.trigger())
    wire.get(f"{ROOT}/triggers", json=[documents.trigger()])
    wire.delete(f"{ROOT}/triggers/my-trigger", json=documents.trigger())
    created = client.put_trigger("my-trigger", parameters=[Parameter("a", 1)], annotations={"x": True})
    assert created == client.get_trigger("my-trigger") == client.list_triggers(limit=5)[0]
    client.delete_trigger("my-trigger")


def test_what_is_not_given_is_not_sent(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.put(f"{ROOT}/triggers/t", json=documents.trigger(), match=[matchers.json_params_matcher({})])
    client.put_trigger("t", overwrite=True)
    wire.put(f"{ROOT}/packages/p", json=documents.package(), match=[matchers.json_params_matcher({})])
    client.put_package("p", overwrite=True)


def test_firing_answers_with_the_triggers_activation(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    body = matchers.json_params_matcher({"a": 1})
    wire.post(f"{ROOT}/triggers/t", status=202, json={"activationId": ID}, match=[body])
    assert client.fire_trigger("t", {"a": 1}).activation_id == ID


def test_firing_without_an_active_rule_answers_with_no_id(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.post(f"{ROOT}/triggers/t", status=204)
    assert client.fire_trigger("t").activation_id is None


def test_firing_with_an_unreadable_answer_may_have_run(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.post(f"{ROOT}/triggers/t", status=202, body="{")
    with pytest.raises(BadReply) as caught:
        client.fire_trigger("t")
    assert caught.value.may_have_run


def test_a_rule_names_both_ends_in_full(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    body = {"trigger": "/_/my-trigger", "action": "/other/tools/my-worker"}
    wire.put(f"{ROOT}/rules/async-rule", json=documents.rule(), match=[matchers.json_params_matcher(body)])
    rule = client.put_rule("async-rule", trigger="my-trigger", action="/other/tools/my-worker")
    assert rule.status == "active"


def test_a_rule_without_its_trigger_is_rejected(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.put(f"{ROOT}/rules/r", status=400, json=documents.error("trigger /guest/t does not exist"))
    with pytest.raises(Rejected, match="trigger /guest/t does not exist"):
        client.put_rule("r", trigger="t", action="a")


@pytest.mark.parametrize("body", ["OK", "", "{}"])
def test_switching_a_rule_needs_no_json_in_return(
    client: OpenWhiskClient, wire: responses.RequestsMock, body: str
) -> None:
    inactive = matchers.json_params_matcher({"status": "inactive"})
    wire.post(f"{ROOT}/rules/r", body=body, match=[inactive])
    client.set_rule_status("r", active=False)
    assert len(wire.calls) == 1


def test_a_rule_is_read_listed_and_deleted(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.get(f"{ROOT}/rules/r", json=documents.rule())
    wire.get(f"{ROOT}/rules", json=[documents.rule()])
    wire.delete(f"{ROOT}/rules/r", json=documents.rule())
    assert client.get_rule("r") == client.list_rules(limit=5)[0]
    assert [rule.name for rule in client.iter_rules()] == ["async-rule"]
    client.delete_rule("r")


def test_a_package_is_put_read_and_listed(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    body = matchers.json_params_matcher({"publish": True})
    wire.put(f"{ROOT}/packages/tools", json=documents.package(), match=[body])
    wire.get(f"{ROOT}/packages/tools", json=documents.package())
    wire.get(f"{ROOT}/packages", json=[documents.package(binding=False)])
    assert client.put_package("tools", publish=True) == client.get_package("tools")
    assert client.list_packages(limit=5)[0].name == "tools"


def test_a_full_package_is_only_deleted_by_force(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    text = "Package not empty (contains 1 entities). Set force param or delete package contents."
    none = matchers.query_param_matcher({})
    wire.delete(f"{ROOT}/packages/p", status=409, json=documents.error(text), match=[none])
    with pytest.raises(Conflict, match="not empty"):
        client.delete_package("p")
    forced = matchers.query_param_matcher({"force": "true"})
    wire.delete(f"{ROOT}/packages/p", json=documents.package(), match=[forced])
    client.delete_package("p", force=True)
