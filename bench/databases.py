"""Runs a bench once on SQLite and once on PostgreSQL, each in a process and on a database of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from redis import RedisError

from runtime_app.supervisor import embedded_redis
from runtime_app.supervisor.ports import free_port
from tests.postgres import postgres_server
from tests.waiting import wait_until

INSIDE = "BENCH_DATABASE"
# As an installation runs it: what was committed survives a power cut.
DURABLE = "-c max_connections=50 -c shared_buffers=512MB -h ''"


def database_name() -> str:
    """The database this process measures on; empty in the process that starts the others."""
    return os.environ.get(INSIDE, "")


@contextmanager
def prepared() -> Iterator[None]:
    """Django set up on an empty, migrated database, with a Redis server beside it."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "REDIS_PORT": str(free_port())}
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    command = embedded_redis.command(settings.OVERTIME_HOME / "redis", settings.REDIS_URL)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until(_redis_answers, 10)
        yield
    finally:
        server.terminate()
        server.wait()


def _redis_answers() -> bool:
    from runtime_app.services.backing.redis import redis_client

    try:
        return bool(redis_client().ping())
    except RedisError:
        return False


def add_choice(parser: argparse.ArgumentParser) -> None:
    """The option to measure on one database only, for `run_on_each`."""
    parser.add_argument("--on", choices=["SQLite", "PostgreSQL"], help="only this database")


def run_on_each(module: str, arguments: list[str], *, only: str | None = None) -> int:
    """Run `python -m module arguments` on either database, or `only` on one; the worst exit code."""
    codes = [0]
    if only != "PostgreSQL":
        with tempfile.TemporaryDirectory() as home:
            codes.append(_run(module, arguments, home, "SQLite", ""))
    if only != "SQLite":
        with tempfile.TemporaryDirectory() as home, postgres_server(DURABLE) as server:
            codes.append(_run(module, arguments, home, "PostgreSQL", server.url))
    return max(codes)


def _run(module: str, arguments: list[str], home: str, name: str, url: str) -> int:
    environment = {**os.environ, INSIDE: name, "OVERTIME_HOME": home, "OVERTIME_ENV_FILE": os.devnull}
    environment |= {"DATABASE_URL": url} if url else {}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode
