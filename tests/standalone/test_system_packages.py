"""The packages of /whisk.system: utilities, and the feeds that fire triggers at set times."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from standalone.testing import RunningServer
from tests.standalone.client import Client, annotation
from tests.waiting import wait_until

SYSTEM = "/api/v1/namespaces/whisk.system"
ECHO = "function main(args) { return args }"


def call(client: Client, name: str, **arguments: Any) -> requests.Response:
    url = f"{client.server.url}{SYSTEM}/actions/{name}?blocking=true&result=true"
    return client.post(url, json=arguments)


def feed(client: Client, kind: str, event: str, trigger: str, **parameters: Any) -> requests.Response:
    told = {"lifecycleEvent": event, "triggerName": f"/_/{trigger}", "authKey": client.server.auth}
    return call(client, f"alarms/{kind}", **told, **parameters)


def wired(client: Client) -> str:
    """A trigger that runs an action of the same stamp."""
    stamp = time.time_ns()
    client.put_action(f"rung-{stamp}", ECHO)
    client.put(f"/triggers/bell-{stamp}", json={})
    ends = {"trigger": f"/_/bell-{stamp}", "action": f"/_/rung-{stamp}"}
    client.put(f"/rules/rule-{stamp}", json=ends)
    return str(stamp)


def runs_of(client: Client, stamp: str, wanted: int) -> list[dict[str, Any]]:
    def wanted_runs() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = client.get(f"/activations?name=rung-{stamp}&docs=true").json()
        return found if len(found) >= wanted else None

    return wait_until(wanted_runs, 60) or []


def ring_soon(client: Client, trigger: str, seconds: int = 1, **parameters: Any) -> requests.Response:
    """Let an alarm ring so soon; later where that moment has passed before the server saw it."""
    for after in (seconds, 5, 15):
        date = (datetime.now(UTC) + timedelta(seconds=after)).isoformat()
        answer = feed(client, "once", "CREATE", trigger, date=date, **parameters)
        if answer.status_code == 200:
            break
        assert "must be in the future" in answer.text
    return answer


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("echo", {"a": 1}, {"a": 1}),
        ("sort", {"lines": ["b", "a"]}, {"lines": ["a", "b"], "length": 2}),
        ("head", {"lines": ["a", "b", "c"], "num": 2}, {"lines": ["a", "b"], "num": 2}),
        ("split", {"payload": "a,b", "separator": ","}, {"lines": ["a", "b"], "payload": "a,b"}),
        ("cat", {"lines": ["a", "b"]}, {"lines": ["a", "b"], "payload": "a\nb"}),
        ("wordCount", {"payload": "one two"}, {"count": 2}),
    ],
)
def test_utilities_are_there_for_everybody(
    stranger: Client, name: str, arguments: dict[str, Any], result: dict[str, Any]
) -> None:
    assert call(stranger, f"utils/{name}", **arguments).json() == result


def test_the_date_is_told(client: Client) -> None:
    told = datetime.fromisoformat(call(client, "utils/date").json()["date"])
    assert abs((datetime.now(UTC) - told).total_seconds()) < 60


def test_system_packages_can_be_read_and_not_changed(client: Client) -> None:
    listed = client.get(f"{client.server.url}{SYSTEM}/packages").json()
    assert {package["name"] for package in listed} == {"utils", "alarms"}
    alarms = client.get(f"{client.server.url}{SYSTEM}/packages/alarms").json()
    assert {found["name"] for found in alarms["feeds"]} == {"alarm", "interval", "once"}
    assert client.delete(f"{client.server.url}{SYSTEM}/packages/utils?force=true").status_code == 403


@pytest.mark.parametrize("package", ["utils", "alarms"])
def test_system_packages_say_what_they_are_for(client: Client, package: str) -> None:
    """`wsk package get --summary` shows nothing else."""
    found = client.get(f"{client.server.url}{SYSTEM}/packages/{package}").json()
    for described in (found, *found["actions"], *found["feeds"]):
        assert annotation(described, "description"), described["name"]
    head = client.get(f"{client.server.url}{SYSTEM}/actions/utils/head").json()
    assert [parameter["name"] for parameter in annotation(head, "parameters")] == ["lines", "num"]


def test_a_restart_leaves_the_system_packages_as_they_are(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        url = f"{server.url}{SYSTEM}/actions/utils/echo"
        before = client.get(url).json()
        server.stop()
        server.start()
        assert client.get(url).json() == before


def test_once_fires_once_with_its_payload(client: Client) -> None:
    stamp = wired(client)
    answer = ring_soon(client, f"bell-{stamp}", trigger_payload={"n": 1})
    assert answer.json() == {"status": "success"}
    run = runs_of(client, stamp, 1)[0]
    assert run["response"]["result"] == {"n": 1, "__ow_headers": {}}
    assert annotation(run, "path") == f"guest/rung-{stamp}"
    status = feed(client, "once", "READ", f"bell-{stamp}").json()["status"]
    assert status["active"] is False
    assert status["reason"] == {"kind": "AUTO", "message": "Automatically disabled after firing once"}
    assert abs(status["dateChanged"] - time.time() * 1000) < 60_000
    changed = datetime.fromtimestamp(status["dateChanged"] // 1000, UTC)
    assert datetime.fromisoformat(status["dateChangedISO"]) == changed


def test_cron_fires_again_and_again_until_deleted(client: Client) -> None:
    stamp = wired(client)
    feed(client, "alarm", "CREATE", f"bell-{stamp}", cron="* * * * * *", trigger_payload='{"n": 2}')
    assert runs_of(client, stamp, 2)[0]["response"]["result"]["n"] == 2
    assert feed(client, "alarm", "DELETE", f"bell-{stamp}").json() == {"status": "success"}
    for event in ("READ", "UPDATE", "DELETE"):
        refused = feed(client, "alarm", event, f"bell-{stamp}", cron="* * * * *")
        told = f"could not find trigger /guest/bell-{stamp} in the database"
        assert (refused.status_code, refused.json()) == (502, {"error": {"error": told}})


def test_an_alarm_is_read_back_in_the_words_in_which_it_was_told(client: Client) -> None:
    name = f"bell-{wired(client)}"
    told = {"cron": "0 8 * * *", "timezone": "Europe/Berlin", "stopDate": "2099-01-01T00:00:00.000Z"}
    feed(client, "alarm", "CREATE", name, **told, trigger_payload={"n": 1}, unknown=1)
    read = feed(client, "alarm", "READ", name).json()
    assert read["config"] == {
        "name": name, "namespace": "guest", "payload": {"n": 1}, "strict": False, **told
    }  # fmt: skip
    assert read["status"]["active"] is True


def test_an_interval_is_read_back_with_its_beginning(client: Client) -> None:
    name = f"bell-{wired(client)}"
    feed(client, "interval", "CREATE", name, minutes="5")
    config = feed(client, "interval", "READ", name).json()["config"]
    assert config["minutes"] == 5
    assert abs(config["startDate"] - time.time() * 1000) < 60_000


def test_an_update_keeps_what_it_does_not_tell(client: Client) -> None:
    """`wsk trigger update T -p cron …` tells the cron only."""
    name = f"bell-{wired(client)}"
    told = {"timezone": "Europe/Berlin", "startDate": "2098-01-01", "trigger_payload": {"n": 1}}
    feed(client, "alarm", "CREATE", name, cron="0 8 * * *", **told)
    before = feed(client, "alarm", "READ", name).json()["config"]
    assert feed(client, "alarm", "UPDATE", name, cron="0 9 * * *").json() == {"status": "success"}
    feed(client, "alarm", "UPDATE", name, trigger_payload={})
    after = feed(client, "alarm", "READ", name).json()["config"]
    assert after == {**before, "cron": "0 9 * * *", "payload": {}}
    refused = feed(client, "alarm", "UPDATE", name, stopDate="2097-01-01").json()
    assert refused["error"]["error"] == (
        "stopDate parameter '2097-01-01' must be greater than the startDate parameter '2098-01-01'"
    )
    nothing = feed(client, "alarm", "UPDATE", name, minutes=5).json()
    assert nothing["error"]["error"] == "no updatable parameters were specified"


def test_an_alarm_that_is_over_rings_again_after_an_update(client: Client) -> None:
    stamp = wired(client)
    ring_soon(client, f"bell-{stamp}")
    runs_of(client, stamp, 1)
    date = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    assert feed(client, "once", "UPDATE", f"bell-{stamp}", date=date).status_code == 200
    runs_of(client, stamp, 2)


def test_deleting_after_the_fire_takes_trigger_and_rules(client: Client) -> None:
    stamp = wired(client)
    ring_soon(client, f"bell-{stamp}", deleteAfterFire="rules")
    runs_of(client, stamp, 1)
    wait_until(lambda: client.get(f"/triggers/bell-{stamp}").status_code == 404)
    assert client.get(f"/rules/rule-{stamp}").status_code == 404


def test_alarms_survive_a_kill(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, Client(server) as client:
        stamp = wired(client)
        ring_soon(client, f"bell-{stamp}", seconds=3)
        server.kill()
        server.start()
        runs_of(client, stamp, 1)


@pytest.mark.parametrize(
    ("kind", "parameters", "reason"),
    [
        ("alarm", {}, "alarms trigger feed is missing the cron parameter"),
        ("alarm", {"cron": "x"}, "cron pattern 'x' is not valid"),
        ("alarm", {"cron": "* * * * *", "timezone": "Mars/Base"}, "Invalid timezone."),
        ("alarm", {"cron": "* * * * *", "timezone": ["UTC"]}, "Invalid timezone."),
        (
            "alarm",
            {"cron": "0 0 1 1 *", "stopDate": "soon"},
            "the first scheduled trigger fire is not until after the stop date",
        ),
        ("interval", {}, "interval trigger feed is missing the minutes parameter"),
        ("interval", {"minutes": 0}, "interval trigger feed is missing the minutes parameter"),
        ("interval", {"minutes": -1}, "the minutes parameter must be an integer greater than zero"),
        ("interval", {"minutes": 1.5}, "the minutes parameter must be an integer"),
        ("interval", {"minutes": "often"}, "the minutes parameter must be an integer"),
        ("once", {}, "alarms once trigger feed is missing the date parameter"),
        ("once", {"date": "yesterday"}, "date parameter 'yesterday' is not a valid Date"),
        ("once", {"date": "2020-01-01"}, "date parameter '2020-01-01' must be in the future"),
        (
            "once",
            {"date": "2099-01-01", "deleteAfterFire": "no"},
            "deleteAfterFire parameter must be one of [false, true, rules].",
        ),
        ("once", {"date": str(10**30)}, f"date parameter '{10**30}' is not a valid Date"),
        ("once", {"date": str(10**16)}, "date parameter '10000000000000000' is not a valid Date"),
        (
            "alarm",
            {"cron": "0 0 1 1 *", "startDate": "9999-12-31T00:00:00Z"},
            "startDate parameter '9999-12-31T00:00:00Z' is not a valid Date",
        ),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(
    client: Client, kind: str, parameters: dict[str, Any], reason: str
) -> None:
    """In the original's words, as `wsk` shows them."""
    if parameters.get("stopDate") == "soon":
        parameters = {**parameters, "stopDate": (time.time_ns() // 1_000_000) + 5_000}
    answer = feed(client, kind, "CREATE", f"bell-{wired(client)}", **parameters)
    assert (answer.status_code, answer.json()) == (502, {"error": {"error": reason}})


def test_an_alarm_needs_its_trigger_and_a_valid_key(client: Client) -> None:
    refused = {"error": {"error": "Trigger authentication request failed."}}
    assert feed(client, "alarm", "CREATE", "no-such-bell", cron="* * * * *").json() == refused
    told = {"lifecycleEvent": "READ", "triggerName": "/guest/x", "authKey": "wrong:key"}
    assert call(client, "alarms/alarm", **told).json() == refused
    unknown = call(client, "alarms/alarm", **{**told, "lifecycleEvent": "PAUSE"})
    assert unknown.json() == {"error": "unsupported lifecycleEvent"}


def test_the_alarm_of_a_trigger_that_is_gone_can_still_be_deleted(client: Client) -> None:
    name = f"bell-{wired(client)}"
    feed(client, "interval", "CREATE", name, minutes=5)
    client.delete(f"/triggers/{name}")
    assert feed(client, "interval", "DELETE", name).json() == {"status": "success"}


def test_a_feed_that_is_told_little_creates_an_alarm_for_the_callers_own_trigger(client: Client) -> None:
    name = f"bell-{wired(client)}"
    told = {"triggerName": name, "authKey": client.server.auth}
    assert call(client, "alarms/interval", **told, minutes=5).status_code == 200
    config = call(client, "alarms/interval", **told, lifecycleEvent="READ").json()["config"]
    assert (config["namespace"], config["name"]) == ("guest", name)
    assert call(client, "alarms/interval", **told, lifecycleEvent="DELETE").status_code == 200


@pytest.mark.parametrize("text", ['{"a": NaN}', "[" * 2000, "no JSON"])
def test_a_payload_that_is_no_json_is_handed_on_as_text(client: Client, text: str) -> None:
    stamp = wired(client)
    feed(client, "interval", "CREATE", f"bell-{stamp}", minutes=5, trigger_payload=text)
    told = feed(client, "interval", "READ", f"bell-{stamp}").json()
    assert told["config"]["payload"] == {"payload": text}
