"""Packages and bindings (core Packages.scala, WhiskPackage.scala)."""

from __future__ import annotations

from typing import Any

from standalone.entities import parameters
from standalone.entities.common import Document, list_item, merged_fields, merged_list
from standalone.errors import ApiError, malformed
from standalone.limits import Limits
from standalone.names import EntityName, check_name

COLLECTION = "packages"
RESERVED_NAMES = frozenset({"default"})
BINDING_ANNOTATION = "binding"
IS_A_PACKAGE = "Resource is a package and cannot be converted into a binding."


def merged(
    name: EntityName, old: Document | None, body: Document, target: EntityName | None, limits: Limits
) -> Document:
    """The document after a PUT. `target` is the package that the body binds to, already looked up."""
    if old is not None and target is not None and not old["binding"]:
        raise ApiError(409, IS_A_PACKAGE)
    binding = _binding_document(target) if target else (old["binding"] if old else {})
    annotations = merged_list("annotations", old, body, limits.payload_bytes)
    annotations = parameters.without(annotations, {BINDING_ANNOTATION})
    if binding:
        annotations = [*annotations, {"key": BINDING_ANNOTATION, "value": binding}]
    return {
        **merged_fields(name, old, body),
        "binding": binding,
        "parameters": merged_list("parameters", old, body, limits.payload_bytes),
        "annotations": annotations,
    }


def parse_binding(body: Document, namespace: str) -> EntityName | None:
    """The package that a PUT body wants to bind to; `_` is the caller's `namespace`."""
    value = body.get("binding")
    if value is None or value == {}:
        return None
    if not isinstance(value, dict) or not all(isinstance(value.get(k), str) for k in ("namespace", "name")):
        raise malformed("binding malformed!")
    owner = namespace if value["namespace"] == "_" else value["namespace"]
    return EntityName(check_name(owner), "", check_name(value["name"]))


def binding_target(document: Document) -> EntityName | None:
    binding = document["binding"]
    return EntityName(binding["namespace"], "", binding["name"]) if binding else None


def with_contents(document: Document, contents: list[Document]) -> Document:
    """The form of GET: the package's actions, those that are feeds apart."""
    feeds = [action for action in contents if is_feed(action)]
    plain = [action for action in contents if not is_feed(action)]
    return {**document, "actions": [_content(a) for a in plain], "feeds": [_content(a) for a in feeds]}


def package_item(document: Document) -> Document:
    return {**list_item(document), "binding": document["binding"] or False}


def is_feed(action: Document) -> bool:
    return parameters.get(action["annotations"], "feed") is True


def _content(action: Document) -> dict[str, Any]:
    return {field: action[field] for field in ("name", "version", "annotations")}


def _binding_document(target: EntityName) -> dict[str, str]:
    return {"namespace": target.namespace, "name": target.name}
