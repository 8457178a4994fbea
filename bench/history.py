"""Server time of history pages, filters and searches on a large table, against Django's admin on the same.

    python -m bench.history [--rows 1000000] [--on PostgreSQL]

Each page is asked for through the whole of Django (middleware, templates), signed in, without a network. The
smaller table is measured first and then grown.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.databases import add_choice, database_name, prepared, run_on_each
from bench.figures import machine, percentile, table

SMALL = 10_000
BATCH_ROWS = 10_000
CALLS = 20
ADMIN_CALLS = 5
OFTEN = ("success",) * 8 + ("application_error", "timed_out")
# Rare things lie far apart: whoever looks for them without an index passes over thousands of rows.
RARE = 1_000
HISTORY = "/n/big/activations/"
PAGES = {
    "first page": HISTORY,
    "deep page": HISTORY + "?before={deep}",
    "page back": HISTORY + "?after={deep}",
    "status": HISTORY + "?status=timed_out",
    "rare status": HISTORY + "?status=internal_error",
    "status that none has": HISTORY + "?status=refused",
    "three statuses": HISTORY + "?status=timed_out&status=application_error&status=internal_error",
    "action": HISTORY + "?action=action-07",
    "part of a name, 11 actions": HISTORY + "?action=n-1",
    "part of a name and status": HISTORY + "?action=n-1&status=application_error",
    "part of a name and rare status": HISTORY + "?action=n-1&status=internal_error",
    "status and action": HISTORY + "?status=application_error&action=action-07",
    "person": HISTORY + "?person={alice}",
    "person with few": HISTORY + "?person={bob}",
    "person with few and status": HISTORY + "?person={bob}&status=success",
    "person and rare status": HISTORY + "?person={alice}&status=internal_error",
    "origin": HISTORY + "?origin=panel",
    "rare origin": HISTORY + "?origin=elsewhere",
    "rare origin and action": HISTORY + "?origin=elsewhere&action=action-07",
    "last 24 h": HISTORY + "?when=24h",
    "one old hour": HISTORY + "?when=custom&since={since}&until={until}",
    "one old hour and rare status": HISTORY
    + "?when=custom&since={since}&until={until}&status=internal_error",
    "bulk launch": HISTORY + "?bulk={bulk}",
    "schedule": HISTORY + "?schedule={schedule}",
    "what is new": HISTORY + "news/?cursor={cursor}",
    "find by id": HISTORY + "find/?id={id}",
    "dashboard": "/n/big/",
    "actions": "/n/big/actions/",
    "Django admin": "/admin/runtime_app/activation/",
    "Django admin, status": "/admin/runtime_app/activation/?status=timed_out",
    "Django admin, search": "/admin/runtime_app/activation/?q=action-07",
}


@dataclass(frozen=True, slots=True)
class Place:
    """What the rows belong to, by primary key."""

    namespace: int
    alice: int
    bob: int
    bulk: int
    schedule: int

    def row(self, number: int, at: datetime) -> dict[str, Any]:
        """The columns of the row with this number, begun at this moment."""
        rare = number % RARE
        return {
            "namespace_id": self.namespace,
            "activation_id": f"{number:032x}",
            "action_path": f"action-{number * 7 % 40:02}",
            "kind": "nodejs:20",
            "version": "0.0.1",
            "status": "internal_error" if rare == 1 else OFTEN[number % len(OFTEN)],
            "summary": f"n: {number}",
            "origin": "elsewhere" if rare == 2 else "panel",
            "launched_by_id": None if rare == 2 else self.bob if rare == 3 else self.alice,
            "bulk_id": self.bulk if rare < 10 else None,
            "schedule_id": self.schedule if rare in range(10, 20) else None,
            "listed_at": at,
            "changed_at": at,
            "started_at": at,
            "ended_at": at + timedelta(seconds=1),
            "duration_ms": 1_000 + number % 500,
            "wait_ms": 20,
        }


def fill(place: Place, rows: int, already: int) -> None:
    """Rows with ids from `already` on, two seconds apart, the newest now."""
    from datetime import timedelta
    from uuid import uuid4

    from django.db import transaction
    from django.utils import timezone

    from runtime_app.models import Activation
    from runtime_app.models.many_rows import insert_rows

    now = timezone.now()
    for start in range(already, rows, BATCH_ROWS):
        numbers = range(start, min(rows, start + BATCH_ROWS))
        made = [place.row(number, now - timedelta(seconds=2 * (rows - number))) for number in numbers]
        with transaction.atomic():
            insert_rows(Activation, [*made[0], "launch_key"], [(*row.values(), uuid4()) for row in made])


def make_place() -> Place:
    """A namespace with two people, a bulk launch and a schedule, and no activations."""
    from tests.factories import make_bulk, make_namespace, make_schedule, make_user

    alice, bob = make_user("alice", is_superuser=True, is_staff=True), make_user("bob", is_superuser=True)
    namespace = make_namespace(slug="big", name="big")
    bulk, schedule = make_bulk(namespace), make_schedule(namespace)
    return Place(namespace.pk, alice.pk, bob.pk, bulk.pk, schedule.pk)


def addresses(place: Place) -> dict[str, str]:
    """`PAGES` with what stands in this table."""
    from runtime_app.models import Activation
    from runtime_app.services.history.pages import Key
    from runtime_app.services.live.changes import Cursor

    newest, oldest = (Activation.objects.order_by(order).first() for order in ("-pk", "pk"))
    deep = Activation.objects.get(pk=oldest.pk + (newest.pk - oldest.pk) // 10)
    words = {
        "deep": Key.of(deep),
        "alice": place.alice,
        "bob": place.bob,
        "bulk": place.bulk,
        "schedule": place.schedule,
        "since": f"{deep.listed_at:%Y-%m-%dT%H:%M}",
        "until": f"{deep.listed_at + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "cursor": Cursor(newest.changed_at, newest.pk - 50),
        "id": deep.activation_id,
    }
    return {name: path.format_map(words) for name, path in PAGES.items()}


def settle() -> None:
    """What PostgreSQL does by itself after a while, and beat every ten minutes on SQLite.

    Nobody's million rows were written within the last minutes: what is still on its way to the disk arrives
    before the first page is asked for.
    """
    from django.db import connection

    from runtime_app.services.backing.statistics import refresh_statistics

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    refresh_statistics()
    connection.close()
    os.sync()


def server_ms(client: Any, paths: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of some calls of each page in milliseconds, after one that does not count.

    The pages take turns, so that a moment in which the machine does something else is shared by all.
    """
    times: dict[str, list[float]] = {name: [] for name in paths}
    for turn in range(1 + CALLS):
        for name, path in paths.items():
            if path.startswith("/admin/") and turn > ADMIN_CALLS:
                continue
            began = time.perf_counter()
            answer = client.get(path)
            times[name].append((time.perf_counter() - began) * 1000)
            if answer.status_code not in (200, 302):
                raise SystemExit(f"{path} answered {answer.status_code}")
    return {name: (percentile(ms[1:], 0.5), percentile(ms[1:], 0.95)) for name, ms in times.items()}


def measure(rows: int) -> None:
    from django.test import Client

    from runtime_app.models import User

    logging.disable(logging.WARNING)
    place, client, found = make_place(), Client(), []
    client.force_login(User.objects.get(pk=place.alice), "django.contrib.auth.backends.ModelBackend")
    for already, size in ((0, SMALL), (SMALL, rows)):
        began = time.perf_counter()
        fill(place, size, already)
        seconds = time.perf_counter() - began
        settle()
        found.append(server_ms(client, addresses(place)))
    small, large = found
    lines = [[name, *small[name], *large[name], large[name][1] / small[name][1]] for name in PAGES]
    sizes = [f"{size} rows, {what} ms" for size in (SMALL, rows) for what in ("p50", "p95")]
    print(table([database_name(), *sizes, "ratio of p95"], lines), flush=True)
    print(f"\nFilled with {(rows - SMALL) / seconds:.0f} rows a second.\n", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    add_choice(parser)
    arguments = parser.parse_args()
    if database_name():
        with prepared():
            measure(arguments.rows)
        return 0
    print(f"{machine()}\n", flush=True)
    return run_on_each("bench.history", sys.argv[1:], only=arguments.on)


if __name__ == "__main__":
    sys.exit(main())
