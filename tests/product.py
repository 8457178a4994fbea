"""The whole product as its users start it: `manage.py up` in a folder and on ports of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

import psutil
import requests
from django.conf import settings

from standalone.testing import free_port

START_SECONDS = 90
STOP_SECONDS = 30
POLL_SECONDS = 0.02
CHILDREN = ("redis", "standalone", "worker", "beat", "web")
LINK = re.compile(r"(http://\S+/link/\S+)")


class RunningProduct:
    """`with RunningProduct(home) as product:` starts it, waits until it is ready, and stops it at the end.

    A second one with the same `home` finds everything as it was left. `variables` go into its environment.
    """

    def __init__(self, home: Path, *options: str, **variables: str) -> None:
        self.home = home
        self.options = options
        self.variables = {
            **{name: str(free_port()) for name in ("PORT", "REDIS_PORT", "STANDALONE_PORT")},
            **variables,
        }
        self.url = f"http://127.0.0.1:{self.variables['PORT']}"
        self.standalone_url = f"http://127.0.0.1:{self.variables['STANDALONE_PORT']}"
        self.lines: list[str] = []
        self.start_seconds = 0.0

    def __enter__(self) -> RunningProduct:
        began = time.monotonic()
        self.launch()
        while not self.said("Press Ctrl-C to stop."):
            self.start_seconds = time.monotonic() - began
            if self.ended or self.start_seconds > START_SECONDS:
                self.close()
                raise RuntimeError("The product did not start:\n" + "\n".join(self.lines))
            time.sleep(POLL_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def refused(self) -> str:
        """Starts `up`, expects that it ends by itself with an error, and returns what it said."""
        self.launch()
        self.process.wait(START_SECONDS)
        self.close()
        assert self.process.returncode == 1, self.lines
        return "\n".join(self.lines)

    def close(self) -> None:
        """Ends it if it still runs, and reads the rest of its output."""
        if not self.ended:
            self.stop()
        self.reader.join(STOP_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()

    def launch(self) -> None:
        """Starts `up` without waiting for anything."""
        environment = {name: value for name, value in os.environ.items() if name not in settings.ENV_NAMES}
        environment |= {"OVERTIME_HOME": str(self.home), "OVERTIME_ENV_FILE": os.devnull, **self.variables}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", *self.options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read_lines, daemon=True)
        self.reader.start()

    def read_lines(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def said(self, text: str) -> str:
        """The first line of output that contains `text`; empty when there is none yet."""
        return next((line for line in self.lines if text in line), "")

    @property
    def link(self) -> str:
        """The one-time link for the first administrator, or empty."""
        found = LINK.search(self.said("/link/"))
        return found[1] if found else ""

    def pid(self, name: str) -> int:
        """The process id of a child now; 0 while it is not running."""
        try:
            return int((self.home / "run" / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    @property
    def postgres_url(self) -> str:
        """Its PostgreSQL; empty where it keeps SQLite in its home."""
        url = self.variables.get("DATABASE_URL", "")
        return url if url.startswith("postgres") else ""

    def last_lines(self, most: int = 30) -> str:
        """What it printed last."""
        return "\n".join(self.lines[-most:])

    def descendants(self) -> list[psutil.Process]:
        children: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return children

    def signed_in(self) -> requests.Session:
        """A session of the first administrator, by the printed link. Works once for each start."""
        session = requests.Session()
        form = session.get(self.link, timeout=START_SECONDS).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token, form
        answer = session.post(self.link, data={"csrfmiddlewaretoken": token[1]}, timeout=START_SECONDS)
        assert answer.ok, answer.text
        return session

    def kill(self, name: str) -> int:
        """Kills a child as a crash would and returns the process id it had.

        ProcessLookupError when it is not running.
        """
        # To the system 0 means everybody in the group of who asks.
        if not (pid := self.pid(name)):
            raise ProcessLookupError(f"{name} is not running")
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Sends a signal to `up`, waits for its end, and returns how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(STOP_SECONDS)
        return time.monotonic() - began
