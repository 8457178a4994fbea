"""How collecting grows with workers, and whether a namespace starves: results a second by 1, 2 and 4 workers.

    python -m bench.workers [--namespaces 4] [--results 5000]

Every namespace waits for as many jobs, all of which have ended on a real standalone runtime. The workers are
Celery's own processes on PostgreSQL, started as `manage.py up` starts one. The budget is out of the way.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.databases import DURABLE, prepared
from bench.figures import machine, table
from bench.standalone_store import LOGS, RESULT, identity
from standalone.execution.outcome import SUCCESS, Outcome
from standalone.execution.record import base_record, summary
from standalone.runtime import DATABASE_FILE
from standalone.store.schema import create_schema
from standalone.testing import RunningServer
from tests.postgres import postgres_server

WORKERS = (1, 2, 4)
INSIDE = "BENCH_WORKERS"
ACTION = "job"
STEP_MS = 10
RUN_MS = 500
AGE_MS = 120_000
MOST_SECONDS = 300
READY_SECONDS = 60
POLL_SECONDS = 0.05


def name_of(number: int) -> str:
    return f"team-{number}"


def auth_of(number: int) -> str:
    return f"{UUID(int=number + 1)}:{'k' * 64}"


def jobs_of(number: int, count: int, now_ms: int) -> list[tuple[str, int]]:
    """Activation ids and starts (epoch ms) of a namespace's jobs."""
    first = number * count
    return [(identity(first + each), now_ms - AGE_MS + each * STEP_MS) for each in range(count)]


def fill(folder: Path, namespaces: int, count: int, now_ms: int) -> None:
    """The records of all jobs, as the server writes them."""
    connection = sqlite3.connect(folder / DATABASE_FILE, isolation_level=None)
    create_schema(connection)
    connection.execute("BEGIN")
    for number in range(namespaces):
        jobs = jobs_of(number, count, now_ms)
        rows = (stored(name_of(number), activation_id, start_ms) for activation_id, start_ms in jobs)
        connection.executemany("INSERT INTO activations VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")
    connection.close()


def stored(namespace: str, activation_id: str, start_ms: int) -> tuple[Any, ...]:
    record = base_record(
        activation_id=activation_id,
        namespace=namespace,
        subject=namespace,
        name=ACTION,
        version="0.0.1",
        cause=None,
        start_ms=start_ms,
        end_ms=start_ms + RUN_MS,
        duration_ms=RUN_MS,
        ended=Outcome(SUCCESS, RESULT),
        logs=LOGS,
        annotations={"path": f"{namespace}/{ACTION}", "kind": "nodejs:20", "timeout": False},
    )
    texts = json.dumps(summary(record, SUCCESS)), json.dumps(record)
    return activation_id, namespace, ACTION, start_ms, *texts


def wait_for_jobs(url: str, number: int, jobs: list[tuple[str, int]]) -> int:
    """A namespace that waits for these jobs; its primary key."""
    from runtime_app.models import Activation, Status
    from runtime_app.services.collecting.record_facts import moment
    from tests.factories import make_namespace

    namespace = make_namespace(name=name_of(number), api_host=url, auth=auth_of(number), limits={})
    rows = []
    for activation_id, start_ms in jobs:
        at = moment(start_ms)
        row = Activation(namespace=namespace, activation_id=activation_id, action_path=ACTION)
        row.status, row.listed_at, row.accepted_at, row.next_poll_at = Status.PENDING, at, at, at
        rows.append(row)
    Activation.objects.bulk_create(rows, batch_size=1_000)
    return namespace.pk


@contextmanager
def celery_workers(count: int) -> Iterator[None]:
    """So many worker processes, all of them ready."""
    from django.conf import settings

    from runtime_app.supervisor.children import worker

    command = [*worker().command, "--hostname"]
    processes = [subprocess.Popen([*command, f"worker-{number}@bench"]) for number in range(count)]
    try:
        deadline = time.monotonic() + READY_SECONDS
        while len(ready := workers_alive()) < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"Only {len(ready)} of {count} workers came up on {settings.REDIS_URL}.")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def workers_alive() -> list[str]:
    from controlpanel.celery import app

    return list(app.control.inspect(timeout=0.5).ping() or {})


def collect_all(pks: list[int]) -> dict[int, float]:
    """Begin with every namespace; when each had all its results, in seconds."""
    from django.db.models import Count

    from runtime_app.models import Activation
    from runtime_app.tasks import collect_namespace

    began, done = time.monotonic(), {}
    for pk in pks:
        collect_namespace.delay(pk)
    while len(done) < len(pks):
        counts = Activation.objects.pending().order_by().values_list("namespace").annotate(Count("pk"))
        seconds = time.monotonic() - began
        for pk in set(pks) - {pk for pk, _ in counts} - done.keys():
            done[pk] = seconds
        if seconds > MOST_SECONDS:
            raise SystemExit("Not everything came home in time.")
        time.sleep(POLL_SECONDS)
    return done


def measure(workers: int, namespaces: int, count: int) -> None:
    now_ms = int(time.time() * 1000)
    with tempfile.TemporaryDirectory() as name, prepared():
        folder = Path(name)
        fill(folder, namespaces, count, now_ms)
        keys = [f"{name_of(number)}={auth_of(number)}" for number in range(namespaces)]
        with RunningServer(folder, namespace=keys) as server, celery_workers(workers):
            pks = [
                wait_for_jobs(server.url, number, jobs_of(number, count, now_ms))
                for number in range(namespaces)
            ]
            done = collect_all(pks).values()
    print(json.dumps([workers, namespaces * count / max(done), min(done), max(done)]))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--namespaces", type=int, default=4)
    parser.add_argument("--results", type=int, default=5_000, help="of each namespace")
    arguments = parser.parse_args()
    if workers := os.environ.get(INSIDE):
        measure(int(workers), arguments.namespaces, arguments.results)
        return 0
    print(f"{arguments.namespaces} namespaces, {arguments.results} results each. {machine()}\n", flush=True)
    rows = [run(workers, sys.argv[1:]) for workers in WORKERS]
    print(table(["workers", "results/s", "first namespace done s", "last s"], rows))
    return 0


def run(workers: int, arguments: list[str]) -> list[object]:
    """One measurement, on a database and with a Redis of its own."""
    with tempfile.TemporaryDirectory() as home, postgres_server(DURABLE) as server:
        environment = {**os.environ, INSIDE: str(workers), "OVERTIME_HOME": home, "DATABASE_URL": server.url}
        environment |= {"OVERTIME_ENV_FILE": os.devnull, "OVERTIME_REQUESTS_PER_SECOND": "1000"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-m", "bench.workers", *arguments]
        ended = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    figures: list[object] = json.loads(ended.stdout.splitlines()[-1])
    return figures


if __name__ == "__main__":
    sys.exit(main())
