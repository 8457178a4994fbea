"""Commands for a terminal that fire and wire."""

from __future__ import annotations

import shlex

import pytest

from runtime_app.services.commands import wiring as wiring_commands
from tests.factories import AUTH, make_namespace, make_rule, make_trigger

pytestmark = pytest.mark.django_db


def words(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


def test_curl_fires_with_the_payload_and_the_key_as_a_variable() -> None:
    namespace = make_namespace(api_host="https://host.example")
    command = words(wiring_commands.curl_fire(namespace, "it's mine", {"name": "Ada's"}))
    assert command[:5] == ["curl", "-u", "$AUTH", "-X", "POST"]
    assert command[5] == "https://host.example/api/v1/namespaces/_/triggers/it%27s%20mine"
    assert command[-1] == '{"name": "Ada\'s"}'


def test_curl_fires_with_a_header_in_clear_when_it_was_revealed() -> None:
    command = words(wiring_commands.curl_fire(make_namespace(), "upload", {}, header="Basic abc="))
    assert "Authorization: Basic abc=" in command
    assert "-u" not in command


def test_aio_fires_with_each_key_as_a_parameter() -> None:
    command = words(wiring_commands.aio_fire(make_namespace(), "upload", {"n": [1], "s": "x", "t": True}))
    assert command[3:8] == ["aio", "rt", "trigger", "fire", "upload"]
    assert command[8:] == ["-p", "n", "[1]", "-p", "s", "x", "-p", "t", "true"]


def test_what_changes_triggers_and_rules_with_aio_uses_the_namespaces_key() -> None:
    namespace = make_namespace()
    rule, trigger = make_rule(namespace), make_trigger(namespace)
    for command in (
        wiring_commands.aio_create_rule(namespace, rule),
        wiring_commands.aio_switch_rule(namespace, rule),
        wiring_commands.aio_create_trigger(namespace, trigger),
    ):
        assert command.startswith("USE_RUNTIME_AUTH=1 AIO_RUNTIME_NAMESPACE=")
        assert AUTH not in command


def test_a_trigger_with_an_alarm_is_created_with_its_feed() -> None:
    told = {"cron": "0 8 * * 1", "trigger_payload": {"a": 1}}
    trigger = make_trigger(make_namespace(), feed="/whisk.system/alarms/alarm", feed_parameters=told)
    command = words(wiring_commands.aio_create_trigger(trigger.namespace, trigger))
    assert command[7:10] == ["--feed", "/whisk.system/alarms/alarm", "-p"]
    assert command[10:12] == ["cron", "0 8 * * 1"]
    assert '{"a": 1}' in command


def test_a_rule_is_created_between_qualified_ends_and_switched_to_what_it_is_not() -> None:
    rule = make_rule(make_namespace(), action_path="images/resize")
    created = words(wiring_commands.curl_create_rule(rule.namespace, rule))
    assert created[-1] == '{"trigger": "/_/upload", "action": "/_/images/resize"}'
    assert '"inactive"' in wiring_commands.curl_switch_rule(rule.namespace, rule)
    assert "rule disable" in wiring_commands.aio_switch_rule(rule.namespace, rule)
    rule.is_active = False
    assert '"active"' in wiring_commands.curl_switch_rule(rule.namespace, rule)
    assert "rule enable" in wiring_commands.aio_switch_rule(rule.namespace, rule)
