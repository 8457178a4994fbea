"""Ends action processes that a killed server leaves behind.

The server starts this file as a process of its own and tells it, over its standard input, which process
groups exist (`+PGID`) and which have ended (`-PGID`). When that pipe closes, however the server died, all
that are left are killed. Reading a pipe costs nothing while nothing happens, and unlike a parent-death signal
this reaches grandchildren too.
"""

from __future__ import annotations

import os
import signal
import sys


def kill_all(groups: set[int]) -> None:
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


def watch() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    kill_all(groups)


if __name__ == "__main__":
    # Ctrl-C reaches the whole foreground group; the server decides when it is over, and closes the pipe then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watch()
