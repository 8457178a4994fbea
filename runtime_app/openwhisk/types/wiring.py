"""Triggers, rules and packages as the API shows them (core WhiskTrigger, WhiskRule, WhiskPackage)."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.fields import JsonObject, ShapeError
from runtime_app.openwhisk.names import ActionPath, InvalidName
from runtime_app.openwhisk.types.actions import Parameter, parameters_from

RULE_STATUSES = ("active", "inactive")


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """One entry of a trigger's `rules` map: which action it starts, and whether it is on."""

    rule: ActionPath
    action: ActionPath
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTrigger:
    """A trigger. List items come without parameters and rules."""

    namespace: str
    name: str
    version: str
    parameters: tuple[Parameter, ...]
    annotations: JsonObject
    rules: tuple[TriggerRule, ...]
    updated_ms: int | None
    publish: bool

    @classmethod
    def from_json(cls, data: object) -> RemoteTrigger:
        trigger = fields.as_object(data)
        rules = fields.optional_object(trigger, "rules")
        return cls(
            namespace=fields.text(trigger, "namespace"),
            name=fields.text(trigger, "name"),
            version=fields.text(trigger, "version"),
            parameters=parameters_from(trigger),
            annotations=fields.annotation_map(trigger),
            rules=tuple(_trigger_rule(name, rule) for name, rule in rules.items()),
            updated_ms=fields.optional_epoch_ms(trigger, "updated"),
            publish=fields.flag(trigger, "publish"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRule:
    """A rule: `trigger` starts `action`. `status` is None in list items, which leave it out."""

    namespace: str
    name: str
    version: str
    trigger: ActionPath
    action: ActionPath
    status: str | None
    annotations: JsonObject
    updated_ms: int | None

    @classmethod
    def from_json(cls, data: object) -> RemoteRule:
        rule = fields.as_object(data)
        status = fields.optional_text(rule, "status")
        if status is not None and status not in RULE_STATUSES:
            raise ShapeError(f"“status” of a rule is {status[:80]!r}")
        return cls(
            namespace=fields.text(rule, "namespace"),
            name=fields.text(rule, "name"),
            version=fields.text(rule, "version"),
            trigger=_reference(rule.get("trigger"), "trigger"),
            action=_reference(rule.get("action"), "action"),
            status=status,
            annotations=fields.annotation_map(rule),
            updated_ms=fields.optional_epoch_ms(rule, "updated"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePackage:
    """A package. `binding` is what it stands for, `actions` its names with their versions (GET only)."""

    namespace: str
    name: str
    version: str
    parameters: tuple[Parameter, ...]
    annotations: JsonObject
    binding: ActionPath | None
    actions: dict[str, str]
    feeds: tuple[str, ...]
    updated_ms: int | None
    publish: bool

    @classmethod
    def from_json(cls, data: object) -> RemotePackage:
        package = fields.as_object(data)
        return cls(
            namespace=fields.text(package, "namespace"),
            name=fields.text(package, "name"),
            version=fields.text(package, "version"),
            parameters=parameters_from(package),
            annotations=fields.annotation_map(package),
            binding=_binding(package.get("binding")),
            actions=_versions(package, "actions"),
            feeds=_names(package, "feeds"),
            updated_ms=fields.optional_epoch_ms(package, "updated"),
            publish=fields.flag(package, "publish"),
        )


def _qualified(text: str) -> ActionPath:
    try:
        return ActionPath.parse_qualified(text)
    except InvalidName as exc:
        raise ShapeError(str(exc)) from exc


def _reference(value: object, key: str) -> ActionPath:
    """`{"path": "guest/pkg", "name": "worker"}`."""
    reference = fields.as_object(value, key)
    return _qualified(f"{fields.text(reference, 'path')}/{fields.text(reference, 'name')}")


def _trigger_rule(name: str, value: object) -> TriggerRule:
    rule = fields.as_object(value, "rules")
    action = _reference(rule.get("action"), "action")
    return TriggerRule(_qualified(name), action, fields.text(rule, "status") == "active")


def _binding(value: object) -> ActionPath | None:
    """Absent, `{}` and (in lists) `false` all mean: no binding."""
    if value is None or value is False or value == {}:
        return None
    binding = fields.as_object(value, "binding")
    return _qualified(f"{fields.text(binding, 'namespace')}/{fields.text(binding, 'name')}")


def _versions(data: JsonObject, key: str) -> dict[str, str]:
    items = [fields.as_object(item, key) for item in fields.optional_list(data, key)]
    return {fields.text(item, "name"): fields.optional_text(item, "version") or "" for item in items}


def _names(data: JsonObject, key: str) -> tuple[str, ...]:
    return tuple(fields.text(fields.as_object(item, key), "name") for item in fields.optional_list(data, key))
