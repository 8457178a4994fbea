"""Server time of history pages, filters and searches on a large table, against Django's admin on the same.

    python -m bench.history [--rows 1000000]

Each page is asked for through the whole of Django (middleware, templates), signed in, without a network. The
smaller table is measured first and then grown.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from typing import Any

from bench.databases import database_name, prepared, run_on_each
from bench.figures import machine, percentile, table

SMALL = 10_000
BATCH_ROWS = 50_000
CALLS = 20
STATUSES = ("success",) * 8 + ("application_error", "timed_out")
PAGES = {
    "first page": "/n/big/activations/",
    "status": "/n/big/activations/?status=timed_out",
    "action": "/n/big/activations/?action=action-7",
    "status and action": "/n/big/activations/?status=application_error&action=action-7",
    "last 24 h": "/n/big/activations/?when=24h",
    "dashboard": "/n/big/",
    "actions": "/n/big/actions/",
    "Django admin": "/admin/runtime_app/activation/",
    "Django admin, status": "/admin/runtime_app/activation/?status=timed_out",
}


def fill(namespace: Any, person: Any, rows: int, already: int) -> None:
    """Rows with ids from `already` on, two seconds apart, the newest now."""
    from datetime import timedelta

    from django.utils import timezone

    from runtime_app.models import Activation

    now = timezone.now()
    for start in range(already, rows, BATCH_ROWS):
        Activation.objects.bulk_create(
            [
                Activation(
                    namespace=namespace,
                    activation_id=f"{number:032x}",
                    action_path=f"action-{number % 40}",
                    kind="nodejs:20",
                    version="0.0.1",
                    status=STATUSES[number % len(STATUSES)],
                    summary=f"n: {number}",
                    launched_by=person if number % 3 else None,
                    listed_at=now - timedelta(seconds=2 * (rows - number)),
                    started_at=now - timedelta(seconds=2 * (rows - number)),
                    ended_at=now - timedelta(seconds=2 * (rows - number) - 1),
                    duration_ms=1_000 + number % 500,
                    wait_ms=20,
                )
                for number in range(start, min(rows, start + BATCH_ROWS))
            ],
            batch_size=1_000,
        )


def server_ms(client: Any, path: str) -> float:
    """The 95th percentile of `CALLS` calls, in milliseconds."""
    times = []
    for _ in range(CALLS + 1):
        began = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    return percentile(times[1:], 0.95)


def measure(rows: int) -> None:
    from django.db import connection
    from django.test import Client

    from tests.factories import make_namespace, make_user

    logging.disable(logging.WARNING)
    person = make_user("alice", is_superuser=True, is_staff=True)
    namespace = make_namespace(slug="big", name="big")
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    columns = []
    for already, size in ((0, SMALL), (SMALL, rows)):
        fill(namespace, person, size, already)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        columns.append([server_ms(client, path) for path in PAGES.values()])
    lines = [
        [name, small, large, large / small]
        for name, small, large in zip(PAGES, columns[0], columns[1], strict=True)
    ]
    header = [database_name(), f"{SMALL} rows, p95 ms", f"{rows} rows, p95 ms", "ratio"]
    print(table(header, lines), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    if database_name():
        with prepared():
            measure(arguments.rows)
        return 0
    print(f"{machine()}\n", flush=True)
    return run_on_each("bench.history", sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
