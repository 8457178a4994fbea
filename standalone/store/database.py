"""One SQLite file: one thread writes (many operations in one commit), a few read, the event loop never waits.

WAL without a sync at every commit: whatever was committed survives the end of the process, however it ends.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from standalone.store.schema import create_schema

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], Any]
Item = tuple[Operation, Future[Any]]
BATCH_MAXIMUM = 500
SOON_SECONDS = 0.003
READERS = 2


class Database:
    """`write` and `read` take a function of a connection and answer what it returns or raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[list[Item] | None] = queue.SimpleQueue()
        self._gathered: list[Item] = []
        self._flush_timer: asyncio.TimerHandle | None = None
        self._writer = threading.Thread(target=self._write_forever, name="store-writer", daemon=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._local = threading.local()

    def open(self) -> None:
        """Create or open the file. sqlite3.Error or OSError when it cannot be used."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect()
        create_schema(connection)
        connection.close()
        self._writer.start()

    def close(self) -> None:
        """Finish what was given to `write` and close."""
        self._flush()
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()

    async def write(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Run in the writer, after all that was given before; returns when its commit is done."""
        done = self._gather(operation)
        self._flush()
        return await asyncio.wrap_future(done)

    async def write_soon(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """As `write`, a few milliseconds later: many of these share one commit, and wake the writer once."""
        done = self._gather(operation)
        if self._flush_timer is None:
            self._flush_timer = asyncio.get_running_loop().call_later(SOON_SECONDS, self._flush)
        return await asyncio.wrap_future(done)

    def _gather(self, operation: Callable[[sqlite3.Connection], T]) -> Future[T]:
        done: Future[T] = Future()
        self._gathered.append((operation, done))
        return done

    def _flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []

    async def read(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: operation(self._reader()))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=10, cached_statements=256)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _reader(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _write_forever(self) -> None:
        connection = self._connect()
        while (first := self._queue.get()) is not None:
            batch = list(first)
            ending = False
            while len(batch) < BATCH_MAXIMUM and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    ending = True
                    break
                batch.extend(following)
            _commit(connection, batch)
            if ending:
                break
        connection.close()


def _commit(connection: sqlite3.Connection, batch: list[tuple[Operation, Future[Any]]]) -> None:
    """Run the batch in one transaction; an operation that fails is undone alone."""
    outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        for operation, done in batch:
            outcomes.append((done, *_attempt(connection, operation)))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        outcomes = [(done, None, error) for _, done in batch]
    for done, value, failure in outcomes:
        if not done.set_running_or_notify_cancel():
            continue
        if failure is None:
            done.set_result(value)
        else:
            done.set_exception(failure)


def _attempt(connection: sqlite3.Connection, operation: Operation) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT operation")
    try:
        value = operation(connection)
    except Exception as error:
        connection.execute("ROLLBACK TO operation")
        connection.execute("RELEASE operation")
        return None, error
    connection.execute("RELEASE operation")
    return value, None
