"""Actions: what a PUT makes of an old document and a body, and the forms in which clients read them.

Source: core/controller Actions.scala; merge rules also in its ActionsApiTests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from standalone.entities import common, parameters, sequences
from standalone.entities.action_limits import merge_limits
from standalone.entities.common import Document, merged_fields, merged_list
from standalone.entities.exec import parse_exec
from standalone.errors import ApiError, malformed
from standalone.kinds import Kinds
from standalone.limits import Limits
from standalone.names import EntityName

COLLECTION = "actions"
API_KEY_ANNOTATION = "provide-api-key"


@dataclass(frozen=True)
class ActionRules:
    """What the deployment allows and adds."""

    kinds: Kinds
    limits: Limits
    provide_api_key: bool


@dataclass(frozen=True)
class NewExec:
    """What a body says to execute: its document and, for kinds that have it, code."""

    document: Document
    code: str | None


def merged(
    name: EntityName, old: Document | None, body: Document, rules: ActionRules
) -> tuple[Document, str | None]:
    """The document after the PUT, and the new code (None: as it was). ApiError when the body may not be."""
    new = _new_exec(name, old, body, rules)
    executed: Document = new.document if new else (old or {})["exec"]
    document = {
        **merged_fields(name, old, body),
        "exec": executed,
        "parameters": _parameters(old, body, executed, rules.limits),
        "limits": merge_limits(old["limits"] if old else None, body.get("limits"), rules.limits),
        "annotations": _annotations(old, body, executed["kind"], rules),
    }
    return document, new.code if new else None


def _new_exec(name: EntityName, old: Document | None, body: Document, rules: ActionRules) -> NewExec | None:
    value = body.get("exec")
    if value is None:
        if old is None:
            raise ApiError(400, "exec undefined")
        return None
    if isinstance(value, dict) and str(value.get("kind")).strip().lower() == sequences.KIND:
        components = sequences.parse_components(value.get("components"), name.namespace)
        return NewExec(sequences.exec_document(components), None)
    executed = parse_exec(value, rules.kinds, rules.limits.code_bytes)
    return NewExec(executed.document(), executed.code)


def _parameters(
    old: Document | None, body: Document, executed: Document, limits: Limits
) -> parameters.KeyValues:
    """A sequence has exactly one parameter, by which clients recognise its components."""
    if executed["kind"] == sequences.KIND:
        return [{"key": sequences.PARAMETER, "value": executed["components"]}]
    if old and old["exec"]["kind"] == sequences.KIND:
        old = None
    return merged_list("parameters", old, body, limits.payload_bytes)


def _annotations(old: Document | None, body: Document, kind: str, rules: ActionRules) -> parameters.KeyValues:
    given = merged_list("annotations", None, body, rules.limits.payload_bytes)
    kept = parameters.without(old["annotations"] if old else [], _deleted_keys(body))
    found = parameters.merge(kept, given)
    if old is None and parameters.get(found, API_KEY_ANNOTATION) is None:
        found = [*found, {"key": API_KEY_ANNOTATION, "value": rules.provide_api_key}]
    return parameters.merge(found, [{"key": "exec", "value": kind}])


def _deleted_keys(body: Document) -> set[str]:
    keys = body.get("delAnnotations") or []
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise malformed("'delAnnotations' must be a list of strings")
    return set(keys)


def with_code(document: Document, code: str | None) -> Document:
    """The full form; without `code` the one of `code=false`."""
    if code is None or document["exec"]["kind"] == sequences.KIND:
        return document
    return {**document, "exec": {**document["exec"], "code": code}}


def list_item(document: Document) -> dict[str, Any]:
    """Lists show the kind only by the annotation `exec`."""
    return {
        **common.list_item(document),
        "limits": document["limits"],
        "exec": {"binary": document["exec"].get("binary", False)},
    }
