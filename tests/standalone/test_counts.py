"""Counting activations without reading them: the same numbers as by reading every row."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from standalone.store.counts import FAR_MS, SLOT_MS, count_between
from standalone.store.schema import SCHEMA, create_schema, empty_tables

NAMESPACES, ENTITIES = ("guest", "other"), ("a", "b", "pkg/a")
SPAN_MS = 12 * SLOT_MS
EDGES = (0, 1, SLOT_MS - 1, SLOT_MS, SLOT_MS + 1, 2 * SLOT_MS, SPAN_MS - 1, SPAN_MS, SPAN_MS + SLOT_MS)
INSERT = "INSERT INTO activations VALUES (?, ?, ?, ?, '{}', '{}')"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    create_schema(connection)
    yield connection
    connection.close()


def fill(connection: sqlite3.Connection, rows: int = 400) -> None:
    chance = random.Random(7)
    for number in range(rows):
        start = chance.choice(EDGES[:-1]) if number % 4 == 0 else chance.randrange(SPAN_MS)
        values = (str(number), chance.choice(NAMESPACES), chance.choice(ENTITIES), start)
        connection.execute(INSERT, values)


def windows() -> Iterator[tuple[int | None, int | None]]:
    chance = random.Random(8)
    times = [None, -5, 2**63 - 1, *EDGES, *(chance.randrange(SPAN_MS) for _ in range(6))]
    for since in times:
        for upto in times:
            yield since, upto


def counted_by_reading(
    connection: sqlite3.Connection, namespace: str, entity: str | None, since: int | None, upto: int | None
) -> int:
    query = "SELECT start FROM activations WHERE namespace = ? AND ? IN (entity, '')"
    starts = [row[0] for row in connection.execute(query, (namespace, entity or ""))]
    return len([1 for start in starts if (since or 0) <= start <= (FAR_MS if upto is None else upto)])


def check_all(connection: sqlite3.Connection) -> int:
    """Every window of every action; returns how many rows there are."""
    for namespace in NAMESPACES:
        for entity in (None, *ENTITIES, "never"):
            for window in windows():
                wanted = counted_by_reading(connection, namespace, entity, *window)
                assert count_between(connection, namespace, entity, *window) == wanted, (entity, window)
    return sum(count_between(connection, namespace, None, None, None) for namespace in NAMESPACES)


def test_every_window_is_counted_as_by_reading(store: sqlite3.Connection) -> None:
    fill(store)
    assert check_all(store) == 400


def test_what_is_deleted_or_was_there_already_does_not_count(store: sqlite3.Connection) -> None:
    fill(store)
    store.execute("DELETE FROM activations WHERE start < ?", (3 * SLOT_MS,))
    store.execute("DELETE FROM activations WHERE entity = 'b'")
    left = check_all(store)
    assert 0 < left < 400
    store.execute("INSERT OR IGNORE INTO activations SELECT * FROM activations")
    store.execute("INSERT OR IGNORE INTO activations VALUES ('new', 'guest', 'a', 5, '{}', '{}')")
    assert check_all(store) == left + 1
    empty_tables(store)
    assert check_all(store) == 0
    assert store.execute("SELECT count(*) FROM activation_counts").fetchone() == (0,)


def test_what_is_rolled_back_does_not_count(store: sqlite3.Connection) -> None:
    store.execute("BEGIN")
    fill(store)
    store.execute("ROLLBACK")
    assert check_all(store) == 0


def test_a_store_from_before_there_were_counts_is_counted_once(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.sqlite3", isolation_level=None)
    connection.executescript(SCHEMA)
    fill(connection)
    for _ in range(2):
        create_schema(connection)
        assert check_all(connection) == 400
    connection.close()


def test_a_count_reads_slots_and_not_rows(store: sqlite3.Connection) -> None:
    """A row that no trigger has seen is missing from the count: it is inside whole slots."""
    fill(store)
    store.execute("DROP TRIGGER activation_counted")
    store.execute(INSERT, ("unseen", "guest", "a", 5 * SLOT_MS + 1))
    assert count_between(store, "guest", None, None, None) == (
        counted_by_reading(store, "guest", None, None, None) - 1
    )
