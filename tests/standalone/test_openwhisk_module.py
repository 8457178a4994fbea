"""The npm module `openwhisk` works with the server unchanged, method by method."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from standalone.kinds import find_node
from standalone.options import CHECKOUT
from standalone.testing import RunningServer

SCRIPT = Path(__file__).with_name("openwhisk_module.js")


@pytest.fixture(scope="module")
def seen(server: RunningServer) -> dict[str, Any]:
    command = [str(find_node()), str(SCRIPT), str(CHECKOUT / "node_modules"), server.url, server.auth]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_it_creates_updates_and_lists_actions(seen: dict[str, Any]) -> None:
    assert seen["namespaces"] == ["guest"]
    assert seen["created"]["version"] == "0.0.1"
    assert seen["created"]["exec"]["kind"].startswith("nodejs:")
    assert seen["updated"]["version"] == "0.0.2"
    assert seen["got"] == seen["updated"]
    assert seen["listed"][0]["name"] == "sdk-a"


def test_it_explains_refusals(seen: dict[str, Any]) -> None:
    assert seen["again"]["statusCode"] == 409
    assert seen["again"]["error"]["error"] == "resource already exists"
    assert seen["missing"]["statusCode"] == 404
    assert "The requested resource does not exist." in seen["missing"]["message"]
    assert seen["failed"]["statusCode"] == 502
    assert seen["failed"]["error"]["response"]["result"] == {"error": "mine"}


def test_it_invokes_and_reads_activations(seen: dict[str, Any]) -> None:
    assert seen["result"] == {"p": 1, "n": 2}
    assert seen["record"]["response"]["result"] == {"p": 1, "n": 1}
    assert seen["logs"]["logs"][0].endswith(" stdout: by sdk")
    assert seen["activationResult"] == seen["record"]["response"]
    assert seen["activations"][0]["name"] == "sdk-a"


def test_it_handles_packages(seen: dict[str, Any]) -> None:
    assert seen["packaged"]["namespace"] == "guest/sdk-p"
    assert seen["innerResult"] == {"q": 1}
    assert [action["name"] for action in seen["gotPackage"]["actions"]] == ["inner"]
    assert "sdk-p" in [package["name"] for package in seen["packages"]]


def test_it_wires_and_fires(seen: dict[str, Any]) -> None:
    assert "activationId" not in seen["unwired"]
    assert seen["rule"]["status"] == "active"
    assert json.loads(seen["triggerRecord"]["logs"][0])["success"] is True
    assert seen["disabled"][1]["status"] == "inactive"
    assert seen["enabled"][1]["status"] == "active"
    assert "sdk-r" in [rule["name"] for rule in seen["rules"]]
    assert "sdk-t" in [trigger["name"] for trigger in seen["triggers"]]


def test_it_creates_sequences_and_feeds(seen: dict[str, Any]) -> None:
    assert seen["sequence"]["exec"]["components"] == ["/guest/sdk-a", "/guest/sdk-p/inner"]
    assert seen["sequenceResult"] == {"p": 1, "q": 1, "s": 1}
    told = seen["feed"]["response"]["result"]
    assert (told["lifecycleEvent"], told["triggerName"], told["every"]) == ("CREATE", "/_/sdk-t", 5)
    assert told["authKey"]


def test_it_tells_feeds_to_read_update_and_stop(seen: dict[str, Any]) -> None:
    told = [seen[key]["response"]["result"] for key in ("feedRead", "feedUpdated", "feedDeleted")]
    assert [one["lifecycleEvent"] for one in told] == ["READ", "UPDATE", "DELETE"]
    assert told[1]["every"] == 6


def test_it_changes_what_exists(seen: dict[str, Any]) -> None:
    assert (seen["packageUpdated"]["publish"], seen["packageUpdated"]["version"]) == (True, "0.0.2")
    assert seen["gotTrigger"]["parameters"] == [{"key": "t", "value": 1}]
    assert (seen["ruleUpdated"]["version"], seen["ruleUpdated"]["status"]) == ("0.0.2", "active")


def test_it_manages_routes(seen: dict[str, Any]) -> None:
    url = seen["route"]["gwApiUrl"]
    assert url in [api["value"]["gwApiUrl"] for api in seen["routes"]["apis"]]
    assert list(seen["gotRoute"]["apis"][0]["value"]["apidoc"]["paths"]) == ["/hello"]
    assert seen["noRoutes"]["apis"] == []


def test_it_reads_the_whole_namespace(seen: dict[str, Any]) -> None:
    assert set(seen["namespace"]) == {"actions", "packages", "triggers", "rules"}
    assert "sdk-t" in [trigger["name"] for trigger in seen["namespace"]["triggers"]]


def test_every_method_it_offers_was_called(seen: dict[str, Any]) -> None:
    """But for two that refuse by themselves: packages and rules cannot be invoked."""
    assert seen["uncalled"] == ["packages.invoke", "rules.invoke"]
