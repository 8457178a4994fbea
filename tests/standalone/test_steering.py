"""Steering (`--steering`): every fault is what it says, strikes whom it shall, and ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from runtime_app.openwhisk import BadReply, OpenWhiskClient, ServerFault, Throttled, Unreachable
from standalone.testing import RunningServer
from tests.standalone.client import ANSWER_SECONDS, Client, annotation, quickest
from tests.standalone.conftest import OTHER_AUTH
from tests.waiting import wait_until

ECHO = "const main = args => args"
WAIT = "const main = () => new Promise(r => setTimeout(r, 1200000, {}))"
MINUTE_MS = 60_000


class Steering(Client):
    """A client that also steers."""

    def fault(self, **fields: Any) -> str:
        answer = self.post(f"{self.server.url}/_standalone/faults", json=fields)
        assert answer.status_code == 200, answer.text
        fault_id: str = answer.json()["id"]
        return fault_id

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"{self.server.url}/_standalone/faults").json()
        return found

    def reset(self) -> None:
        assert self.post(f"{self.server.url}/_standalone/reset").status_code == 200


@pytest.fixture(scope="module")
def steered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("steered")
    with RunningServer(folder, steering=True, namespace=[f"other={OTHER_AUTH}"]) as running:
        yield running


@pytest.fixture
def steering(steered: RunningServer) -> Iterator[Steering]:
    with Steering(steered) as client:
        client.reset()
        yield client
        client.reset()


def panels_client(steering: Steering) -> OpenWhiskClient:
    return OpenWhiskClient(steering.server.url, steering.server.auth)


def listed(client: Client) -> list[str]:
    return [item["activationId"] for item in client.get("/activations").json()]


def test_a_server_without_the_option_knows_nothing_of_it(client: Client) -> None:
    for path in ("faults", "reset"):
        assert client.post(f"{client.server.url}/_standalone/{path}", json={}).status_code == 404


def test_a_caller_without_a_key_steers_nothing(steered: RunningServer) -> None:
    assert requests.post(f"{steered.url}/_standalone/reset", timeout=ANSWER_SECONDS).status_code == 401
    assert requests.get(f"{steered.url}/_standalone/faults", timeout=ANSWER_SECONDS).status_code == 401


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "kind must be one of late-records, stale-lists, clock-skew, error, slow,"),
        ({"kind": "slow"}, "slow needs ms."),
        ({"kind": "clock-skew", "ms": -(10**12)}, "ms must not be beyond 100000000000."),
        ({"kind": "slow", "ms": -1}, "ms must be a whole number from 0 on."),
        ({"kind": "slow", "ms": 1, "status": 500}, "slow has no status; it has count, every,"),
        ({"kind": "error", "status": 99}, "status must be a status from 200 to 599."),
        ({"kind": "error", "count": 0}, "count must be a whole number above 0."),
        ({"kind": "error", "seconds": "2"}, "seconds must be a number above 0."),
        ({"kind": "clock-skew", "ms": 1, "namespace": "guest"}, "clock-skew has no namespace;"),
        ({"kind": "wrong-types", "fields": "start"}, "fields must be a list of texts."),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_a_sentence(
    steering: Steering, document: dict[str, Any], sentence: str
) -> None:
    answer = steering.post(f"{steering.server.url}/_standalone/faults", json=document)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)
    assert steering.faults() == []


def test_a_reset_forgets_everything_and_ends_what_runs(steering: Steering) -> None:
    steering.put_action("waits", WAIT)
    steering.put_action("echo", ECHO)
    steering.put("/triggers/t", json={})
    steering.invoke("echo")
    running = steering.launch("waits")
    steering.fault(kind="error", path="*/nothing")
    steering.reset()
    for collection in ("actions", "triggers", "activations"):
        assert steering.get(f"/{collection}").json() == []
    assert steering.get(f"/activations/{running}").status_code == 404
    assert steering.faults() == []
    echo = f"{steering.server.url}/api/v1/namespaces/whisk.system/actions/utils/echo"
    assert steering.post(f"{echo}?blocking=true&result=true", json={"a": 1}).json() == {"a": 1}
    steering.put_action("echo", "const main = () => ({new: true})")
    assert steering.invoke("echo").json()["response"]["result"] == {"new": True}


def test_late_records_are_404_and_in_no_list_for_a_while_after_the_end(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    fault = steering.fault(kind="late-records", ms=MINUTE_MS)
    activation_id = steering.invoke("echo").json()["activationId"]
    assert listed(steering) == []
    for ending in ("", "/result", "/logs"):
        assert steering.get(f"/activations/{activation_id}{ending}").status_code == 404
    assert steering.delete(f"{steering.server.url}/_standalone/faults/{fault}").status_code == 200
    assert steering.record(activation_id)["activationId"] == activation_id
    assert listed(steering) == [activation_id]


def test_late_records_come_by_themselves(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    steering.fault(kind="late-records", ms=700)
    record = steering.record(steering.launch("echo"))
    assert time.time() * 1000 - record["end"] >= 700


def test_stale_lists_leave_out_what_has_just_ended(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    faults = f"{steering.server.url}/_standalone/faults"
    steering.fault(kind="clock-skew", ms=-5 * MINUTE_MS)
    old = steering.launch("echo")
    steering.record(old)
    steering.delete(faults)
    steering.fault(kind="stale-lists", ms=2 * MINUTE_MS)
    young = steering.launch("echo")
    steering.record(young)
    assert listed(steering) == [old]
    assert steering.get("/activations?count=true").json() == {"activations": 1}
    steering.delete(faults)
    steering.fault(kind="stale-lists", ms=400)
    wait_until(lambda: listed(steering) == [young, old])


def test_the_clock_is_off_and_comes_back(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    skew = 3 * MINUTE_MS
    fault = steering.fault(kind="clock-skew", ms=-skew)
    before = time.time() * 1000
    record = steering.record(steering.launch("echo"))
    assert before - skew - 1000 < record["start"] < before - skew + MINUTE_MS
    assert record["end"] - record["start"] == record["duration"] < MINUTE_MS
    assert listed(steering) == [record["activationId"]]
    steering.delete(f"{steering.server.url}/_standalone/faults/{fault}")
    assert steering.record(steering.launch("echo"))["start"] >= int(before)


def test_alarms_and_logs_follow_the_clock(steering: Steering) -> None:
    steering.put_action("says", "function main() { console.log('x') }")
    steering.put("/triggers/bell", json={})
    steering.put("/rules/rings", json={"trigger": "/_/bell", "action": "/_/says"})
    url = f"{steering.server.url}/standalone/alarms/_/bell"
    date = int(time.time() * 1000) + 10 * MINUTE_MS
    assert steering.put(url, json={"kind": "once", "parameters": {"date": date}}).status_code == 200
    steering.fault(kind="clock-skew", ms=20 * MINUTE_MS)
    wait_until(lambda: len(listed(steering)) == 2)
    (run,) = steering.get("/activations?name=says&docs=true").json()
    printed = datetime.fromisoformat(run["logs"][0].partition(" ")[0][:26] + "+00:00")
    assert run["start"] - 1000 <= printed.timestamp() * 1000 <= run["end"] + MINUTE_MS


@pytest.mark.parametrize("retry_after", [None, 7])
def test_429_with_and_without_retry_after(steering: Steering, retry_after: int | None) -> None:
    advice = {} if retry_after is None else {"retry_after": retry_after}
    steering.fault(kind="error", status=429, **advice)
    with panels_client(steering) as client, pytest.raises(Throttled) as raised:
        client.list_activations()
    assert raised.value.retry_after == retry_after


def test_an_error_has_openwhisks_form_or_a_proxys(steering: Steering) -> None:
    steering.fault(kind="error", status=500, count=1)
    answer = steering.get("/actions")
    assert (answer.status_code, set(answer.json())) == (500, {"error", "code"})
    steering.fault(kind="error", status=502, html=True, count=1)
    answer = steering.get("/actions")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert steering.get("/actions").status_code == 200


def test_an_answer_can_be_lost_after_the_request_was_carried_out(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    steering.fault(kind="error", status=502, method="POST", path="*/actions/*", count=1, carried_out=True)
    with panels_client(steering) as client, pytest.raises(ServerFault) as raised:
        client.invoke("echo", {})
    assert raised.value.may_have_run
    wait_until(lambda: len(listed(steering)) == 1)


def test_a_fault_strikes_its_scope_only(steering: Steering) -> None:
    user, _, key = OTHER_AUTH.partition(":")
    steering.fault(kind="error", status=500, namespace="guest", method="GET", path="*/activations*")
    assert steering.get("/activations").status_code == 500
    assert steering.get("/activations?limit=1&docs=true").status_code == 500
    assert steering.get("/actions").status_code == 200
    with Client(steering.server, (user, key)) as stranger:
        assert stranger.get("/activations").status_code == 200


def test_a_fault_ends_after_its_count_and_strikes_every_so_many(steering: Steering) -> None:
    steering.fault(kind="error", status=500, count=2, every=2)
    assert [steering.get("/actions").status_code for _ in range(6)] == [200, 500, 200, 500, 200, 200]
    (fault,) = steering.faults()
    assert (fault["applied"], fault["over"]) == (2, True)


def test_a_fault_ends_after_its_time(steering: Steering) -> None:
    def is_struck() -> bool:
        steering.fault(kind="error", status=500, seconds=0.4)
        return steering.get("/actions").status_code == 500

    wait_until(is_struck)
    wait_until(lambda: steering.get("/actions").status_code == 200)


def test_a_slow_body_drips(steering: Steering) -> None:
    def headers_seconds() -> float:
        steering.fault(kind="slow", ms=500, count=1)
        began = time.monotonic()
        answer = steering.get("/limits", stream=True)
        took = time.monotonic() - began
        assert "maxActionTimeout" in answer.json()
        assert time.monotonic() - began > 0.4
        return took

    assert quickest(headers_seconds, 0.4) < 0.4


def test_a_truncated_body_is_no_json(steering: Steering) -> None:
    steering.fault(kind="truncated", count=1)
    with panels_client(steering) as client:
        with pytest.raises(BadReply):
            client.namespaces()
        assert client.namespaces()
    steering.fault(kind="truncated", bytes=3, count=1)
    assert len(steering.get("/limits").content) == 3


def test_a_connection_can_break_in_the_middle_of_a_body(steering: Steering) -> None:
    steering.fault(kind="truncated", hang_up=True, count=2)
    with panels_client(steering) as client:
        with pytest.raises(Unreachable):
            client.namespaces()
        assert client.namespaces()


def test_wrong_types_change_the_named_fields_wherever_they_stand(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    good = steering.record(steering.launch("echo", start=1))
    steering.fault(kind="wrong-types", count=1)
    bad = steering.get(f"/activations/{good['activationId']}").json()
    assert bad["start"] == str(good["start"])
    assert bad["response"] == ["status", "success", "result", "size"]
    assert bad["activationId"] == {"value": good["activationId"]}
    assert bad["name"] == "echo"
    steering.fault(kind="wrong-types", fields=["name"], count=1)
    assert steering.get("/activations").json()[0]["name"] == {"value": "echo"}


def test_duplicates_come_twice_in_lists(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    record = steering.record(steering.launch("echo"))
    steering.fault(kind="duplicates", method="GET")
    assert listed(steering) == [record["activationId"]] * 2
    assert steering.get(f"/activations/{record['activationId']}").json() == record


def test_faults_are_taken_away_one_by_one_or_all(steering: Steering) -> None:
    ids = [steering.fault(kind="slow", ms=1), steering.fault(kind="duplicates"), steering.fault(kind="error")]
    url = f"{steering.server.url}/_standalone/faults"
    assert steering.delete(f"{url}/{ids[0]}").status_code == 200
    assert steering.delete(f"{url}/{ids[0]}").status_code == 404
    assert [fault["id"] for fault in steering.faults()] == ids[1:]
    assert steering.delete(url).status_code == 200
    assert steering.faults() == []


def test_the_clients_ping_is_never_struck(steering: Steering) -> None:
    steering.fault(kind="error", status=500)
    assert requests.get(f"{steering.server.url}/ping", timeout=ANSWER_SECONDS).text == "pong"


def test_a_steered_server_without_faults_answers_as_any_other(steering: Steering) -> None:
    steering.put_action("echo", ECHO)
    record = steering.record(steering.launch("echo", a=1))
    assert record["response"]["result"] == {"a": 1}
    assert annotation(record, "path") == "guest/echo"
