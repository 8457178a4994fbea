"""Adobe's `aio rt` for tests: one process that runs command after command, and `aio` itself for a PATH."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from standalone.kinds import find_node
from standalone.testing import RunningServer
from tests.waiting import wait_until

AIO = Path(__file__).parent / "aio"
INSTALLED = "tests/contract/aio/node_modules/.installed"
STOP_SECONDS = 30
RECORD_SECONDS = 60
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Said:
    """What a command printed, and the exit code it ended with."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        return json.loads(self.stdout)


def require_installed() -> None:
    """FileNotFoundError with what to do, where `make test` has not been run yet."""
    if not (AIO / "node_modules").is_dir():
        raise FileNotFoundError(f"Adobe's CLI is missing. Install it: make {INSTALLED}")


def environment(server: RunningServer, home: Path) -> dict[str, str]:
    """What points `aio rt` at the server; its configuration files stay in `home`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "AIO_RUNTIME_APIHOST": server.url,
        "AIO_RUNTIME_AUTH": server.auth,
        "AIO_RUNTIME_NAMESPACE": server.namespace,
        # Without it plugin 8 sends changes to Adobe's Deploy Service and asks for a login.
        "USE_RUNTIME_AUTH": "1",
    }


def install_command(folder: Path) -> None:
    """Put an `aio` into this folder, as the guides type it; it runs with the Node.js of the tests."""
    require_installed()
    command = folder / "aio"
    command.write_text(f'#!/bin/sh\nexec "{find_node()}" "{AIO / "aio.js"}" "$@"\n')
    command.chmod(0o755)


class AioShell:
    """`aio("action", "list")` runs `aio rt action list` in `folder`; `ok` insists on exit code 0."""

    def __init__(self, server: RunningServer, folder: Path, variables: dict[str, str] | None = None) -> None:
        """`variables` are its whole environment, where that is not to name the server."""
        require_installed()
        self.folder = folder
        reading, writing = os.pipe()
        self._orders = os.fdopen(writing, "w")
        self._process = subprocess.Popen(
            [str(find_node()), str(AIO / "shell.js"), str(reading)],
            env=environment(server, folder) if variables is None else variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(reading,),
        )
        os.close(reading)

    def __call__(self, *words: str) -> Said:
        assert self._process.stdout
        self._orders.write(json.dumps({"argv": ["rt", *words], "cwd": str(self.folder)}) + "\n")
        self._orders.flush()
        return Said(**json.loads(self._process.stdout.readline()))

    def ok(self, *words: str) -> Said:
        said = self(*words)
        assert said.code == 0, f"aio rt {' '.join(words)}: {said.stderr}{said.stdout}"
        return said

    def record(self, activation_id: str) -> Any:
        """The activation's record, asked for again and again until the run has ended."""

        def read() -> Any:
            said = self("activation", "get", activation_id)
            return said.json() if said.code == 0 else None

        return wait_until(read, RECORD_SECONDS)

    def outcomes(self, activation_id: str) -> list[Any]:
        """What a fire's record says of each rule."""
        return [json.loads(line) for line in self.record(activation_id)["logs"]]

    def close(self) -> None:
        self._orders.close()
        self._process.communicate(timeout=STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
