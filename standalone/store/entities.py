"""Actions, triggers, rules and packages: stored documents with a revision each."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from standalone.names import EntityName
from standalone.store.database import Database

CACHED_ENTITIES = 2000


class RevisionConflict(Exception):
    """Somebody else changed, created or deleted the entity meanwhile."""


@dataclass(frozen=True)
class Entity:
    """`document` is the JSON of the API without an action's code; never change it in place: it is cached."""

    name: EntityName
    collection: str
    revision: int
    document: dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A new `document`, or None to delete. `replaces` is what the caller read before, None for nothing.

    `code=None` keeps the stored code.
    """

    name: EntityName
    collection: str
    document: dict[str, Any] | None
    replaces: Entity | None
    code: str | None = None


class EntityStore:
    """This process is the only writer, so what it has read or written once it may remember."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: OrderedDict[EntityName, Entity] = OrderedDict()
        self._changes = 0

    async def get(self, name: EntityName) -> Entity | None:
        """The entity of whatever collection, or None."""
        if name in self._cache:
            self._cache.move_to_end(name)
            return self._cache[name]
        before = self._changes
        found = await self._database.read(lambda connection: _select(connection, name))
        # What was changed while we read may have been read as it was: then it is read again next time.
        if found is not None and self._changes == before:
            self._remember(found)
        return found

    async def code(self, entity: Entity) -> str | None:
        """The code of exactly this revision; None when it was replaced meanwhile."""
        row = await self._database.read(
            lambda connection: connection.execute(
                "SELECT code FROM entities WHERE namespace = ? AND package = ? AND name = ? AND revision = ?",
                (*_key(entity.name), entity.revision),
            ).fetchone()
        )
        return row[0] if row else None

    async def apply(self, *changes: Change) -> None:
        """Make all of the changes or, with RevisionConflict, none."""
        revisions = await self._database.write(lambda connection: [_apply(connection, c) for c in changes])
        for change, revision in zip(changes, revisions, strict=True):
            self._renew(change, revision)

    def _renew(self, change: Change, revision: int) -> None:
        """Changes may be told in another order than they were made: the newest revision stays."""
        self._changes += 1
        known = self._cache.get(change.name)
        if known is not None and known.revision > revision:
            return
        if change.document is None:
            self._cache.pop(change.name, None)
        else:
            self._remember(Entity(change.name, change.collection, revision, change.document))

    async def list(
        self, namespace: str, collection: str, skip: int, limit: int, package: str | None = None
    ) -> list[dict[str, Any]]:
        """Documents, the last changed first; of one package only when given."""
        where, values = _listed(namespace, collection, package)
        rows = await self._database.read(
            lambda connection: connection.execute(
                f"SELECT doc FROM entities WHERE {where}"  # noqa: S608 (our own text)
                " ORDER BY updated DESC, revision DESC LIMIT ? OFFSET ?",
                (*values, limit, skip),
            ).fetchall()
        )
        return [json.loads(row[0]) for row in rows]

    async def count(self, namespace: str, collection: str, package: str | None = None) -> int:
        where, values = _listed(namespace, collection, package)
        row = await self._database.read(
            lambda connection: connection.execute(
                f"SELECT count(*) FROM entities WHERE {where}",  # noqa: S608 (our own text)
                values,
            ).fetchone()
        )
        return int(row[0])

    def forget(self) -> None:
        """Remember nothing: the tables were emptied."""
        self._changes += 1
        self._cache.clear()

    def _remember(self, entity: Entity) -> None:
        self._cache[entity.name] = entity
        self._cache.move_to_end(entity.name)
        if len(self._cache) > CACHED_ENTITIES:
            self._cache.popitem(last=False)


def _key(name: EntityName) -> tuple[str, str, str]:
    return name.namespace, name.package, name.name


def _listed(namespace: str, collection: str, package: str | None) -> tuple[str, tuple[str, ...]]:
    if package is None:
        return "namespace = ? AND collection = ?", (namespace, collection)
    return "namespace = ? AND collection = ? AND package = ?", (namespace, collection, package)


def _select(connection: sqlite3.Connection, name: EntityName) -> Entity | None:
    row = connection.execute(
        "SELECT collection, revision, doc FROM entities WHERE namespace = ? AND package = ? AND name = ?",
        _key(name),
    ).fetchone()
    return Entity(name, row[0], row[1], json.loads(row[2])) if row else None


def _apply(connection: sqlite3.Connection, change: Change) -> int:
    _check_revision(connection, change.name, change.replaces.revision if change.replaces else None)
    (revision,) = connection.execute("UPDATE revisions SET last = last + 1 RETURNING last").fetchone()
    key = _key(change.name)
    if change.document is None:
        connection.execute("DELETE FROM entities WHERE namespace = ? AND package = ? AND name = ?", key)
        return int(revision)
    updated, doc = change.document["updated"], json.dumps(change.document)
    values = (change.collection, revision, updated, doc, change.code)
    if change.replaces is None:
        connection.execute("INSERT INTO entities VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*key, *values))
    else:
        connection.execute(
            "UPDATE entities SET collection = ?, revision = ?, updated = ?, doc = ?, code = coalesce(?, code)"
            " WHERE namespace = ? AND package = ? AND name = ?",
            (*values, *key),
        )
    return int(revision)


def _check_revision(connection: sqlite3.Connection, name: EntityName, expected: int | None) -> None:
    row = connection.execute(
        "SELECT revision FROM entities WHERE namespace = ? AND package = ? AND name = ?", _key(name)
    ).fetchone()
    if (row[0] if row else None) != expected:
        raise RevisionConflict(name.path)
