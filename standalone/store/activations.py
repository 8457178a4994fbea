"""Activation records, and the journal of runs that have none yet."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from standalone.json_text import dumps
from standalone.store.counts import count_between
from standalone.store.database import Database

DELETED_AT_ONCE = 500
NEWEST_FIRST = "ORDER BY start DESC, rowid DESC"


@dataclass(frozen=True)
class StoredActivation:
    """A record with what queries need. `entity` is `name` or `package/name`, as in the parameter `name`."""

    activation_id: str
    namespace: str
    entity: str
    start: int
    summary: dict[str, Any]
    record: dict[str, Any]


@dataclass(frozen=True)
class ActivationFilter:
    """What a list asks for. `since` and `upto` are inclusive, in epoch milliseconds.

    `ended_by` leaves out what ended later; no index helps it.
    """

    namespace: str
    entity: str | None = None
    since: int | None = None
    upto: int | None = None
    ended_by: int | None = None


class ActivationStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, activation: StoredActivation) -> None:
        """Store the record and take its run off the journal, in one commit."""
        await self._database.write_soon(lambda connection: _insert(connection, activation))

    async def drop(self, activation: StoredActivation) -> None:
        """Take its run off the journal and store nothing."""
        await self._database.write_soon(lambda connection: _unnote(connection, activation.activation_id))

    async def forget_before(self, namespace: str, start_ms: int) -> int:
        """Delete what started earlier, a little at a time; returns how many."""
        total = 0
        while deleted := await self._database.write(lambda c: _delete_some(c, namespace, start_ms)):
            total += deleted
        return total

    async def get(self, namespace: str, activation_id: str) -> str | None:
        """The record as JSON text, or None."""
        row = await self._database.read(
            lambda connection: connection.execute(
                "SELECT record FROM activations WHERE activation_id = ? AND namespace = ?",
                (activation_id, namespace),
            ).fetchone()
        )
        return row[0] if row else None

    async def list(self, chosen: ActivationFilter, skip: int, limit: int, full: bool) -> list[str]:
        """JSON texts, the last started first: full records or summaries."""
        where, values = _where(chosen)
        column = "record" if full else "summary"
        # Only an index is read for what is skipped.
        chosen_rows = f"SELECT rowid FROM activations WHERE {where} {NEWEST_FIRST} LIMIT ? OFFSET ?"  # noqa: S608
        query = f"SELECT {column} FROM activations WHERE rowid IN ({chosen_rows}) {NEWEST_FIRST}"  # noqa: S608
        rows = await self._database.read(
            lambda connection: connection.execute(query, (*values, limit, skip)).fetchall()
        )
        return [row[0] for row in rows]

    async def count(self, chosen: ActivationFilter) -> int:
        if chosen.ended_by is not None:
            return await self._database.read(lambda connection: _count_rows(connection, chosen))
        return await self._database.read(
            lambda connection: count_between(
                connection, chosen.namespace, chosen.entity, chosen.since, chosen.upto
            )
        )


class RunJournal:
    """Runs under way, each with the record it gets should the server die before it ends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, run: StoredActivation) -> None:
        await self._database.write(lambda connection: _note(connection, run))

    async def recover(self) -> int:
        """Turn what an earlier server left under way into records; returns how many."""
        return await self._database.write(_recover)


def _values(activation: StoredActivation) -> tuple[Any, ...]:
    return (
        activation.activation_id,
        activation.namespace,
        activation.entity,
        activation.start,
        dumps(activation.summary),
        dumps(activation.record),
    )


def _note(connection: sqlite3.Connection, run: StoredActivation) -> None:
    connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?)", _values(run))


def _insert(connection: sqlite3.Connection, activation: StoredActivation) -> None:
    connection.execute("INSERT INTO activations VALUES (?, ?, ?, ?, ?, ?)", _values(activation))
    _unnote(connection, activation.activation_id)


def _unnote(connection: sqlite3.Connection, activation_id: str) -> None:
    connection.execute("DELETE FROM runs WHERE activation_id = ?", (activation_id,))


def _delete_some(connection: sqlite3.Connection, namespace: str, start_ms: int) -> int:
    return connection.execute(
        "DELETE FROM activations WHERE rowid IN"
        " (SELECT rowid FROM activations WHERE namespace = ? AND start < ? LIMIT ?)",
        (namespace, start_ms, DELETED_AT_ONCE),
    ).rowcount


def _recover(connection: sqlite3.Connection) -> int:
    connection.execute("INSERT OR IGNORE INTO activations SELECT * FROM runs")
    return connection.execute("DELETE FROM runs").rowcount


def _count_rows(connection: sqlite3.Connection, chosen: ActivationFilter) -> int:
    where, values = _where(chosen)
    query = f"SELECT count(*) FROM activations WHERE {where}"  # noqa: S608 (our own text)
    return int(connection.execute(query, values).fetchone()[0])


def _where(chosen: ActivationFilter) -> tuple[str, tuple[Any, ...]]:
    conditions: list[tuple[str, Any]] = [("namespace = ?", chosen.namespace)]
    if chosen.entity is not None:
        conditions.append(("entity = ?", chosen.entity))
    if chosen.since is not None:
        conditions.append(("start >= ?", chosen.since))
    if chosen.upto is not None:
        conditions.append(("start <= ?", chosen.upto))
    if chosen.ended_by is not None:
        conditions.append(("coalesce(json_extract(summary, '$.end'), start) <= ?", chosen.ended_by))
    return " AND ".join(text for text, _ in conditions), tuple(value for _, value in conditions)
