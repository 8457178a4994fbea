"""What only Linux offers to make sure that no process is left behind; elsewhere these do nothing."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def adopt_orphans() -> None:
    """Makes this process the parent of descendants whose own parent died, so that it can end them.

    Reference: prctl(2), PR_SET_CHILD_SUBREAPER.
    """
    if LIBC:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A function for a new child: the kernel sends it `death_signal` when this process dies in any way.

    Reference: prctl(2), PR_SET_PDEATHSIG.
    """
    parent = os.getpid()

    def prepare() -> None:
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def end_strays(known: set[int]) -> None:
    """Kills and reaps children of this process that are not `known`: adopted ones."""
    for pid in children_of(os.getpid()) - known:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def children_of(parent: int) -> set[int]:
    """Process ids whose parent is `parent`, also ended ones that nobody waited for."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # Reference: proc_pid_stat(5); the name in parentheses may itself hold spaces and parentheses.
            if int(entry.read_text().rpartition(")")[2].split()[1]) == parent:
                found.add(int(entry.parent.name))
    return found
