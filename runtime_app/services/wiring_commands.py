"""Triggers and rules as commands to paste into a terminal; secrets stand there as variables.

`aio` sends what changes triggers and rules to Adobe's deploy service with a sign-in, unless USE_RUNTIME_AUTH
is set (aio-cli-plugin-runtime README, 8.0.0).
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from runtime_app.models import Namespace, Rule, Trigger
from runtime_app.openwhisk import ActionPath
from runtime_app.openwhisk.names import quote_name

from .command_lines import KEY_VARIABLE

OWN_KEY = "USE_RUNTIME_AUTH=1"


def trigger_url(namespace: Namespace, name: str) -> str:
    """The trigger's address in the REST API; a POST to it fires."""
    return f"{namespace.api_host}/api/v1/namespaces/_/triggers/{quote_name(name)}"


def curl_fire(namespace: Namespace, name: str, payload: dict[str, Any], *, header: str = "") -> str:
    """`curl` that fires the trigger. Reference: OpenWhisk docs/rest_api.md, Triggers.

    `header` is an Authorization header in clear to use instead of the variable.
    """
    who = f"-H {shlex.quote(f'Authorization: {header}')}" if header else f'-u "{KEY_VARIABLE}"'
    return _lines(
        f"curl {who} -X POST {shlex.quote(trigger_url(namespace, name))}",
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(_json(payload))}",
    )


def aio_fire(namespace: Namespace, name: str, payload: dict[str, Any]) -> str:
    """`aio rt trigger fire`, which always uses the namespace's key."""
    options = [f"-p {shlex.quote(key)} {shlex.quote(_argument(value))}" for key, value in payload.items()]
    return _lines(f"aio rt trigger fire {shlex.quote(name)}", *options, _target(namespace))


def aio_create_trigger(namespace: Namespace, trigger: Trigger) -> str:
    """`aio rt trigger create` that makes the trigger anew, with its feed."""
    told = trigger.feed_parameters if trigger.feed else trigger.default_parameters
    options = [f"-p {shlex.quote(key)} {shlex.quote(_argument(value))}" for key, value in told.items()]
    feed = [f"--feed {shlex.quote(trigger.feed)}"] if trigger.feed else []
    return _lines(
        f"{OWN_KEY} aio rt trigger create {shlex.quote(trigger.name)}", *feed, *options, _target(namespace)
    )


def curl_create_trigger(namespace: Namespace, trigger: Trigger) -> str:
    """`curl` that creates or updates the trigger; a feed has to be told apart from it."""
    body = {"parameters": [{"key": key, "value": value} for key, value in trigger.default_parameters.items()]}
    return _put(f"{trigger_url(namespace, trigger.name)}?overwrite=true", body)


def aio_create_rule(namespace: Namespace, rule: Rule) -> str:
    """`aio rt rule create` that makes the rule anew."""
    ends = f"{shlex.quote(rule.trigger_name)} {shlex.quote(rule.action_label)}"
    return _lines(f"{OWN_KEY} aio rt rule create {shlex.quote(rule.name)} {ends}", _target(namespace))


def curl_create_rule(namespace: Namespace, rule: Rule) -> str:
    """`curl` that creates the rule or gives it these ends."""
    body = {
        "trigger": ActionPath.parse(rule.trigger_name).qualified,
        "action": ActionPath.parse(rule.action_label).qualified,
    }
    return _put(f"{_rule_url(namespace, rule)}?overwrite=true", body)


def curl_switch_rule(namespace: Namespace, rule: Rule) -> str:
    """`curl` that switches the rule to what it is not now."""
    body = {"status": "inactive" if rule.is_active else "active"}
    return _lines(
        f'curl -u "{KEY_VARIABLE}" -X POST {shlex.quote(_rule_url(namespace, rule))}',
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(_json(body))}",
    )


def aio_switch_rule(namespace: Namespace, rule: Rule) -> str:
    """`aio rt rule enable` or `disable`, whichever it is not now."""
    verb = "disable" if rule.is_active else "enable"
    return _lines(f"{OWN_KEY} aio rt rule {verb} {shlex.quote(rule.name)}", _target(namespace))


def _rule_url(namespace: Namespace, rule: Rule) -> str:
    return f"{namespace.api_host}/api/v1/namespaces/_/rules/{quote_name(rule.name)}"


def _put(url: str, body: dict[str, Any]) -> str:
    return _lines(
        f'curl -u "{KEY_VARIABLE}" -X PUT {shlex.quote(url)}',
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(_json(body))}",
    )


def _target(namespace: Namespace) -> str:
    return f'--apihost {shlex.quote(namespace.api_host)} --auth "{KEY_VARIABLE}"'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _argument(value: object) -> str:
    """aio reads an argument as JSON where it can, and as text otherwise."""
    if not isinstance(value, str):
        return _json(value)
    try:
        json.loads(value)
    except ValueError:
        return value
    return _json(value)


def _lines(*parts: str) -> str:
    return " \\\n  ".join(parts)
