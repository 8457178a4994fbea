"""What the forms of triggers, rules and fires accept, and how they refuse."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from runtime_app.forms.fire import FireForm
from runtime_app.forms.rules import RuleForm
from runtime_app.forms.triggers import TriggerForm
from runtime_app.models import Namespace
from runtime_app.services.wiring.feeds import Feed
from tests.factories import make_action, make_namespace, make_package, make_rule, make_trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def trigger_form(namespace: Namespace, **data: Any) -> TriggerForm:
    return TriggerForm({"name": "upload", "schedule": "", **data}, namespace=namespace)


def rule_form(namespace: Namespace, **data: Any) -> RuleForm:
    return RuleForm(data, namespace=namespace)


def fire_form(namespace: Namespace, payload: str) -> FireForm:
    data = {"payload": payload, "launch_key": str(uuid4())}
    return FireForm(data, trigger=make_trigger(namespace))


def test_a_plain_trigger_needs_only_a_name(namespace: Namespace) -> None:
    form = trigger_form(namespace)
    assert form.is_valid()
    assert (form.draft().name, form.draft().parameters, form.draft().feed) == ("upload", {}, None)


@pytest.mark.parametrize("kind", ["action", "trigger", "rule", "package"])
def test_a_name_that_anything_here_has_is_refused(namespace: Namespace, kind: str) -> None:
    makers = {"action": make_action, "trigger": make_trigger, "rule": make_rule, "package": make_package}
    field = "path" if kind == "action" else "name"
    makers[kind](namespace, **{field: "upload"})
    form = trigger_form(namespace)
    assert f"is the name of a{'n' if kind == 'action' else ''} {kind} here" in form.errors["name"][0]


def test_a_name_of_something_that_has_vanished_is_free(namespace: Namespace) -> None:
    make_trigger(namespace, vanished_at="2026-01-01T00:00:00Z")
    assert trigger_form(namespace).is_valid()


def test_a_name_that_openwhisk_refuses_is_refused_here(namespace: Namespace) -> None:
    assert "cannot be used" in trigger_form(namespace, name="a/b").errors["name"][0]


def test_an_alarm_becomes_a_feed_with_its_payload(namespace: Namespace) -> None:
    form = trigger_form(namespace, schedule="alarm", cron=" 0 8  * * 1 ", payload='{"n": 1}')
    assert form.is_valid(), form.errors
    told = {"cron": "0 8 * * 1", "trigger_payload": {"n": 1}}
    assert form.draft().feed == Feed("/whisk.system/alarms/alarm", told)


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        ({"schedule": "alarm", "cron": ""}, "cron", "Write the cron"),
        ({"schedule": "alarm", "cron": "61 * * * *"}, "cron", "out of range"),
        ({"schedule": "interval"}, "minutes", "how many minutes"),
        ({"schedule": "interval", "minutes": "x"}, "minutes", "whole number"),
        ({"schedule": "interval", "minutes": "0"}, "minutes", "One minute is the least"),
        ({"schedule": "once"}, "date", "Choose the date"),
        ({"schedule": "once", "date": "2020-01-01T08:00"}, "date", "has passed"),
        ({"schedule": "once", "date": "soon"}, "date", "Write a date and a time"),
    ],
)
def test_a_bad_schedule_is_refused_at_its_field(
    namespace: Namespace, data: dict[str, str], field: str, sentence: str
) -> None:
    form = trigger_form(namespace, **data)
    assert sentence in form.errors[field][0]


def test_a_bad_cron_does_not_matter_when_nobody_uses_it(namespace: Namespace) -> None:
    assert trigger_form(namespace, schedule="", cron="nonsense", date="2020-01-01T08:00").is_valid()


def test_a_feed_that_is_not_an_alarm_can_stay_as_it_is(namespace: Namespace) -> None:
    trigger = make_trigger(namespace, feed="/other/feed", feed_parameters={})
    unbound = TriggerForm(namespace=namespace, trigger=trigger)
    assert unbound.initial["schedule"] == "other"
    form = TriggerForm({"schedule": "other"}, namespace=namespace, trigger=trigger)
    assert form.is_valid(), form.errors
    assert form.draft().feed == Feed("/other/feed")


def test_what_an_alarm_was_told_elsewhere_is_told_again(namespace: Namespace) -> None:
    told = {
        "cron": "0 8 * * 1",
        "stopDate": "2030-01-01T00:00:00+00:00",
        "strict": True,
        "trigger_payload": {},
    }
    trigger = make_trigger(namespace, feed="/whisk.system/alarms/alarm", feed_parameters=told)
    form = TriggerForm({"schedule": "alarm", "cron": "0 9 * * 1"}, namespace=namespace, trigger=trigger)
    assert form.is_valid(), form.errors
    assert form.draft().feed == Feed("/whisk.system/alarms/alarm", {**told, "cron": "0 9 * * 1"})


def test_a_rule_between_two_that_exist_is_named_after_them(namespace: Namespace) -> None:
    make_trigger(namespace)
    make_action(namespace, path="images/resize")
    form = rule_form(namespace, trigger="upload", action="images/resize")
    assert form.is_valid(), form.errors
    draft = form.draft()
    assert (draft.name, draft.trigger_name, draft.action_path) == (
        "upload-to-resize",
        "upload",
        "images/resize",
    )
    assert not form.makes_trigger


def test_the_trigger_can_be_made_on_the_spot(namespace: Namespace) -> None:
    make_action(namespace)
    form = rule_form(namespace, trigger="", new_trigger="upload", action="resize", name="my-rule")
    assert form.is_valid(), form.errors
    assert form.makes_trigger
    assert form.draft().trigger_name == "upload"


def test_neither_an_old_nor_a_new_trigger_is_refused_at_the_field(namespace: Namespace) -> None:
    make_action(namespace)
    form = rule_form(namespace, action="resize")
    assert "Choose a trigger above" in form.errors["new_trigger"][0]
    assert list(form.errors) == ["new_trigger"]


def test_a_new_trigger_named_like_an_action_is_refused_in_a_sentence(namespace: Namespace) -> None:
    make_action(namespace)
    form = rule_form(namespace, new_trigger="resize", action="resize")
    assert form.errors["new_trigger"][0].startswith("“resize” is the name of an action here")


def test_rule_and_new_trigger_may_not_share_a_name(namespace: Namespace) -> None:
    make_action(namespace)
    form = rule_form(namespace, new_trigger="upload", action="resize", name="upload")
    assert "give the rule another" in form.errors["name"][0]


def test_an_end_that_has_vanished_meanwhile_is_refused(namespace: Namespace) -> None:
    make_trigger(namespace, vanished_at="2026-01-01T00:00:00Z")
    form = rule_form(namespace, trigger="upload", action="gone")
    assert "does not exist any more" in form.errors["trigger"][0]
    assert "does not exist any more" in form.errors["action"][0]


def test_an_action_of_another_namespace_is_written_as_a_path(namespace: Namespace) -> None:
    make_trigger(namespace)
    form = rule_form(namespace, trigger="upload", other_action="/whisk.system/utils/echo")
    assert form.is_valid(), form.errors
    assert form.draft().action_path == "/whisk.system/utils/echo"
    refused = rule_form(namespace, trigger="upload", other_action="a/b/c/d")
    assert "other_action" in refused.errors


def test_the_payload_of_a_fire_is_an_object(namespace: Namespace) -> None:
    assert fire_form(namespace, "").is_valid()
    form = fire_form(make_namespace(), "[1]")
    assert form.errors["payload"] == ['Payload is one JSON object, for example {"name": "Ada"}.']


def test_a_mistake_in_the_payload_is_named_by_line_and_column(namespace: Namespace) -> None:
    assert fire_form(namespace, '{\n  "a": }').errors["payload"][0].startswith("Line 2, column 8")


def test_a_payload_over_one_megabyte_is_refused(namespace: Namespace) -> None:
    form = fire_form(namespace, json.dumps({"a": "x" * 1024 * 1024}))
    assert "1 MB is the most" in form.errors["payload"][0]


def test_a_rule_begins_with_a_trigger_only_where_its_action_is_known(namespace: Namespace) -> None:
    assert RuleForm(namespace=namespace)["new_trigger"].value() in ("", None)
    make_action(namespace, path="images/resize")
    assert RuleForm(namespace=namespace)["new_trigger"].value() == "resize-trigger"


def test_it_says_which_parameters_the_platform_keeps_to_itself(namespace: Namespace) -> None:
    trigger = make_trigger(namespace, parameters=[{"key": "token", "value": "9f86d08", "encrypted": True}])
    form = TriggerForm(namespace=namespace, trigger=trigger)
    assert "shows token only encrypted" in str(form.fields["parameters"].help_text)
