"""What a page costs in a thread of its own, as web processes run it: with PostgreSQL's pool, and without.

    python -m bench.connections [--calls 200]

Each call goes through the whole of Django in a new thread, without a network. The server listens on a socket
and asks for no password, so what a connection costs is the least that it can.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.databases import database_name, prepared, run_on_each
from bench.figures import machine, percentile, table

PAGES = {"dashboard": "/n/pool/", "history": "/n/pool/activations/", "actions": "/n/pool/actions/"}
WARM_UP = 10


def ms_of(client: Any, path: str) -> float:
    """Milliseconds of one call in a thread that nobody used before."""
    from django.db import connections

    def call() -> float:
        began = time.perf_counter()
        answer = client.get(path)
        # The test client keeps what the end of a request closes.
        connections.close_all()
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        return (time.perf_counter() - began) * 1000

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()


def leave_pool() -> None:
    """Let connections be made anew from now on."""
    from django.db import connection, connections

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    del connections.settings["default"]["OPTIONS"]["pool"]


def measure(calls: int) -> None:
    from django.test import Client

    from tests.factories import make_namespace, make_user

    client, rows = Client(), []
    make_namespace(slug="pool", name="pool")
    client.force_login(make_user("alice", is_superuser=True), "django.contrib.auth.backends.ModelBackend")
    for label, prepare in (("pool", None), ("a connection each", leave_pool)):
        if prepare:
            prepare()
        for name, path in PAGES.items():
            times = [ms_of(client, path) for _ in range(WARM_UP + calls)][WARM_UP:]
            rows.append([label, name, percentile(times, 0.5), percentile(times, 0.95)])
    print(table([database_name(), "page", "p50 ms", "p95 ms"], rows))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=200)
    arguments = parser.parse_args()
    if database_name():
        with prepared():
            measure(arguments.calls)
        return 0
    print(f"{arguments.calls} calls. {machine()}\n", flush=True)
    return run_on_each("bench.connections", sys.argv[1:], only="PostgreSQL")


if __name__ == "__main__":
    sys.exit(main())
