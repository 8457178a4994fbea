"""A real server for tests: `with RunningServer(folder) as server: requests.get(server.url + "/ping")`."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from standalone.settings import GUEST_AUTH, GUEST_NAMESPACE

START_SECONDS = 60.0
STOP_SECONDS = 30.0
CHECK_SECONDS = 0.02
# Below what systems give to connections, and so free also between a stop and the next start.
PORTS = (10_000, 32_000)
CHECKOUT = Path(__file__).resolve().parent.parent


class RunningServer:
    """Starts `python -m standalone` on a free port in a process of its own.

    `options` become command line options: `namespace=["a=UUID:KEY"]`, `max_timeout=1000`, `no_api_key=True`.
    `start` after `stop` or `kill` uses the same port and the same data again.
    """

    namespace = GUEST_NAMESPACE
    auth = GUEST_AUTH

    def __init__(self, data_dir: Path | str, **options: object) -> None:
        self.data_dir = Path(data_dir)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._options = options

    @property
    def basic_auth(self) -> tuple[str, str]:
        """For the `auth` parameter of requests and httpx."""
        user, _, key = self.auth.partition(":")
        return user, key

    @property
    def pid(self) -> int:
        return self._running().pid

    def command(self) -> list[str]:
        arguments = ["--port", str(self.port), "--data", str(self.data_dir)]
        for name, value in self._options.items():
            option = f"--{name.replace('_', '-')}"
            values = value if isinstance(value, list) else [value]
            for one in values:
                arguments += [option] if one is True else [option, str(one)]
        return [sys.executable, "-m", "standalone", *arguments]

    def start(self) -> Self:
        """Start and wait until `/ping` answers. RuntimeError when the process ends or stays silent."""
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        self.process = subprocess.Popen(self.command(), env=environment)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"The standalone server ended with code {self.process.returncode}.")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("The standalone server did not answer in time.")
            time.sleep(CHECK_SECONDS)
        return self

    def stop(self) -> int:
        """SIGTERM, as an operator would; returns the exit code."""
        process = self._running()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        process = self._running()
        process.kill()
        process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise RuntimeError("The standalone server has not been started.")
        return self.process

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=1) as answer:  # noqa: S310 (our own URL)
                return bool(answer.read() == b"pong")
        except (urllib.error.URLError, OSError):
            return False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A port that was free a moment ago, and that no outgoing connection is given meanwhile."""
    ports = random.SystemRandom()
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = ports.randint(*PORTS)
            probe.bind(("127.0.0.1", port))
            return port
