"""Triggers, rules, and what firing does."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from standalone.testing import RunningServer
from tests.standalone.client import Client, within_a_minute

ECHO = "function main(args) { return args }"


class Wiring:
    """An action, a trigger and a rule with names of their own."""

    def __init__(self, client: Client) -> None:
        stamp = time.time_ns()
        self.client = client
        self.action, self.trigger, self.rule = (f"{kind}-{stamp}" for kind in ("a", "t", "r"))
        client.put_action(self.action, ECHO)
        client.put(f"/triggers/{self.trigger}", json={})
        self.answer = client.put(f"/rules/{self.rule}", json=self.ends())

    def ends(self) -> dict[str, str]:
        return {"trigger": f"/_/{self.trigger}", "action": f"/guest/{self.action}"}

    def fire(self, **payload: Any) -> Any:
        return self.client.post(f"/triggers/{self.trigger}", json=payload)

    def outcomes(self, **payload: Any) -> list[dict[str, Any]]:
        """What the trigger's record says of each rule."""
        return self.told_by(self.fire(**payload))

    def told_by(self, answer: requests.Response) -> list[dict[str, Any]]:
        assert answer.status_code == 202, answer.text
        return [json.loads(line) for line in self.client.record(answer.json()["activationId"])["logs"]]


@pytest.fixture
def wiring(client: Client) -> Wiring:
    return Wiring(client)


def test_a_trigger_is_stored_as_it_is_read(client: Client) -> None:
    name = f"t-{time.time_ns()}"
    body = {"name": name, "namespace": "_", "feed": "x", "parameters": [{"key": "a", "value": 1}]}
    answer = client.put(f"/triggers/{name}", json=body)
    document = answer.json()
    assert answer.status_code == 200
    assert document.pop("updated") > 0
    assert document == {
        "namespace": "guest", "name": name, "version": "0.0.1", "publish": False,
        "parameters": [{"key": "a", "value": 1}], "limits": {}, "annotations": [],
    }  # fmt: skip
    assert client.get(f"/triggers/{name}").json()["name"] == name
    assert set(client.get("/triggers?limit=1").json()[0]) == {
        "namespace", "name", "version", "publish", "annotations", "updated",
    }  # fmt: skip
    assert client.delete(f"/triggers/{name}").status_code == 200
    assert client.get(f"/triggers/{name}").status_code == 404


def test_a_new_rule_is_active_and_shown_by_its_trigger(wiring: Wiring, client: Client) -> None:
    document = wiring.answer.json()
    assert wiring.answer.status_code == 200
    assert document["status"] == "active"
    assert document["trigger"] == {"path": "guest", "name": wiring.trigger}
    assert document["action"] == {"path": "guest", "name": wiring.action}
    assert client.get(f"/rules/{wiring.rule}").json() == document
    assert client.get(f"/triggers/{wiring.trigger}").json()["rules"] == {
        f"guest/{wiring.rule}": {"action": {"path": "guest", "name": wiring.action}, "status": "active"}
    }
    listed = client.get("/rules?limit=1").json()[0]
    assert listed == {key: value for key, value in document.items() if key != "status"}


def test_firing_runs_the_action_and_records_which(wiring: Wiring, client: Client) -> None:
    answer = wiring.fire(a=1)
    activation_id = answer.json()["activationId"]
    assert answer.headers["x-openwhisk-activation-id"] == activation_id
    record = client.record(activation_id)
    assert record["name"] == wiring.trigger
    assert record["response"] == {"result": {"a": 1}, "status": "success", "success": True, "size": 7}
    assert record["annotations"] == []
    assert not {"end", "duration", "cause"} & set(record)
    log = json.loads(record["logs"][0])
    run = client.record(log.pop("activationId"))
    assert log == {
        "statusCode": 0, "success": True,
        "rule": f"guest/{wiring.rule}", "action": f"guest/{wiring.action}",
    }  # fmt: skip
    assert run["name"] == wiring.action
    assert "cause" not in run
    item = next(i for i in client.get("/activations").json() if i["activationId"] == activation_id)
    assert not {"end", "duration", "statusCode"} & set(item)


def test_the_action_gets_parameters_headers_and_payload(client: Client) -> None:
    wiring = Wiring(client)
    parameters = [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
    client.put(f"/triggers/{wiring.trigger}?overwrite=true", json={"parameters": parameters})
    run = client.record(wiring.outcomes(b=3)[0]["activationId"])
    result = run["response"]["result"]
    headers = result.pop("__ow_headers")
    assert result == {"a": 1, "b": 3}
    assert headers["content-type"] == "application/json"
    assert headers["authorization"].startswith("Basic ")


def test_without_an_active_rule_nothing_happens(wiring: Wiring, client: Client) -> None:
    client.post(f"/rules/{wiring.rule}", json={"status": "inactive"})
    answer = wiring.fire()
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"/activations?name={wiring.trigger}").json() == []


def test_a_rule_can_be_switched_off_and_on(wiring: Wiring, client: Client) -> None:
    for status in ("inactive", "inactive", "active"):
        answer = client.post(f"/rules/{wiring.rule}", json={"status": status})
        assert (answer.status_code, answer.text) == (200, "OK")
        assert client.get(f"/rules/{wiring.rule}").json()["status"] == status
    assert client.post(f"/rules/{wiring.rule}", json={"status": "maybe"}).status_code == 400


def test_an_inactive_rule_beside_an_active_one_is_told(wiring: Wiring, client: Client) -> None:
    other = f"{wiring.rule}-other"
    client.put(f"/rules/{other}", json=wiring.ends())
    client.post(f"/rules/{other}", json={"status": "inactive"})
    by_rule = {outcome["rule"]: outcome for outcome in wiring.outcomes()}
    assert by_rule[f"guest/{wiring.rule}"]["success"] is True
    assert by_rule[f"guest/{other}"] == {
        "statusCode": 1,
        "success": False,
        "rule": f"guest/{other}",
        "action": f"guest/{wiring.action}",
        "error": f"Rule 'guest/{other}' is inactive, action 'guest/{wiring.action}' was not activated.",
    }


def test_a_rule_whose_action_was_deleted_tells_so(wiring: Wiring, client: Client) -> None:
    client.delete(f"/actions/{wiring.action}")
    outcome = wiring.outcomes()[0]
    assert (outcome["statusCode"], outcome["success"]) == (1, False)
    assert outcome["error"] == "The requested resource does not exist."


def test_updating_a_trigger_keeps_its_rules(wiring: Wiring, client: Client) -> None:
    answer = client.put(f"/triggers/{wiring.trigger}?overwrite=true", json={})
    assert list(answer.json()["rules"]) == [f"guest/{wiring.rule}"]
    assert answer.json()["version"] == "0.0.2"


def test_deleting_a_trigger_leaves_its_rule_inactive(wiring: Wiring, client: Client) -> None:
    client.delete(f"/triggers/{wiring.trigger}")
    assert client.get(f"/rules/{wiring.rule}").json()["status"] == "inactive"
    answer = client.post(f"/rules/{wiring.rule}", json={"status": "active"})
    assert answer.status_code == 404
    assert answer.json()["error"] == "Only rules with existing triggers can be activated"
    client.put(f"/triggers/{wiring.trigger}", json={})
    assert client.get(f"/rules/{wiring.rule}").json()["status"] == "inactive"


def test_a_rule_can_be_moved_to_another_trigger(wiring: Wiring, client: Client) -> None:
    other = f"{wiring.trigger}-other"
    client.put(f"/triggers/{other}", json={})
    answer = client.put(f"/rules/{wiring.rule}?overwrite=true", json={"trigger": f"/_/{other}"})
    assert answer.json()["status"] == "active"
    assert answer.json()["version"] == "0.0.2"
    assert client.get(f"/triggers/{wiring.trigger}").json()["rules"] == {}
    assert list(client.get(f"/triggers/{other}").json()["rules"]) == [f"guest/{wiring.rule}"]


def test_deleting_a_rule_takes_it_off_its_trigger(wiring: Wiring, client: Client) -> None:
    deleted = client.delete(f"/rules/{wiring.rule}").json()
    assert (deleted["name"], deleted["status"]) == (wiring.rule, "inactive")
    assert client.get(f"/triggers/{wiring.trigger}").json()["rules"] == {}
    assert client.get(f"/rules/{wiring.rule}").status_code == 404


@pytest.mark.parametrize("feed", ["", "a//?", " x", 5, None, ["alarm"]])
def test_a_new_trigger_may_not_name_what_can_be_no_feed(client: Client, feed: object) -> None:
    name = f"t-{time.time_ns()}"
    body = {"annotations": [{"key": "feed", "value": feed}]}
    answer = client.put(f"/triggers/{name}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "Feed name is not valid")
    for known in ("/whisk.system/alarms/alarm", "alarm"):
        body = {"annotations": [{"key": "feed", "value": known}]}
        assert client.put(f"/triggers/{name}?overwrite=true", json=body).status_code == 200


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ({}, "rule requires a valid trigger and a valid action"),
        ({"trigger": "/_/gone", "action": "/_/gone"}, "trigger /guest/gone does not exist"),
        (
            {"trigger": "alone", "action": "/_/gone"},
            "The request content was malformed:\nThe fully qualified name of the entity must contain at least"
            " the namespace and the name of the entity.",
        ),
    ],
)
def test_a_rule_needs_both_ends(client: Client, ends: dict[str, str], message: str) -> None:
    answer = client.put(f"/rules/r-{time.time_ns()}", json=ends)
    assert (answer.status_code, answer.json()["error"]) == (400, message)


def test_a_rule_needs_an_existing_action(wiring: Wiring, client: Client) -> None:
    answer = client.put(f"/rules/{wiring.rule}-2", json={**wiring.ends(), "action": "/_/gone"})
    assert (answer.status_code, answer.json()["error"]) == (400, "action /guest/gone does not exist")


def test_all_collections_share_their_names(wiring: Wiring, client: Client) -> None:
    for collection in ("triggers", "rules", "packages"):
        for method in ("GET", "PUT", "DELETE"):
            body = {"status": "active", **wiring.ends()}
            answer = client.request(method, f"/{collection}/{wiring.action}", json=body)
            assert answer.status_code == 409, (collection, method, answer.text)
            assert answer.json()["error"] == "Resource by this name exists but is not in this collection."
    assert client.get(f"/actions/{wiring.trigger}").status_code == 409
    assert client.invoke(wiring.trigger).status_code == 409


def test_the_runs_of_rules_count_as_invocations(tmp_path: Path) -> None:
    options = {"invocations_per_minute": 1, "fires_per_minute": 2, "steering": True}
    with RunningServer(tmp_path, **options) as server, Client(server) as client:

        def three_fires() -> tuple[Wiring, list[requests.Response]]:
            wiring = Wiring(client)
            return wiring, [wiring.fire() for _ in range(3)]

        wiring, (first, second, third) = within_a_minute(client, three_fires)
        assert wiring.told_by(first)[0]["success"] is True
        refused = wiring.told_by(second)[0]
        assert refused["statusCode"] == 1
        assert refused["error"] == "Too many requests in the last minute (count: 2, allowed: 1)."
        assert third.status_code == 429


def test_everything_wired_is_there_after_a_restart(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        wiring = Wiring(client)
        server.kill()
        server.start()
        assert wiring.outcomes()[0]["success"] is True
