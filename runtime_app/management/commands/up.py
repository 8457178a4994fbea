"""`manage.py up`: the whole product on one machine, supervised, until Ctrl-C."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from runtime_app.supervisor import ports
from runtime_app.supervisor.children import (
    Child,
    all_children,
    child_environment,
    reachable_host,
    redis_answers,
)
from runtime_app.supervisor.console import Console
from runtime_app.supervisor.home import HomeInUse, RunFolder
from runtime_app.supervisor.supervise import NotReady, Supervisor

# The key that every OpenWhisk deployment gives its guest namespace (core ansible/files/auth.guest).
GUEST_AUTH = (
    "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
)


class Command(BaseCommand):
    help = "Start everything: Redis, the standalone runtime, worker, beat and web server, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only", default="", metavar="NAMES", help="Start only these, for example: redis,standalone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # First of all: putting the children together writes Redis's configuration into the folder.
        run_folder = claimed_run_folder()
        try:
            children = chosen_children(options["only"])
            refuse_taken_ports(children)
            refuse_silent_redis()
            asyncio.run(run(children, run_folder, Console()))
        except NotReady as error:
            raise CommandError(f"Overtime could not start: {error}") from error
        except DatabaseError as error:
            sentence = f"The database does not answer. Start it, or change DATABASE_URL. {error}"
            raise CommandError(sentence) from error
        finally:
            run_folder.release()


def chosen_children(only: str) -> list[Child]:
    """All children, or those that --only names. Raises CommandError for an unknown name."""
    children = all_children()
    names = {name.strip() for name in only.split(",") if name.strip()}
    unknown = names - {child.name for child in children}
    if unknown:
        known = ", ".join(child.name for child in children)
        raise CommandError(f"There is no process named {', '.join(sorted(unknown))}; there are {known}.")
    return [child for child in children if not names or child.name in names]


def claimed_run_folder() -> RunFolder:
    try:
        run_folder = RunFolder(settings.RUN_DIR)
        run_folder.claim()
    except HomeInUse as error:
        raise CommandError(
            f"Overtime is already running in {settings.OVERTIME_HOME} (process {error.pid}). "
            "Stop it first, or set OVERTIME_HOME to another folder."
        ) from error
    return run_folder


def refuse_taken_ports(children: list[Child]) -> None:
    """Raises CommandError, with the variable to change, when another program listens on one of our ports."""
    for child in children:
        if child.port and not ports.is_free(child.host, child.port):
            example = f"{child.port_variable}={ports.free_port()}"
            raise CommandError(
                f"Port {child.port} for {child.name} is already in use by another program. "
                f"Set {child.port_variable} to a free port, for example {example}."
            )


def refuse_silent_redis() -> None:
    """Raises CommandError when REDIS_URL names a server that does not answer. Its password is not shown."""
    if settings.EMBEDDED_REDIS or redis_answers():
        return
    parts = urlsplit(settings.REDIS_URL)
    place = parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]
    raise CommandError(f"Redis at {place} does not answer. Start it, or change REDIS_URL.")


async def run(children: list[Child], run_folder: RunFolder, console: Console) -> None:
    """Starts `children`, waits for a stop signal, and ends them. Raises NotReady and DatabaseError."""
    supervisor = Supervisor(console, run_folder, settings.BASE_DIR, child_environment())
    supervisor.listen_for_signals()
    starting = asyncio.create_task(start(supervisor, children, console))
    stop = asyncio.create_task(supervisor.stop_requested.wait())
    try:
        await asyncio.wait({starting, stop}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        await stop
        console.say("Stopping …")
    finally:
        starting.cancel()
        await supervisor.stop()


async def start(supervisor: Supervisor, children: list[Child], console: Console) -> None:
    """Backing services first, the database while they start, then the rest; says where to go at the end."""
    backing = [child for child in children if child.backing]
    applications = [child for child in children if not child.backing]
    supervisor.start(backing)
    await asyncio.to_thread(in_thread, migrate_when_needed, console)
    await supervisor.wait_ready(child for child in backing if child.name == "redis")
    supervisor.start(applications)
    await supervisor.wait_ready(backing)
    if any(child.name == "standalone" for child in backing):
        await asyncio.to_thread(in_thread, connect_embedded)
    await supervisor.wait_ready(applications)
    await asyncio.to_thread(in_thread, announce, console, children)


def in_thread(work: Any, *args: Any) -> None:
    """Runs `work` in a thread that gives its database connection back."""
    try:
        work(*args)
    finally:
        connections.close_all()


def migrate_when_needed(console: Console) -> None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        console.say(f"Preparing the database ({len(plan)} migrations) …")
        call_command("migrate", interactive=False, verbosity=0)
    connection.close()


def connect_embedded() -> None:
    # Imported here, as in `announce`: the children start while this loads.
    from runtime_app.services.connecting import connections as namespaces

    url = f"http://127.0.0.1:{settings.STANDALONE_PORT}"
    namespaces.connect_embedded(api_host=url, auth=GUEST_AUTH)


def announce(console: Console, children: list[Child]) -> None:
    """The address, and the link for the first administrator as long as nobody has set a password."""
    if not any(child.name == "web" for child in children):
        console.say(f"Running: {', '.join(child.name for child in children)}. Press Ctrl-C to stop.")
        return
    from runtime_app.services.connecting import access

    url = panel_url()
    console.say(f"Overtime is ready at {url}/")
    link = access.first_sign_in_link()
    if link:
        console.say(f"Sign in once with this link: {url}{link}")
    console.say("Press Ctrl-C to stop.")


def panel_url() -> str:
    host = reachable_host()
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"
