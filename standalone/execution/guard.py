"""The server's side of `guardian.py`: knows the process groups that exist, and tells it of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from standalone.execution.guardian import kill_strays
from standalone.execution.strays import adopt_orphans, end_strays

PROGRAM = Path(__file__).with_name("guardian.py")


class Guard:
    """Start before the first action process, stop after the last.

    `homes` is the folder that the working folders of the processes lie in.
    """

    def __init__(self, homes: Path) -> None:
        self._homes = homes
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[int] = set()

    def start(self) -> None:
        """Also ends what an earlier server left behind, if its guardian was killed together with it."""
        kill_strays(str(self._homes))
        adopt_orphans()
        self._process = subprocess.Popen(
            [getattr(sys, "_base_executable", sys.executable), "-I", "-S", str(PROGRAM), str(self._homes)],
            stdin=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
        self._known.add(self._process.pid)

    def watch(self, group: int) -> None:
        self._known.add(group)
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._known.discard(group)
        self._tell(f"-{group}\n")

    def end_strays(self, home: Path) -> bool:
        """See `strays`."""
        return end_strays(home, self._known)

    def stop(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line.encode())


def kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
