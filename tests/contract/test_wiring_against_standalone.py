"""The client and the standalone runtime must mean the same: triggers, rules, fires, packages and feeds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runtime_app.openwhisk import (
    ActionSpec,
    Conflict,
    Forbidden,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
    RuleOutcome,
)
from standalone.settings import GUEST_AUTH
from tests.contract.rules import Rules
from tests.contract.samples import ECHO, node, record_of


@pytest.fixture(autouse=True)
def nothing_wired(client: OpenWhiskClient) -> Iterator[None]:
    yield
    for rule in list(client.iter_rules()):
        client.delete_rule(rule.name)
    for trigger in list(client.iter_triggers()):
        client.delete_trigger(trigger.name)
    for package in list(client.iter_packages()):
        client.delete_package(package.name, force=True)


def wire(client: OpenWhiskClient) -> None:
    client.put_action("echo-wired", node(ECHO), overwrite=True)
    client.put_trigger("upload", parameters=[Parameter("size", 1), Parameter("by", "default")])
    client.put_rule("upload-echo", trigger="upload", action="echo-wired")


def test_a_trigger_comes_back_as_it_was_put(client: OpenWhiskClient) -> None:
    put = client.put_trigger("upload", parameters=[Parameter("size", 1)], annotations={"feed": "/a/b"})
    got = client.get_trigger("upload")
    assert got == put
    assert (got.name, got.version, got.namespace) == ("upload", "0.0.1", "guest")
    assert (got.parameters, got.annotations["feed"], got.rules) == ((Parameter("size", 1),), "/a/b", ())
    assert got.updated_ms is not None
    with pytest.raises(Conflict):
        client.put_trigger("upload")
    changed = client.put_trigger("upload", parameters=[], overwrite=True)
    assert (changed.version, changed.parameters, changed.annotations["feed"]) == ("0.0.2", (), "/a/b")


def test_lists_hold_every_trigger_and_rule_once(client: OpenWhiskClient, rules: Rules) -> None:
    wire(client)
    names = {f"t{number}" for number in range(rules.page + 2)}
    for name in names:
        client.put_trigger(name)
        client.put_rule(f"rule-{name}", trigger=name, action="echo-wired")
    assert sorted(item.name for item in client.iter_triggers()) == sorted({*names, "upload"})
    listed = list(client.iter_rules())
    assert len(listed) == len({rule.name for rule in listed}) == rules.page + 3
    assert {rule.status for rule in listed} == {None}


def test_a_rule_is_active_at_once_and_its_trigger_keeps_the_status(client: OpenWhiskClient) -> None:
    wire(client)
    rule = client.get_rule("upload-echo")
    assert (rule.status, rule.trigger.name, rule.action.relative) == ("active", "upload", "echo-wired")
    client.set_rule_status("upload-echo", active=False)
    assert client.get_rule("upload-echo").status == "inactive"
    (kept,) = client.get_trigger("upload").rules
    assert (kept.rule.name, kept.action.relative, kept.active) == ("upload-echo", "echo-wired", False)
    client.put_trigger("other")
    moved = client.put_rule("upload-echo", trigger="other", action="echo-wired", overwrite=True)
    assert (moved.trigger.name, moved.status) == ("other", "inactive")
    assert client.get_trigger("upload").rules == ()


def test_a_rule_needs_both_ends(client: OpenWhiskClient) -> None:
    client.put_trigger("upload")
    with pytest.raises(Rejected, match=r"action .* does not exist"):
        client.put_rule("r", trigger="upload", action="no-such-action")
    with pytest.raises(Rejected, match=r"trigger .* does not exist"):
        client.put_rule("r", trigger="no-such-trigger", action="echo-wired")


def test_an_orphan_rule_reads_inactive_and_cannot_be_enabled(client: OpenWhiskClient) -> None:
    wire(client)
    client.delete_trigger("upload")
    assert client.get_rule("upload-echo").status == "inactive"
    with pytest.raises(NotFound):
        client.set_rule_status("upload-echo", active=True)
    client.put_trigger("upload")
    assert client.get_rule("upload-echo").status == "inactive"


def test_names_are_shared_by_all_collections(client: OpenWhiskClient) -> None:
    wire(client)
    with pytest.raises(Conflict):
        client.put_trigger("echo-wired")
    with pytest.raises(Conflict):
        client.put_rule("upload", trigger="upload", action="echo-wired")
    with pytest.raises(Conflict):
        client.put_package("upload")
    with pytest.raises(Conflict):
        client.get_trigger("echo-wired")


def test_a_fire_leads_to_the_actions_record(client: OpenWhiskClient) -> None:
    wire(client)
    receipt = client.fire_trigger("upload", {"size": 3})
    assert receipt.activation_id is not None
    fire = record_of(client, receipt.activation_id)
    assert (fire.is_trigger, fire.kind, fire.end_ms, fire.duration_ms) == (True, None, None, None)
    assert (fire.name, fire.result, fire.success) == ("upload", {"size": 3}, True)
    (outcome,) = (RuleOutcome.from_log_line(line) for line in fire.logs)
    assert (outcome.rule, outcome.action, outcome.success) == ("guest/upload-echo", "guest/echo-wired", True)
    started = record_of(client, outcome.activation_id or "")
    echoed = started.result["echo"]  # type: ignore[index]
    assert (echoed["size"], echoed["by"]) == (3, "default")
    assert started.cause is None


def test_a_fire_without_an_active_rule_has_no_id(client: OpenWhiskClient) -> None:
    wire(client)
    client.set_rule_status("upload-echo", active=False)
    assert client.fire_trigger("upload").activation_id is None


def test_rules_that_start_nothing_say_why(client: OpenWhiskClient) -> None:
    wire(client)
    client.put_action("soon-gone", node(ECHO), overwrite=True)
    client.put_rule("to-gone", trigger="upload", action="soon-gone")
    client.put_rule("to-quiet", trigger="upload", action="echo-wired")
    client.set_rule_status("to-quiet", active=False)
    client.delete_action("soon-gone")
    fire = record_of(client, client.fire_trigger("upload").activation_id or "")
    said = {outcome.rule: outcome for outcome in map(RuleOutcome.from_log_line, fire.logs)}
    assert said["guest/to-gone"].error == "The requested resource does not exist."
    assert "is inactive" in (said["guest/to-quiet"].error or "")
    assert [outcome.success for outcome in said.values()].count(True) == 1


def test_a_payload_over_one_megabyte_is_refused(client: OpenWhiskClient) -> None:
    wire(client)
    with pytest.raises(Rejected, match="larger than allowed"):
        client.fire_trigger("upload", {"a": "x" * 1024 * 1024})


def test_a_sequence_names_its_components_and_they_name_it(client: OpenWhiskClient) -> None:
    client.put_action("echo-wired", node(ECHO), overwrite=True)
    parts = ("/_/echo-wired", "/_/echo-wired")
    client.put_action("pair", ActionSpec(kind="sequence", components=parts), overwrite=True)
    record = record_of(client, client.invoke("pair", {"a": 1}).activation_id)
    assert (record.kind, len(record.logs)) == ("sequence", 2)
    components = [record_of(client, activation_id) for activation_id in record.logs]
    assert {component.cause for component in components} == {record.activation_id}
    client.delete_action("pair")


def test_a_package_comes_back_as_it_was_put(client: OpenWhiskClient, rules: Rules) -> None:
    client.put_package("images", parameters=[Parameter("quality", 80)], publish=True)
    client.put_action("images/echo", node(ECHO))
    got = client.get_package("images")
    assert (got.publish, got.binding) == (True, None)
    assert rules.comes_back([Parameter("quality", 80)], got.parameters)
    assert [item.name for item in client.iter_packages()] == ["images"]
    with pytest.raises(Conflict):
        client.delete_package("images")
    client.delete_package("images", force=True)
    with pytest.raises(NotFound):
        client.get_package("images")


def test_an_alarm_is_told_read_and_stopped_by_life_cycle_events(client: OpenWhiskClient) -> None:
    client.put_trigger("nightly", annotations={"feed": "/whisk.system/alarms/alarm"})
    told = {"triggerName": "/guest/nightly", "authKey": GUEST_AUTH}

    def tell(event: str, **parameters: object) -> object:
        body = {**told, "lifecycleEvent": event, **parameters}
        receipt = client.invoke("/whisk.system/alarms/alarm", body, blocking=True)
        assert receipt.record is not None
        return receipt.record.result if receipt.record.success else receipt.record.status

    assert tell("CREATE", cron="nonsense") == "application error"
    tell("CREATE", cron="0 8 * * 1", trigger_payload={"a": 1})
    config = tell("READ")["config"]  # type: ignore[index]
    assert (config["cron"], config["payload"]) == ("0 8 * * 1", {"a": 1})
    tell("DELETE")
    assert tell("READ") == "application error"


def test_a_feed_of_a_namespace_that_is_not_ours_is_forbidden_or_missing(client: OpenWhiskClient) -> None:
    with pytest.raises((Forbidden, NotFound)):
        client.invoke("/whisk.system/nothing/here", {}, blocking=True)
