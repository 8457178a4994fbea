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


class EntityStore:
    """This process is the only writer, so what it has read or written once it may remember."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: OrderedDict[EntityName, Entity] = OrderedDict()

    async def get(self, name: EntityName) -> Entity | None:
        """The entity of whatever collection, or None."""
        if name in self._cache:
            self._cache.move_to_end(name)
            return self._cache[name]
        found = await self._database.read(lambda connection: _select(connection, name))
        if found is not None and name not in self._cache:
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

    async def put(
        self,
        name: EntityName,
        collection: str,
        document: dict[str, Any],
        code: str | None,
        replaces: Entity | None,
    ) -> Entity:
        """Store a new state. `replaces` is what the caller read; RevisionConflict if it is not current.

        `code=None` with `replaces` keeps the stored code.
        """
        expected = replaces.revision if replaces else None
        revision = await self._database.write(
            lambda connection: _upsert(connection, name, collection, document, code, expected)
        )
        entity = Entity(name, collection, revision, document)
        known = self._cache.get(name)
        if known is None or known.revision < revision:
            self._remember(entity)
        return entity

    async def delete(self, entity: Entity) -> None:
        """RevisionConflict when the entity is not current any more."""
        self._cache.pop(entity.name, None)
        await self._database.write(lambda connection: _delete(connection, entity))
        self._cache.pop(entity.name, None)

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


def _upsert(
    connection: sqlite3.Connection,
    name: EntityName,
    collection: str,
    document: dict[str, Any],
    code: str | None,
    expected: int | None,
) -> int:
    _check_revision(connection, name, expected)
    (revision,) = connection.execute("UPDATE revisions SET last = last + 1 RETURNING last").fetchone()
    values = (collection, revision, document["updated"], json.dumps(document), code)
    if expected is None:
        connection.execute("INSERT INTO entities VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*_key(name), *values))
    else:
        connection.execute(
            "UPDATE entities SET collection = ?, revision = ?, updated = ?, doc = ?, code = coalesce(?, code)"
            " WHERE namespace = ? AND package = ? AND name = ?",
            (*values, *_key(name)),
        )
    return int(revision)


def _delete(connection: sqlite3.Connection, entity: Entity) -> None:
    _check_revision(connection, entity.name, entity.revision)
    connection.execute(
        "DELETE FROM entities WHERE namespace = ? AND package = ? AND name = ?", _key(entity.name)
    )


def _check_revision(connection: sqlite3.Connection, name: EntityName, expected: int | None) -> None:
    row = connection.execute(
        "SELECT revision FROM entities WHERE namespace = ? AND package = ? AND name = ?", _key(name)
    ).fetchone()
    if (row[0] if row else None) != expected:
        raise RevisionConflict(name.path)
