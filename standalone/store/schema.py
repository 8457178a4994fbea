"""The tables. `doc`, `summary` and `record` are JSON as clients see it; what queries need stands beside."""

from __future__ import annotations

import sqlite3

from standalone.store.counts import create_counts

SCHEMA = """
-- Actions of the default package, triggers, rules and packages share one space of names: package is ''.
CREATE TABLE IF NOT EXISTS entities (
    namespace TEXT NOT NULL,
    package TEXT NOT NULL,
    name TEXT NOT NULL,
    collection TEXT NOT NULL,
    revision INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    doc TEXT NOT NULL,
    code TEXT,
    PRIMARY KEY (namespace, package, name)
);
CREATE INDEX IF NOT EXISTS entities_listed ON entities (namespace, collection, updated DESC);

CREATE TABLE IF NOT EXISTS activations (
    activation_id TEXT NOT NULL PRIMARY KEY,
    namespace TEXT NOT NULL,
    entity TEXT NOT NULL,
    start INTEGER NOT NULL,
    summary TEXT NOT NULL,
    record TEXT NOT NULL
);
-- Read backwards, they give the newest first, of equal times the last stored first.
CREATE INDEX IF NOT EXISTS activations_by_start ON activations (namespace, start);
CREATE INDEX IF NOT EXISTS activations_by_name_and_start ON activations (namespace, entity, start);

-- Accepted and not yet recorded, with the record each gets if the server dies: what is still here at a start.
CREATE TABLE IF NOT EXISTS runs (
    activation_id TEXT NOT NULL PRIMARY KEY,
    namespace TEXT NOT NULL,
    entity TEXT NOT NULL,
    start INTEGER NOT NULL,
    summary TEXT NOT NULL,
    record TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS alarms (
    namespace TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    schedule TEXT NOT NULL,
    next INTEGER,
    PRIMARY KEY (namespace, trigger_name)
);

CREATE TABLE IF NOT EXISTS apis (
    namespace TEXT NOT NULL,
    base_path TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (namespace, base_path)
);

CREATE TABLE IF NOT EXISTS revisions (last INTEGER NOT NULL);
INSERT INTO revisions SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM revisions);
"""


TABLES = ("entities", "activation_counts", "activations", "runs", "alarms", "apis")


def create_schema(connection: sqlite3.Connection) -> None:
    connection.executescript(SCHEMA)
    create_counts(connection)


def empty_tables(connection: sqlite3.Connection) -> None:
    """Forget everything; revisions go on counting, because processes may still know old ones."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 (our own text)
