"""How much memory an action's process uses of its own, together with what it has started."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from standalone.execution.proc import children_of
from standalone.limits import MEGABYTE

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
KILOBYTE = 1024
# Linux tells it since 5.4; before, what forks share counts for each of them.
EXACT_FIELD = b"Pss_Anon:"


def exceeds_memory(pid: int, memory_mb: int) -> bool:
    """True when private memory is beyond the action's limit; False where /proc does not tell.

    Pages shared with others (the interpreter's own code) do not count: 100 Node.js processes share them. A
    process and its forks share even what is private to them, so what looks like too much is counted exactly.
    """
    processes = _with_descendants(pid)
    limit = memory_mb * MEGABYTE
    if sum(map(_private_bytes, processes)) <= limit:
        return False
    return len(processes) == 1 or sum(map(_exact_bytes, processes)) > limit


def _with_descendants(pid: int) -> list[int]:
    """The process and what its main thread, and those of its descendants, have started."""
    found = [pid]
    for parent in found:
        found += children_of(parent)
    return found


def _private_bytes(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * PAGE_BYTES


def _exact_bytes(pid: int) -> int:
    """Each page divided by the number of those that have it; dear, as the kernel looks at them all."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(EXACT_FIELD):
                return int(line.split()[1]) * KILOBYTE
    return _private_bytes(pid)
