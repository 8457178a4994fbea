"""Ends action processes that a killed server leaves behind.

The server starts this file as a process of its own and tells it, over its standard input, which process
groups exist (`+PGID`) and which have ended (`-PGID`). When that pipe closes, however the server died, all
that are left are killed. Reading a pipe costs nothing while nothing happens, and unlike a parent-death signal
this reaches grandchildren too. What has left its group is known by its `HOME`, which lies below the folder
that is the one argument.
"""

from __future__ import annotations

import os
import signal
import sys
import time

ROUNDS = 20
ROUND_SECONDS = 0.02


def kill_all(groups: set[int]) -> None:
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def kill_strays(homes: str) -> None:
    """More than once, because they may be starting others; without /proc there are none to be found."""
    for _ in range(ROUNDS):
        found = strays(homes)
        if not found:
            return
        kill_each(found)
        time.sleep(ROUND_SECONDS)


def kill_each(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def strays(homes: str) -> list[int]:
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 (little is imported here)
    except OSError:
        return []
    return [pid for pid in pids if lives_below(pid, homes)]


def lives_below(pid: int, homes: str) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as environment:  # noqa: PTH123
            return f"\0HOME={homes}/".encode() in b"\0" + environment.read()
    except OSError:
        return False


def watch() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    kill_all(groups)
    kill_strays(sys.argv[1])


if __name__ == "__main__":
    # Ctrl-C reaches the whole foreground group; the server decides when it is over, and closes the pipe then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watch()
