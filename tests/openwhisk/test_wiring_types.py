from __future__ import annotations

from typing import Any

import pytest

from runtime_app.openwhisk import ActionPath, Parameter, RemotePackage, RemoteRule, RemoteTrigger, ShapeError
from runtime_app.openwhisk.types import TriggerRule
from tests.openwhisk import documents

WORKER = ActionPath("my-worker", "tools", "guest")


def test_a_trigger_knows_which_actions_its_rules_start() -> None:
    trigger = RemoteTrigger.from_json(documents.trigger())
    assert trigger.rules == (TriggerRule(ActionPath("async-rule", None, "guest"), WORKER, active=True),)
    assert trigger.parameters == (Parameter("a", 1),)


def test_a_trigger_of_a_list_has_no_rules_and_parameters() -> None:
    item = documents.trigger()
    del item["rules"], item["parameters"], item["limits"]
    trigger = RemoteTrigger.from_json(item)
    assert (trigger.rules, trigger.parameters) == ((), ())


def test_it_reads_a_rule() -> None:
    rule = RemoteRule.from_json(documents.rule(status="inactive"))
    assert (rule.trigger, rule.action) == (ActionPath("my-trigger", None, "guest"), WORKER)
    assert rule.status == "inactive"


def test_a_rule_of_a_list_has_no_status() -> None:
    item = documents.rule()
    del item["status"]
    assert RemoteRule.from_json(item).status is None


def test_it_reads_a_package() -> None:
    package = RemotePackage.from_json(documents.package())
    assert (package.name, package.actions, package.feeds) == (
        "tools",
        {"my-worker": package.actions["my-worker"]},
        (),
    )


@pytest.mark.parametrize("binding", [{}, False, None])
def test_no_binding_has_three_forms(binding: object) -> None:
    assert RemotePackage.from_json(documents.package(binding=binding)).binding is None


def test_a_binding_names_its_package() -> None:
    package = RemotePackage.from_json(
        documents.package(binding={"namespace": "whisk.system", "name": "alarms"})
    )
    assert package.binding == ActionPath("alarms", None, "whisk.system")


@pytest.mark.parametrize(
    "changes",
    [
        {"trigger": "my-trigger"},
        {"trigger": {"path": "guest"}},
        {"action": None},
        {"action": {"path": "guest/a/b", "name": "c"}},
        {"status": "asleep"},
        {"name": 5},
    ],
)
def test_a_rule_of_wrong_types_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        RemoteRule.from_json(documents.rule(**changes))


@pytest.mark.parametrize("rules", [[], {"guest/r": None}, {"r": {"action": {}, "status": "active"}}])
def test_a_trigger_with_strange_rules_is_refused(rules: object) -> None:
    with pytest.raises(ShapeError):
        RemoteTrigger.from_json(documents.trigger(rules=rules))


@pytest.mark.parametrize("changes", [{"binding": True}, {"binding": {"name": "x"}}, {"actions": ["a"]}])
def test_a_package_of_wrong_types_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        RemotePackage.from_json(documents.package(**changes))
