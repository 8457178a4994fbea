"""Stores the system packages as published packages with ordinary actions."""

from __future__ import annotations

import json
from pathlib import Path

from standalone.alarms.schedule import KINDS
from standalone.entities import actions, packages
from standalone.entities.actions import ActionRules
from standalone.entities.common import Document
from standalone.entities.parameters import KeyValues
from standalone.names import EntityName
from standalone.store.entities import Change, EntityStore

NAMESPACE = "whisk.system"
FOLDER = Path(__file__).parent
# What lists of parameters and summaries show (`wsk package get --summary`).
ANNOTATIONS: dict[str, Document] = json.loads((FOLDER / "annotations.json").read_text())


async def install(entities: EntityStore, rules: ActionRules) -> None:
    """Create or update the packages; nothing without Node.js, in which their actions are written."""
    if "nodejs" not in rules.kinds.defaults:
        return
    for package in ("utils", "alarms"):
        name = EntityName(NAMESPACE, "", package)
        body = {"publish": True, "annotations": _annotations(package)}
        await _put(entities, name, packages.COLLECTION, body, rules)
    for source in sorted((FOLDER / "utils").glob("*.js")):
        await _put_action(entities, "utils", source.stem, source.read_text(), rules)
    feed = (FOLDER / "alarms.js").read_text()
    for kind in KINDS:
        await _put_action(entities, "alarms", kind, f"const KIND = '{kind}'\n{feed}", rules)


def _annotations(path: str) -> KeyValues:
    return [{"key": key, "value": value} for key, value in ANNOTATIONS[path].items()]


async def _put_action(
    entities: EntityStore, package: str, action: str, code: str, rules: ActionRules
) -> None:
    no_key = {"key": actions.API_KEY_ANNOTATION, "value": False}
    body = {
        "exec": {"kind": "nodejs:default", "code": code},
        "annotations": [no_key, *_annotations(f"{package}/{action}")],
        "limits": {"concurrency": 1},
    }
    await _put(entities, EntityName(NAMESPACE, package, action), actions.COLLECTION, body, rules)


async def _put(
    entities: EntityStore, name: EntityName, collection: str, body: Document, rules: ActionRules
) -> None:
    """Leave what is there already as it is, with its version."""
    old = await entities.get(name)
    old_document = old.document if old else None
    code: str | None = None
    if collection == packages.COLLECTION:
        document = packages.merged(name, old_document, body, None, rules.limits)
    else:
        document, code = actions.merged(name, old_document, body, rules)
    if old is not None and await entities.code(old) == code and _same(old.document, document):
        return
    await entities.apply(Change(name, collection, document, replaces=old, code=code))


def _same(old: Document, new: Document) -> bool:
    changing = {"version", "updated"}
    return {k: v for k, v in old.items() if k not in changing} == {
        k: v for k, v in new.items() if k not in changing
    }
