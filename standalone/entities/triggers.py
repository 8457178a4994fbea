"""Triggers (core Triggers.scala). A trigger knows the rules that lead from it, with their status."""

from __future__ import annotations

from typing import Any

from standalone.entities import parameters
from standalone.entities.common import Document, merged_fields, merged_list
from standalone.errors import ApiError
from standalone.limits import Limits
from standalone.names import EntityName, is_path

COLLECTION = "triggers"
ACTIVE, INACTIVE = "active", "inactive"
FEED_ANNOTATION = "feed"
BAD_FEED = "Feed name is not valid"


def merged(name: EntityName, old: Document | None, body: Document, limits: Limits) -> Document:
    """The document after a PUT; its rules stay."""
    kept = {"rules": old["rules"]} if old and "rules" in old else {}
    annotations = merged_list("annotations", old, body, limits.payload_bytes)
    if old is None:
        _check_feed(annotations)
    return {
        **merged_fields(name, old, body),
        "parameters": merged_list("parameters", old, body, limits.payload_bytes),
        "limits": {},
        "annotations": annotations,
        **kept,
    }


def _check_feed(annotations: parameters.KeyValues) -> None:
    """A new trigger may name the feed that fires it: `feed`, `ns/feed` or `ns/package/feed`."""
    for item in annotations:
        if item["key"] == FEED_ANNOTATION and not is_path(item["value"]):
            raise ApiError(400, BAD_FEED)


def rules_of(document: Document) -> dict[str, dict[str, Any]]:
    """Rule path (`guest/rule`) to `{"action": {"path", "name"}, "status"}`."""
    rules: dict[str, dict[str, Any]] = document.get("rules", {})
    return rules


def with_rule(document: Document, rule: EntityName, action: dict[str, str], status: str) -> Document:
    return {**document, "rules": {**rules_of(document), rule.path: {"action": action, "status": status}}}


def without_rule(document: Document, rule: EntityName) -> Document:
    rules = {path: link for path, link in rules_of(document).items() if path != rule.path}
    return {**document, "rules": rules}
