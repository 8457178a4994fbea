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
    assert answer.json()["status"]["active"] is True, answer.text
    run = runs_of(client, stamp, 1)[0]
    assert run["response"]["result"] == {"n": 1, "__ow_headers": {}}
    assert annotation(run, "path") == f"guest/rung-{stamp}"
    status = feed(client, "once", "READ", f"bell-{stamp}").json()["status"]
    assert status == {"active": False, "next": None}


def test_cron_fires_again_and_again_until_deleted(client: Client) -> None:
    stamp = wired(client)
    feed(client, "alarm", "CREATE", f"bell-{stamp}", cron="* * * * * *", trigger_payload='{"n": 2}')
    assert runs_of(client, stamp, 2)[0]["response"]["result"]["n"] == 2
    assert feed(client, "alarm", "DELETE", f"bell-{stamp}").status_code == 200
    assert feed(client, "alarm", "READ", f"bell-{stamp}").status_code == 502


def test_an_interval_can_be_read_back(client: Client) -> None:
    stamp = wired(client)
    answer = feed(client, "interval", "CREATE", f"bell-{stamp}", minutes=5).json()
    assert answer["config"]["minutes"] == 5
    assert abs(answer["status"]["next"] - (time.time() + 300) * 1000) < 60_000


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
        ("alarm", {}, "cron trigger feed is missing the cron parameter"),
        ("alarm", {"cron": "x"}, "cron pattern 'x' is not valid"),
        ("alarm", {"cron": "* * * * *", "timezone": "Mars/Base"}, "timezone 'Mars/Base' is not known"),
        ("interval", {}, "interval trigger feed is missing the minutes parameter"),
        ("interval", {"minutes": 0}, "the minutes parameter must be an integer"),
        ("once", {}, "trigger feed is missing the date parameter"),
        ("once", {"date": "yesterday"}, "date parameter 'yesterday' is not a valid Date"),
        ("once", {"date": "2020-01-01T00:00:00Z"}, "must be in the future"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(
    client: Client, kind: str, parameters: dict[str, Any], reason: str
) -> None:
    stamp = wired(client)
    answer = feed(client, kind, "CREATE", f"bell-{stamp}", **parameters)
    assert answer.status_code == 502
    assert answer.json()["error"]["statusCode"] == 400
    assert reason in answer.json()["error"]["message"]


def test_an_alarm_needs_its_trigger_and_a_valid_key(client: Client) -> None:
    missing = feed(client, "alarm", "CREATE", "no-such-bell", cron="* * * * *").json()
    assert missing["error"]["statusCode"] == 404
    told = {"lifecycleEvent": "READ", "triggerName": "/guest/x", "authKey": "wrong:key"}
    assert call(client, "alarms/alarm", **told).json()["error"]["statusCode"] == 401


def test_a_feed_that_is_told_little_creates_an_alarm_for_the_callers_own_trigger(client: Client) -> None:
    name = f"bell-{wired(client)}"
    told = {"triggerName": name, "authKey": client.server.auth}
    created = call(client, "alarms/interval", **told, minutes=5).json()
    assert (created["config"]["namespace"], created["config"]["name"]) == ("guest", name)
    assert call(client, "alarms/interval", **told, lifecycleEvent="READ").json() == created
    assert call(client, "alarms/interval", **told, lifecycleEvent="DELETE").status_code == 200
