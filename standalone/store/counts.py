"""How many activations there are: by slots of ten minutes, so that no count reads a million rows.

Triggers keep the slots in step with the table of activations, in the same commit. An empty `entity` stands
for the whole namespace.
"""

from __future__ import annotations

import sqlite3
from typing import Any

SLOT_MS = 600_000
# Beyond any time of an activation, and in whatever unit SQLite's integers can hold.
FAR_MS = 2**52
VERSION = 1

TABLE = """
CREATE TABLE IF NOT EXISTS activation_counts (
    namespace TEXT NOT NULL,
    entity TEXT NOT NULL,
    slot INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (namespace, entity, slot)
) WITHOUT ROWID;
"""
# What the statement that fires a trigger does about conflicts would hold inside it too: these have none.
TRIGGERS = f"""
CREATE TRIGGER IF NOT EXISTS activation_counted AFTER INSERT ON activations BEGIN
    INSERT INTO activation_counts SELECT new.namespace, column1, new.start / {SLOT_MS}, 0
        FROM (VALUES (''), (new.entity)) WHERE NOT EXISTS (
            SELECT 1 FROM activation_counts
            WHERE namespace = new.namespace AND entity = column1 AND slot = new.start / {SLOT_MS});
    UPDATE activation_counts SET amount = amount + 1
        WHERE namespace = new.namespace AND entity IN ('', new.entity) AND slot = new.start / {SLOT_MS};
END;
CREATE TRIGGER IF NOT EXISTS activation_uncounted AFTER DELETE ON activations BEGIN
    UPDATE activation_counts SET amount = amount - 1
        WHERE namespace = old.namespace AND entity IN ('', old.entity) AND slot = old.start / {SLOT_MS};
    DELETE FROM activation_counts WHERE amount = 0
        AND namespace = old.namespace AND entity IN ('', old.entity) AND slot = old.start / {SLOT_MS};
END;
"""  # noqa: S608 (our own number)


def create_counts(connection: sqlite3.Connection) -> None:
    """The table and its triggers; once also what a store of an earlier version holds already."""
    connection.executescript(TABLE + TRIGGERS)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < VERSION:
        connection.execute("BEGIN IMMEDIATE")
        _count_all(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")


def _count_all(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM activation_counts")
    for entity in ("entity", "''"):
        connection.execute(
            f"INSERT INTO activation_counts SELECT namespace, {entity}, start / {SLOT_MS}, count(*)"  # noqa: S608
            " FROM activations GROUP BY 1, 2, 3"
        )


def count_between(
    connection: sqlite3.Connection, namespace: str, entity: str | None, since: int | None, upto: int | None
) -> int:
    """How many started between two times (epoch ms, both inclusive).

    Whole slots, and single rows before and after them; in one statement, so that all is of the same moment.
    """
    first_ms = 0 if since is None else min(max(since, 0), FAR_MS)
    last_ms = FAR_MS if upto is None else min(max(upto, -1), FAR_MS)
    first_slot, end_slot = -(-first_ms // SLOT_MS), (last_ms + 1) // SLOT_MS
    if first_slot >= end_slot:
        first_slot = end_slot = -(-(last_ms + 1) // SLOT_MS)
    rows, key = _rows(namespace, entity)
    single = f"(SELECT count(*) FROM activations WHERE {rows})"  # noqa: S608 (our own text)
    whole = (
        "(SELECT coalesce(sum(amount), 0) FROM activation_counts"
        " WHERE namespace = ? AND entity = ? AND slot >= ? AND slot < ?)"
    )
    slots = (namespace, entity or "", first_slot, end_slot)
    before = (*key, first_ms, min(first_slot * SLOT_MS - 1, last_ms))
    after = (*key, end_slot * SLOT_MS, last_ms)
    return int(
        connection.execute(f"SELECT {whole} + {single} + {single}", (*slots, *before, *after)).fetchone()[0]
    )


def _rows(namespace: str, entity: str | None) -> tuple[str, tuple[Any, ...]]:
    if entity is None:
        return "namespace = ? AND start BETWEEN ? AND ?", (namespace,)
    return "namespace = ? AND entity = ? AND start BETWEEN ? AND ?", (namespace, entity)
