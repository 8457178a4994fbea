"""Stores the system packages as published packages with ordinary actions."""

from __future__ import annotations

from pathlib import Path

from standalone.alarms.schedule import KINDS
from standalone.entities import actions, packages
from standalone.entities.actions import ActionRules
from standalone.entities.common import Document
from standalone.names import EntityName
from standalone.store.entities import Change, EntityStore

NAMESPACE = "whisk.system"
FOLDER = Path(__file__).parent
PUBLISHED: Document = {"publish": True}


async def install(entities: EntityStore, rules: ActionRules) -> None:
    """Create or update the packages; nothing without Node.js, in which their actions are written."""
    if "nodejs" not in rules.kinds.defaults:
        return
    for package in ("utils", "alarms"):
        await _put(entities, EntityName(NAMESPACE, "", package), packages.COLLECTION, PUBLISHED, rules)
    for source in sorted((FOLDER / "utils").glob("*.js")):
        name = EntityName(NAMESPACE, "utils", source.stem)
        await _put(entities, name, actions.COLLECTION, _action(source.read_text(), feed=False), rules)
    feed = (FOLDER / "alarms.js").read_text()
    for kind in KINDS:
        code = f"const KIND = '{kind}'\n{feed}"
        name = EntityName(NAMESPACE, "alarms", kind)
        await _put(entities, name, actions.COLLECTION, _action(code, feed=True), rules)


def _action(code: str, feed: bool) -> Document:
    annotations = [{"key": actions.API_KEY_ANNOTATION, "value": False}]
    if feed:
        annotations.append({"key": "feed", "value": True})
    executed = {"kind": "nodejs:default", "code": code}
    return {"exec": executed, "annotations": annotations, "limits": {"concurrency": 1}}


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
