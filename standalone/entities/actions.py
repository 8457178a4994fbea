"""Actions: what a PUT makes of an old document and a body, and the forms in which clients read them.

Source: core/controller Actions.scala; merge rules also in its ActionsApiTests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from standalone.entities import parameters
from standalone.entities.action_limits import merge_limits
from standalone.entities.exec import Exec, parse_exec
from standalone.entities.versions import next_version
from standalone.errors import ApiError, malformed
from standalone.execution.invocation import now_ms
from standalone.kinds import Kinds
from standalone.limits import Limits
from standalone.names import EntityName

COLLECTION = "actions"
API_KEY_ANNOTATION = "provide-api-key"
LIST_FIELDS = ("namespace", "name", "version", "publish", "annotations", "updated", "limits")


@dataclass(frozen=True)
class ActionRules:
    """What the deployment allows and adds."""

    kinds: Kinds
    limits: Limits
    provide_api_key: bool


def merged(
    name: EntityName, old: dict[str, Any] | None, body: dict[str, Any], rules: ActionRules
) -> tuple[dict[str, Any], str | None]:
    """The document after the PUT, and the new code (None: as it was). ApiError when the body may not be."""
    executed = _new_exec(old, body, rules)
    document: dict[str, Any] = {
        "namespace": name.parent,
        "name": name.name,
        "version": next_version(old["version"] if old else None, body.get("version")),
        "publish": _publish(body, old),
        "updated": now_ms(),
        "exec": executed.document() if executed else (old or {})["exec"],
        "parameters": _parameters(old, body, rules.limits),
        "limits": merge_limits(old["limits"] if old else None, body.get("limits"), rules.limits),
        "annotations": [],
    }
    document["annotations"] = _annotations(old, body, document["exec"]["kind"], rules)
    return document, executed.code if executed else None


def _new_exec(old: dict[str, Any] | None, body: dict[str, Any], rules: ActionRules) -> Exec | None:
    if body.get("exec") is not None:
        return parse_exec(body["exec"], rules.kinds, rules.limits.code_bytes)
    if old is None:
        raise ApiError(400, "exec undefined")
    return None


def _publish(body: dict[str, Any], old: dict[str, Any] | None) -> bool:
    value = body.get("publish")
    if value is None:
        return bool(old and old["publish"])
    if not isinstance(value, bool):
        raise malformed("'publish' must be a boolean")
    return value


def _parameters(old: dict[str, Any] | None, body: dict[str, Any], limits: Limits) -> parameters.KeyValues:
    if body.get("parameters") is None:
        return old["parameters"] if old else []
    return parameters.parse(body["parameters"], "parameters", limits.payload_bytes)


def _annotations(
    old: dict[str, Any] | None, body: dict[str, Any], kind: str, rules: ActionRules
) -> parameters.KeyValues:
    given: parameters.KeyValues = []
    if body.get("annotations") is not None:
        given = parameters.parse(body["annotations"], "annotations", rules.limits.payload_bytes)
    kept = parameters.without(old["annotations"] if old else [], _deleted_keys(body))
    found = parameters.merge(kept, given)
    if old is None and parameters.get(found, API_KEY_ANNOTATION) is None:
        found = [*found, {"key": API_KEY_ANNOTATION, "value": rules.provide_api_key}]
    return parameters.merge(found, [{"key": "exec", "value": kind}])


def _deleted_keys(body: dict[str, Any]) -> set[str]:
    keys = body.get("delAnnotations") or []
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise malformed("'delAnnotations' must be a list of strings")
    return set(keys)


def with_code(document: dict[str, Any], code: str | None) -> dict[str, Any]:
    """The full form; without `code` the one of `code=false`."""
    if code is None:
        return document
    return {**document, "exec": {**document["exec"], "code": code}}


def list_item(document: dict[str, Any]) -> dict[str, Any]:
    """Lists show the kind only by the annotation `exec`."""
    return {
        **{field: document[field] for field in LIST_FIELDS},
        "exec": {"binary": document["exec"]["binary"]},
    }


def immutable_keys(document: dict[str, Any]) -> set[str]:
    """Parameters that an invocation may not set: those with a value, where the action is `final`."""
    if parameters.get(document["annotations"], "final") is not True:
        return set()
    return {item["key"] for item in document["parameters"] if item["value"] is not None}
