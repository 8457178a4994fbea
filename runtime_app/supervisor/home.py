"""OVERTIME_HOME as a running product's own place: one `up` at a time, and who runs under which process id."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

LOCK_NAME = "up.pid"


class HomeInUse(Exception):
    """Another `up` runs on the same OVERTIME_HOME; `pid` is its process id, if known."""

    def __init__(self, pid: str) -> None:
        super().__init__(pid)
        self.pid = pid


class RunFolder:
    """The folder OVERTIME_HOME/run: `up.pid` (locked while `up` lives) and one `<child>.pid` each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def claim(self) -> None:
        """Takes the lock, which the kernel gives back when this process ends. Raises HomeInUse."""
        self.lock = open(self.path / LOCK_NAME, "a+", encoding="ascii")  # noqa: PTH123, SIM115
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.seek(0)
            pid = self.lock.read().strip()
            self.lock.close()
            raise HomeInUse(pid) from None
        self.lock.truncate(0)
        self.lock.write(f"{os.getpid()}\n")
        self.lock.flush()

    def release(self) -> None:
        self.lock.truncate(0)
        self.lock.close()

    def note_pid(self, name: str, pid: int) -> None:
        (self.path / f"{name}.pid").write_text(f"{pid}\n", encoding="ascii")

    def forget_pid(self, name: str) -> None:
        (self.path / f"{name}.pid").unlink(missing_ok=True)
