"""What reading costs on the standalone runtime when its store holds a million activations.

    python -m bench.standalone_store [--rows 1000000] [--calls 100]

The store is filled with records as the server writes them, one a second up to now, of forty actions and one
that ran rarely. Then everything is asked for over HTTP, on one kept-alive connection, with ids and times that
are spread over the whole store.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.figures import machine, percentile, table
from bench.standalone import ECHO, Caller, store
from standalone.execution.outcome import SUCCESS, Outcome
from standalone.execution.record import base_record, summary
from standalone.json_text import dumps
from standalone.runtime import DATABASE_FILE
from standalone.settings import GUEST_NAMESPACE
from standalone.store.schema import create_schema
from standalone.testing import RunningServer

ACTIVATIONS = "/api/v1/namespaces/_/activations"
ACTIONS = 40
RARE_EVERY = 50_000
STEP_MS = 1_000
HOUR_MS = 3_600_000
MOST_MS = 20.0
LOGS = [f"2026-01-01T00:00:00.00000000{digit}Z stdout: step {digit} of 3 is done" for digit in (1, 2, 3)]
RESULT = {"statusCode": 200, "body": {"payload": "Hello from the long running job!"}}


def action_of(number: int) -> str:
    return "rare" if number % RARE_EVERY == 0 else f"action-{number % ACTIONS}"


def identity(number: int) -> str:
    """Ids are no more in order than real ones."""
    return f"{random.Random(number).getrandbits(128):032x}"


def rows(count: int, newest_ms: int) -> Iterator[tuple[Any, ...]]:
    """What the server's own insert gets for each record."""
    for number in range(count):
        start_ms = newest_ms - (count - 1 - number) * STEP_MS
        record = base_record(
            activation_id=identity(number),
            namespace=GUEST_NAMESPACE,
            subject=GUEST_NAMESPACE,
            name=action_of(number),
            version="0.0.1",
            cause=None,
            start_ms=start_ms,
            end_ms=start_ms + 500,
            duration_ms=500,
            ended=Outcome(SUCCESS, RESULT),
            logs=LOGS,
            annotations={"path": f"guest/{action_of(number)}", "kind": "nodejs:20", "timeout": False},
        )
        texts = dumps(summary(record, SUCCESS)), dumps(record)
        yield record["activationId"], GUEST_NAMESPACE, action_of(number), start_ms, *texts


def fill(folder: Path, count: int, newest_ms: int) -> float:
    """Seconds that it took; nothing is promised about a crash meanwhile."""
    began = time.monotonic()
    connection = sqlite3.connect(folder / DATABASE_FILE, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -500000")
    create_schema(connection)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO activations VALUES (?, ?, ?, ?, ?, ?)", rows(count, newest_ms))
    connection.execute("COMMIT")
    connection.close()
    return time.monotonic() - began


def questions(count: int, newest_ms: int) -> dict[str, Callable[[], str]]:
    """What is asked for, and how to make the next query for it."""
    chance = random.Random(1)
    oldest_ms = newest_ms - (count - 1) * STEP_MS

    def some() -> int:
        return chance.randrange(count)

    def moment() -> int:
        return chance.randrange(oldest_ms, newest_ms)

    def name() -> str:
        return f"name=action-{chance.randrange(ACTIONS)}"

    def window() -> str:
        since = moment()
        return f"since={since}&upto={since + HOUR_MS}"

    return {
        "one record": lambda: f"/{identity(some())}",
        "its result": lambda: f"/{identity(some())}/result",
        "an id that is not there": lambda: f"/{chance.getrandbits(128):032x}",
        "the newest 30": lambda: "",
        "the newest 200": lambda: "?limit=200",
        "the newest 200, whole": lambda: "?limit=200&docs=true",
        "200 after skipping 10,000": lambda: "?limit=200&skip=10000",
        "30 of one action": lambda: f"?{name()}",
        "all of one that ran rarely": lambda: "?name=rare",
        "of one that never ran": lambda: "?name=never",
        "200 of a certain hour": lambda: f"?limit=200&{window()}",
        "200 up to a certain time": lambda: f"?limit=200&upto={moment()}",
        "200 of one action since a certain time": lambda: f"?limit=200&{name()}&since={moment()}",
        "how many": lambda: "?count=true",
        "how many of one action": lambda: f"?count=true&{name()}",
        "how many since a certain time": lambda: f"?count=true&since={moment()}",
        "how many of one action up to a certain time": lambda: f"?count=true&{name()}&upto={moment()}",
        "how many of a certain hour": lambda: f"?count=true&{window()}",
    }


def reading_rows(server: RunningServer, count: int, newest_ms: int, calls: int) -> list[list[object]]:
    caller, found = Caller(server.port), []
    for what, query in questions(count, newest_ms).items():
        taken = [timed(caller, "GET", ACTIVATIONS + query()) for _ in range(calls)]
        found.append([what, percentile(taken, 0.5), percentile(taken, 0.95)])
    return found


def writing_row(server: RunningServer, calls: int) -> list[object]:
    path = f"{store(server, 'echo', ECHO)}?blocking=true"
    caller = Caller(server.port, path)
    taken = [timed(caller, "POST", path) for _ in range(calls)]
    return ["a blocking call, recorded", percentile(taken, 0.5), percentile(taken, 0.95)]


def timed(caller: Caller, method: str, path: str) -> float:
    """Milliseconds of one request with its answer read. RuntimeError for an answer that is none."""
    began = time.perf_counter()
    status = caller.call(method, path)
    if status not in (200, 404):
        raise RuntimeError(f"{method} {path}: {status}")
    return (time.perf_counter() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=100)
    options = parser.parse_args()
    newest_ms = int(time.time() * 1000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = fill(folder, options.rows, newest_ms)
        size = (folder / DATABASE_FILE).stat().st_size / 2**30
        with RunningServer(folder) as server:
            found = reading_rows(server, options.rows, newest_ms, options.calls)
            found.append(writing_row(server, options.calls))
    print(machine())
    print(f"{options.rows:,} activations, {size:.2f} GiB, written in {seconds:.0f} s")
    print()
    print(table(["What", "p50 (ms)", "p95 (ms)"], found))
    slow = [str(what) for what, _, p95 in found if float(p95) > MOST_MS]  # type: ignore[arg-type]
    print("\n" + (f"Over {MOST_MS:.0f} ms: {', '.join(slow)}" if slow else f"All within {MOST_MS:.0f} ms."))


if __name__ == "__main__":
    main()
