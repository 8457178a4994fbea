"""Fields that all entities have."""

from __future__ import annotations

from typing import Any

from standalone.clock import now_ms
from standalone.entities import parameters
from standalone.entities.versions import next_version
from standalone.errors import malformed
from standalone.names import EntityName

Document = dict[str, Any]
LIST_FIELDS = ("namespace", "name", "version", "publish", "annotations", "updated")


def merged_fields(name: EntityName, old: Document | None, body: Document) -> Document:
    """Name, version, publish and time of an entity after a PUT."""
    return {
        "namespace": name.parent,
        "name": name.name,
        "version": next_version(old["version"] if old else None, body.get("version")),
        "publish": _publish(old, body),
        "updated": now_ms(),
    }


def merged_list(field: str, old: Document | None, body: Document, limit_bytes: int) -> parameters.KeyValues:
    """`parameters` or `annotations`: the body's list whole, else as before."""
    kept: parameters.KeyValues = old[field] if old else []
    if body.get(field) is None:
        return kept
    return parameters.revealed(parameters.parse(body[field], field, limit_bytes), kept)


def list_item(document: Document) -> Document:
    return {field: document[field] for field in LIST_FIELDS}


def _publish(old: Document | None, body: Document) -> bool:
    value = body.get("publish")
    if value is None:
        return bool(old and old["publish"])
    if not isinstance(value, bool):
        raise malformed("'publish' must be a boolean")
    return value
