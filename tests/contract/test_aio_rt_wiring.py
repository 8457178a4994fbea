"""Adobe's CLI (`aio rt …`, plugin 8.1.0) works with the runtime: triggers, rules, feeds, APIs, manifests."""

from __future__ import annotations

import pytest
import requests

from tests.contract.aio_shell import ANSWER_SECONDS, AioShell

MANIFEST = """\
project:
  name: laid-out
  packages:
    laid:
      actions:
        greet:
          function: hello.js
          runtime: nodejs:20
          web: 'yes'
          limits: { timeout: 120000 }
          inputs: { name: manifest }
      sequences:
        greet-twice: { actions: "greet,greet" }
      triggers:
        laid-trigger: { inputs: { name: fired } }
      rules:
        laid-rule: { trigger: laid-trigger, action: greet }
      apis:
        laid-api:
          laid-base:
            greeting:
              greet: { method: GET }
"""


@pytest.fixture(scope="module")
def worker(aio: AioShell) -> str:
    aio.ok("action", "create", "wired-worker", "hello.js", "--web", "true")
    return "wired-worker"


# trigger and rule


def test_a_fire_leads_to_the_result_of_the_rules_action(aio: AioShell, worker: str) -> None:
    aio.ok("trigger", "create", "upload", "-p", "name", "default")
    aio.ok("rule", "create", "upload-work", "upload", worker)
    fired = aio.ok("trigger", "fire", "upload").json()["activationId"]
    (line,) = aio.outcomes(fired)
    assert (line["rule"], line["action"]) == ("guest/upload-work", f"guest/{worker}")
    assert aio.record(line["activationId"])["response"]["result"] == {"hello": "default"}
    (row,) = [row for row in aio.ok("activation", "list").stdout.splitlines() if fired in row]
    assert {"trigger", "upload"} <= set(row.split())


def test_what_is_fired_wins_over_the_triggers_own_parameters(aio: AioShell, worker: str) -> None:
    aio.ok("trigger", "create", "named", "-p", "name", "default")
    aio.ok("rule", "create", "named-work", "named", worker)
    fired = aio.ok("trigger", "fire", "named", "-p", "name", "fired").json()["activationId"]
    (line,) = aio.outcomes(fired)
    assert aio.record(line["activationId"])["response"]["result"] == {"hello": "fired"}


def test_a_disabled_rule_starts_nothing_until_it_is_enabled(aio: AioShell, worker: str) -> None:
    aio.ok("trigger", "create", "switched")
    aio.ok("rule", "create", "switched-work", "switched", worker)
    aio.ok("rule", "disable", "switched-work")
    assert aio.ok("rule", "status", "switched-work").stdout.strip() == "inactive"
    assert "activationId" not in aio.ok("trigger", "fire", "switched").stdout
    aio.ok("rule", "enable", "switched-work")
    assert aio.ok("rule", "status", "switched-work").stdout.strip() == "active"
    assert "activationId" in aio.ok("trigger", "fire", "switched").json()


def test_triggers_are_listed_with_rules_updated_and_deleted(aio: AioShell, worker: str) -> None:
    aio.ok("trigger", "create", "listed", "-a", "note", "yes")
    aio.ok("rule", "create", "listed-work", "listed", worker)
    (row,) = [
        row for row in aio.ok("trigger", "list").stdout.splitlines() if row.rstrip().endswith(" listed")
    ]
    assert "1 active" in row
    aio.ok("trigger", "update", "listed", "-p", "a", "1")
    got = aio.ok("trigger", "get", "listed").json()
    assert (got["version"], got["parameters"]) == ("0.0.2", [{"key": "a", "value": "1"}])
    assert list(got["rules"]) == ["guest/listed-work"]
    aio.ok("trigger", "delete", "listed")
    assert aio("trigger", "get", "listed").code != 0
    assert aio.ok("rule", "status", "listed-work").stdout.strip() == "inactive"


def test_a_rule_is_shown_listed_pointed_elsewhere_and_deleted(aio: AioShell, worker: str) -> None:
    aio.ok("trigger", "create", "from-here")
    aio.ok("trigger", "create", "from-there")
    aio.ok("rule", "create", "moving", "from-here", worker)
    (row,) = [row for row in aio.ok("rule", "list").stdout.splitlines() if row.rstrip().endswith(" moving")]
    assert "active" in row.split()
    aio.ok("rule", "update", "moving", "from-there", worker)
    got = aio.ok("rule", "get", "moving").json()
    assert got["trigger"] == {"path": "guest", "name": "from-there"}
    aio.ok("rule", "delete", "moving")
    assert aio("rule", "get", "moving").code != 0


def test_a_rule_without_an_action_is_refused_with_the_reason(aio: AioShell) -> None:
    aio.ok("trigger", "create", "lonely")
    refused = aio("rule", "create", "lonely-rule", "lonely", "no-such-action")
    assert refused.code != 0
    assert "does not exist" in refused.stderr


def test_a_trigger_with_an_alarm_is_made_and_deleted_with_its_alarm(aio: AioShell) -> None:
    aio.ok("trigger", "create", "weekly", "--feed", "/whisk.system/alarms/alarm", "-p", "cron", "0 8 * * 1")
    got = aio.ok("trigger", "get", "weekly").json()
    assert {"key": "feed", "value": "/whisk.system/alarms/alarm"} in got["annotations"]
    aio.ok("trigger", "delete", "weekly")
    assert aio("trigger", "get", "weekly").code != 0


def test_a_trigger_whose_feed_refuses_is_not_kept(aio: AioShell) -> None:
    feed = ["--feed", "/whisk.system/alarms/alarm", "-p", "cron", "nonsense"]
    assert aio("trigger", "create", "never", *feed).code != 0
    assert aio("trigger", "get", "never").code != 0


# api


def test_an_api_is_made_listed_served_and_deleted(aio: AioShell, worker: str) -> None:
    url = aio.ok("api", "create", "/base", "/greeting", "get", worker).stdout.strip()
    assert requests.get(f"{url}?name=api", timeout=ANSWER_SECONDS).json() == {"hello": "api"}
    assert url in aio.ok("api", "list").stdout
    assert list(aio.ok("api", "get", "/base").json()["paths"]) == ["/greeting"]
    aio.ok("api", "delete", "/base")
    assert requests.get(url, timeout=ANSWER_SECONDS).status_code == 404


# deploy


def test_a_manifest_is_deployed_exported_and_undeployed(aio: AioShell) -> None:
    (aio.folder / "manifest.yml").write_text(MANIFEST)
    aio.ok("deploy", "-m", "manifest.yml")
    assert aio.ok("action", "invoke", "laid/greet-twice", "-r").json() == {"hello": "manifest"}
    fired = aio.ok("trigger", "fire", "laid-trigger").json()["activationId"]
    (line,) = aio.outcomes(fired)
    assert line["action"] == "guest/laid/greet"
    aio.ok("deploy", "undeploy", "-m", "manifest.yml")
    for kind, name in (
        ("action", "laid/greet"),
        ("package", "laid"),
        ("trigger", "laid-trigger"),
        ("rule", "laid-rule"),
    ):
        assert aio(kind, "get", name).code != 0


def test_a_project_is_kept_in_step_with_its_manifest(aio: AioShell) -> None:
    (aio.folder / "project.yml").write_text(MANIFEST.replace("laid", "synced"))
    aio.ok("deploy", "sync", "-m", "project.yml")
    aio.ok("deploy", "export", "-m", "exported.yml", "--projectname", "synced-out")
    assert "greet-twice" in (aio.folder / "exported.yml").read_text()
    aio.ok("deploy", "undeploy", "--projectname", "synced-out")
    assert aio("package", "get", "synced").code != 0
