"""How triggers, rules and packages upstream become rows here: the only place that writes cached ones."""

from __future__ import annotations

from typing import Any, TypeVar

from django.utils import timezone

from runtime_app.models import FEED_ANNOTATION, Namespace, Package, Rule, Trigger, one_line
from runtime_app.openwhisk import Parameter, RemotePackage, RemoteRule, RemoteTrigger

VERSION_CHARACTERS = 40
NAME_CHARACTERS = 256
FEED_CHARACTERS = 600

Row = TypeVar("Row", Trigger, Rule, Package)


def keep(model: type[Row], namespace: Namespace, name: str, values: dict[str, Any]) -> Row:
    """Store the runtime's answer to our own write; whatever was known before is out of date."""
    fresh = {**values, "vanished_at": None, "changed_outside_at": None, "synced_at": timezone.now()}
    row, _ = model.objects.update_or_create(namespace=namespace, name=name, defaults=fresh)
    return row


def take_over(
    model: type[Row], namespace: Namespace, name: str, values: dict[str, Any], seen: Row | None
) -> bool:
    """Store what a sync read. `seen` is the row as it was before the reading, None when there was none.

    False when another process wrote the row since then: it knows something newer.
    """
    fresh = {**values, "vanished_at": None, "synced_at": timezone.now()}
    if seen is None:
        return model.objects.get_or_create(namespace=namespace, name=name, defaults=fresh)[1]
    if seen.version != values["version"]:
        fresh["changed_outside_at"] = timezone.now()
    return bool(_as_seen(seen).update(**fresh))


def mark_vanished(seen: Trigger | Rule | Package) -> bool:
    """Note that it is gone upstream; the row stays. False when it was written since it was seen."""
    return bool(_as_seen(seen).filter(vanished_at=None).update(vanished_at=timezone.now()))


def note_rule_statuses(namespace: Namespace, remote: RemoteTrigger) -> list[str]:
    """Switch the trigger's rules on and off as its own map says; returns the names of those that changed.

    The trigger keeps the status of its rules (core Rules.scala): a rule that is not in its map is inactive.
    """
    active = {entry.rule.name for entry in remote.rules if entry.active}
    changed = []
    for rule in Rule.objects.filter(namespace=namespace, trigger_name=remote.name):
        if rule.is_active != (rule.name in active):
            Rule.objects.filter(pk=rule.pk).update(is_active=not rule.is_active)
            changed.append(rule.name)
    return changed


def trigger_values(remote: RemoteTrigger) -> dict[str, Any]:
    """The columns that a trigger read whole fills in."""
    feed = remote.annotations.get(FEED_ANNOTATION)
    return {
        **_shared_values(remote),
        "parameters": [_parameter(item) for item in remote.parameters],
        "feed": one_line(feed, FEED_CHARACTERS) if isinstance(feed, str) else "",
    }


def rule_values(remote: RemoteRule, namespace: Namespace) -> dict[str, Any]:
    """The columns that a rule fills in; whether it is active, only when the answer says so."""
    owner = remote.action.namespace
    values = {
        **_shared_values(remote),
        "trigger_name": remote.trigger.name,
        "action_path": remote.action.relative,
        "action_namespace": "" if owner in (None, namespace.name) else one_line(owner or "", NAME_CHARACTERS),
    }
    return values if remote.status is None else values | {"is_active": remote.status == "active"}


def package_values(remote: RemotePackage) -> dict[str, Any]:
    """The columns that a package read whole fills in."""
    binding = remote.binding
    return {
        **_shared_values(remote),
        "is_shared": remote.publish,
        "binding": f"{binding.namespace}/{binding.name}" if binding else "",
        "parameters": [_parameter(item) for item in remote.parameters],
        # Only a second request tells which of them the package behind a binding gives; see `bound_actions`.
        "inherited": None if binding else {},
    }


def _shared_values(remote: RemoteTrigger | RemoteRule | RemotePackage) -> dict[str, Any]:
    return {
        "version": one_line(remote.version, VERSION_CHARACTERS),
        "annotations": dict(remote.annotations),
        "remote_updated_ms": remote.updated_ms or 0,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    item: dict[str, Any] = {"key": parameter.key, "value": parameter.value}
    flags = {"init": parameter.init, "encrypted": parameter.encrypted}
    return item | {name: True for name, is_set in flags.items() if is_set}


def _as_seen(seen: Trigger | Rule | Package) -> Any:
    rows = type(seen).objects.filter(pk=seen.pk)
    return rows.filter(version=seen.version, remote_updated_ms=seen.remote_updated_ms)
