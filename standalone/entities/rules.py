"""Rules (core Rules.scala, WhiskRule.scala). Whether a rule is active is written in its trigger."""

from __future__ import annotations

from typing import Any

from standalone.entities.common import Document, list_item, merged_fields, merged_list
from standalone.entities.triggers import INACTIVE, rules_of
from standalone.errors import ApiError, malformed
from standalone.limits import Limits
from standalone.names import EntityName, parse_qualified

COLLECTION = "rules"
STATUSES = ("active", "inactive")
INCOMPLETE = "rule requires a valid trigger and a valid action"


def merged(name: EntityName, old: Document | None, body: Document, limits: Limits) -> Document:
    """The document after a PUT, `_` in names resolved. ApiError 400 without trigger or action."""
    ends = {end: _end(old, body, end, name.namespace) for end in ("trigger", "action")}
    return {
        **merged_fields(name, old, body),
        **ends,
        "annotations": merged_list("annotations", old, body, limits.payload_bytes),
    }


def end_name(end: dict[str, str]) -> EntityName:
    """From `{"path": "guest/pkg", "name": "a"}`."""
    namespace, _, package = end["path"].partition("/")
    return EntityName(namespace, package, end["name"])


def with_status(document: Document, trigger: Document | None) -> Document:
    """The form of GET; `trigger` is None when it was deleted."""
    link = rules_of(trigger).get(f"{document['namespace']}/{document['name']}") if trigger else None
    return {**document, "status": link["status"] if link else INACTIVE}


def rule_item(document: Document) -> Document:
    return {**list_item(document), "trigger": document["trigger"], "action": document["action"]}


def parse_status(body: Document) -> str:
    status = body.get("status")
    if status not in STATUSES:
        raise malformed(f"'status' must be one of {', '.join(STATUSES)}")
    return str(status)


def _end(old: Document | None, body: Document, end: str, namespace: str) -> dict[str, str]:
    value: Any = body.get(end)
    if value is None:
        if old is None:
            raise ApiError(400, INCOMPLETE)
        kept: dict[str, str] = old[end]
        return kept
    if isinstance(value, dict):
        value = f"/{value.get('path')}/{value.get('name')}"
    if not isinstance(value, str):
        raise malformed(f"'{end}' must be a string")
    name = parse_qualified(value, namespace)
    if end == "trigger" and name.package:
        raise malformed("'trigger' must be of the form /namespace/name")
    return {"path": name.parent, "name": name.name}
