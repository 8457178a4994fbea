"""Bringing cached triggers, rules and packages up to date, against the real runtime."""

from __future__ import annotations

from typing import Any

import pytest

from runtime_app.models import Namespace, Package, Rule, Trigger
from runtime_app.openwhisk import OpenWhiskClient, Parameter
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.authoring.sync_report import SyncReport
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.wiring import sync as wiring_sync
from tests.factories import make_rule, make_trigger
from tests.upstream import NOT_FOUND, Answer, Asked, Upstream
from tests.wiring import put_action, wire_upstream


@pytest.fixture
def client(guest: Namespace) -> Any:
    with client_for(guest) as opened:
        yield opened


def test_it_stores_what_is_new(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    client.put_trigger(
        "nightly", parameters=[Parameter("size", 3)], annotations={"feed": "/whisk.system/x/y"}
    )
    client.put_package("images", parameters=[Parameter("quality", 80)])
    report = sync_namespace(guest)
    found = {"resize", "trigger upload", "trigger nightly", "rule upload-resize", "package images"}
    assert set(report.created) == found
    rule = Rule.objects.get(namespace=guest)
    assert (rule.trigger_name, rule.action_path, rule.action_namespace) == ("upload", "resize", "")
    assert rule.is_active
    nightly = Trigger.objects.get(namespace=guest, name="nightly")
    assert (nightly.default_parameters, nightly.feed) == ({"size": 3}, "/whisk.system/x/y")
    assert Package.objects.get(namespace=guest).default_parameters == {"quality": 80}


def test_a_second_sync_finds_nothing_new(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    assert str(sync_namespace(guest)) == "nothing has changed"


def test_a_rule_that_was_switched_elsewhere_is_noticed(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    client.set_rule_status("upload-resize", active=False)
    report = sync_namespace(guest)
    assert report.changed == ["rule upload-resize"]
    assert not Rule.objects.get(namespace=guest).is_active
    client.set_rule_status("upload-resize", active=True)
    sync_namespace(guest)
    assert Rule.objects.get(namespace=guest).is_active


def test_a_changed_trigger_is_marked(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    client.put_trigger("upload", parameters=[Parameter("a", 1)], overwrite=True)
    assert "trigger upload" in sync_namespace(guest).changed
    trigger = Trigger.objects.get(namespace=guest)
    assert trigger.default_parameters == {"a": 1}
    assert trigger.changed_outside_at is not None


def test_what_vanished_is_marked_and_comes_back(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    client.delete_trigger("upload")
    assert sync_namespace(guest).vanished == ["trigger upload"]
    assert Trigger.objects.get(namespace=guest).vanished_at is not None
    assert not Rule.objects.get(namespace=guest).is_active
    client.put_trigger("upload")
    assert "trigger upload" in sync_namespace(guest).returned
    assert Trigger.objects.get(namespace=guest).vanished_at is None
    # Creating the trigger again does not revive its rules (apache/openwhisk-wskdeploy#795).
    assert not Rule.objects.get(namespace=guest).is_active


def test_a_name_that_became_an_action_has_vanished_as_a_trigger(
    guest: Namespace, client: OpenWhiskClient
) -> None:
    client.put_trigger("resize")
    sync_namespace(guest)
    client.delete_trigger("resize")
    put_action(client, "resize")
    assert sync_namespace(guest).vanished == ["trigger resize"]


def test_a_runtime_without_wiring_has_none(namespace: Namespace, upstream: Upstream) -> None:
    def script(asked: Asked) -> Answer:
        return Answer(200, []) if asked.path.endswith("/actions") else NOT_FOUND

    upstream.script = script
    assert str(sync_namespace(namespace)) == "nothing has changed"


def test_unchanged_wiring_costs_three_lists_and_the_triggers_that_have_rules(
    namespace: Namespace, upstream: Upstream
) -> None:
    seen = {"version": "0.0.1", "remote_updated_ms": 5}
    for number in range(4):
        make_trigger(namespace, name=f"t{number}", **seen)
    make_rule(namespace, name="r", trigger_name="t0", action_path="a", **seen)
    item = {"namespace": "guest", "version": "0.0.1", "publish": False, "annotations": [], "updated": 5}
    ends = {"trigger": {"path": "guest", "name": "t0"}, "action": {"path": "guest", "name": "a"}}

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/triggers"):
            return Answer(200, [{**item, "name": f"t{number}"} for number in range(4)])
        if asked.path.endswith("/rules"):
            return Answer(200, [{**item, "name": "r", **ends}])
        if "/triggers/" in asked.path:
            status = {"guest/r": {"action": ends["action"], "status": "active"}}
            return Answer(200, {**item, "name": "t0", "parameters": [], "rules": status})
        return Answer(200, [])

    upstream.script = script
    with client_for(namespace) as client:
        wiring_sync.sync_wiring(namespace, client, SyncReport())
    asked = [request.path.partition("/guest/")[2] for request in upstream.asked]
    assert sorted(asked) == ["packages", "rules", "triggers", "triggers/t0"]
