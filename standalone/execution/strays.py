"""Processes that an action has detached from its process group, such as a daemon that it started.

They are known by the `HOME` that they inherit: each process of an action has a working folder of its own. On
Linux the server becomes their parent once their own has ended, and so need not search the whole machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Container
from pathlib import Path

from standalone.execution.proc import children_of

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose parents end. Only Linux can."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_strays(home: Path, known: Container[int]) -> bool:
    """Kill those of our children that call `home` theirs; True when there were any.

    Their own children become ours when they are gone: call again until there are none. Children that are not
    `known` and have ended by themselves are taken note of, so that they do not stay as zombies.
    """
    wanted = f"HOME={home}".encode()
    found = False
    for pid in children_of(os.getpid()):
        if pid in known or _has_ended(pid) or wanted not in _environment(pid):
            continue
        found = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return found


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
