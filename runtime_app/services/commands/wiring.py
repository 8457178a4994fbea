"""Triggers and rules as commands to paste into a terminal; secrets stand there as variables."""

from __future__ import annotations

import shlex
from typing import Any

from runtime_app.models import FEED_ANNOTATION, Namespace, Rule, Trigger
from runtime_app.openwhisk.names import OWN_NAMESPACE, quote_name
from runtime_app.services.commands.shell import (
    KEY_VARIABLE,
    aio,
    as_json,
    curl_delete,
    curl_put,
    environment,
    lines,
    target,
    with_parameters,
)


def trigger_url(namespace: Namespace, name: str) -> str:
    """The trigger's address in the REST API; a POST to it fires."""
    return f"{namespace.api_host}/api/v1/namespaces/_/triggers/{quote_name(name)}"


def fire_request(namespace: Namespace, name: str, header: str) -> str:
    """The request that fires the trigger, as text, with the Authorization header in clear."""
    return f"POST {trigger_url(namespace, name)}\nAuthorization: {header}\nContent-Type: application/json"


def curl_fire(namespace: Namespace, name: str, payload: dict[str, Any], *, header: str = "") -> str:
    """`curl` that fires the trigger. Reference: OpenWhisk docs/rest_api.md, Triggers.

    `header` is an Authorization header in clear to use instead of the variable.
    """
    who = f"-H {shlex.quote(f'Authorization: {header}')}" if header else f'-u "{KEY_VARIABLE}"'
    return lines(
        f"curl {who} -X POST {shlex.quote(trigger_url(namespace, name))}",
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(as_json(payload))}",
    )


def aio_fire(namespace: Namespace, name: str, payload: dict[str, Any]) -> str:
    """`aio rt trigger fire`, which always uses the namespace's key."""
    command = f"{aio(namespace)} trigger fire {shlex.quote(name)}"
    return with_parameters(lines(environment(namespace), command), payload)


def list_commands(namespace: Namespace, *collections: str) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on a page that lists `triggers`, `rules` or both."""
    boxes = []
    for collection in collections:
        url = shlex.quote(f"{namespace.api_host}/api/v1/namespaces/_/{collection}")
        listing = lines(environment(namespace), f"{aio(namespace)} {collection.removesuffix('s')} list")
        boxes += [
            (f"List {collection} with curl", f'curl -u "{KEY_VARIABLE}" {url}', f"{collection}-curl"),
            (f"List {collection} with aio", listing, f"{collection}-aio"),
        ]
    return boxes


def aio_create_trigger(namespace: Namespace, trigger: Trigger) -> str:
    """`aio rt trigger create` that makes the trigger anew, with its feed."""
    told = trigger.feed_parameters if trigger.feed else trigger.default_parameters
    feed = f" --feed {shlex.quote(trigger.feed)}" if trigger.feed else ""
    start = f"{aio(namespace, changes=True)} trigger create {shlex.quote(trigger.name)}{feed}"
    create = with_parameters(start, told, target(namespace))
    if not (trigger.feed and trigger.default_parameters):
        return create
    # With a feed, `-p` is what the feed is told (aio-cli-plugin-runtime, trigger/create.js).
    start = f"{aio(namespace, changes=True)} trigger update {shlex.quote(trigger.name)}"
    update = with_parameters(start, trigger.default_parameters, target(namespace))
    return f"{create} &&\n{update}"


def curl_create_trigger(namespace: Namespace, trigger: Trigger, *, overwrite: bool = True) -> str:
    """`curl` that creates the trigger, or updates it if `overwrite`, and a second one that tells its feed."""
    parameters = [{"key": key, "value": value} for key, value in trigger.default_parameters.items()]
    body: dict[str, Any] = {"parameters": parameters}
    if trigger.feed:
        body["annotations"] = [{"key": FEED_ANNOTATION, "value": trigger.feed}]
    url = trigger_url(namespace, trigger.name) + ("?overwrite=true" if overwrite else "")
    create = curl_put(url, body)
    return f"{create} &&\n{curl_tell_feed(namespace, trigger)}" if trigger.feed else create


def curl_tell_feed(namespace: Namespace, trigger: Trigger, *, event: str = "CREATE") -> str:
    """`curl` that tells the trigger's feed of a life cycle event. Reference: OpenWhisk docs/feeds.md."""
    feed = trigger.feed if trigger.feed.startswith("/") else f"/{OWN_NAMESPACE}/{trigger.feed}"
    owner, *path = [quote_name(part) for part in feed.removeprefix("/").split("/")]
    message = {
        **(trigger.feed_parameters if event != "DELETE" else {}),
        "lifecycleEvent": event,
        "triggerName": f"/{namespace.name}/{trigger.name}",
        "authKey": KEY_VARIABLE,
    }
    # Single quotes would keep the shell from filling in the variable.
    body = shlex.quote(as_json(message)).replace(f'"{KEY_VARIABLE}"', f'"\'"{KEY_VARIABLE}"\'"')
    url = f"{namespace.api_host}/api/v1/namespaces/{owner}/actions/{'/'.join(path)}?blocking=true"
    return lines(
        f'curl -u "{KEY_VARIABLE}" -X POST {shlex.quote(url)}',
        "-H 'Content-Type: application/json'",
        f"-d {body}",
    )


def aio_tell_feed(namespace: Namespace, trigger: Trigger, event: str) -> str:
    """The same with `aio rt action invoke`; `trigger update` tells a feed nothing (trigger/update.js)."""
    told = trigger.feed_parameters if event != "DELETE" else {}
    message = {**told, "lifecycleEvent": event, "triggerName": f"/{namespace.name}/{trigger.name}"}
    start = f"{aio(namespace)} action invoke {shlex.quote(trigger.feed)} -b"
    return with_parameters(start, message, f'-p authKey "{KEY_VARIABLE}"', target(namespace))


def delete_commands(namespace: Namespace, trigger: Trigger) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on the page that deletes a trigger; aio stops its feed too."""
    curl = curl_delete(trigger_url(namespace, trigger.name))
    if trigger.feed:
        curl = f"{curl_tell_feed(namespace, trigger, event='DELETE')} &&\n{curl}"
    command = f"{aio(namespace, changes=True)} trigger delete {shlex.quote(trigger.name)}"
    return [
        ("Delete with curl", curl, "trigger-delete-curl"),
        ("Delete with aio", lines(command, target(namespace)), "trigger-delete-aio"),
    ]


def aio_create_rule(namespace: Namespace, rule: Rule, *, exists: bool = False) -> str:
    """`aio rt rule create` that makes the rule anew; `update` when it `exists`."""
    verb = "update" if exists else "create"
    ends = f"{shlex.quote(rule.trigger_name)} {shlex.quote(rule.action_label)}"
    return lines(
        f"{aio(namespace, changes=True)} rule {verb} {shlex.quote(rule.name)} {ends}", target(namespace)
    )


def curl_create_rule(namespace: Namespace, rule: Rule, *, overwrite: bool = True) -> str:
    """`curl` that creates the rule, or gives it these ends if `overwrite`."""
    body = {
        "trigger": f"/{OWN_NAMESPACE}/{rule.trigger_name}",
        "action": f"/{rule.action_namespace or OWN_NAMESPACE}/{rule.action_path}",
    }
    return curl_put(_rule_url(namespace, rule) + ("?overwrite=true" if overwrite else ""), body)


def curl_switch_rule(namespace: Namespace, rule: Rule) -> str:
    """`curl` that switches the rule to what it is not now."""
    body = {"status": "inactive" if rule.is_active else "active"}
    return lines(
        f'curl -u "{KEY_VARIABLE}" -X POST {shlex.quote(_rule_url(namespace, rule))}',
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(as_json(body))}",
    )


def aio_switch_rule(namespace: Namespace, rule: Rule) -> str:
    """`aio rt rule enable` or `disable`, whichever it is not now."""
    verb = "disable" if rule.is_active else "enable"
    return lines(f"{aio(namespace, changes=True)} rule {verb} {shlex.quote(rule.name)}", target(namespace))


def _rule_url(namespace: Namespace, rule: Rule) -> str:
    return f"{namespace.api_host}/api/v1/namespaces/_/rules/{quote_name(rule.name)}"
