"""How much memory an action's process uses of its own."""

from __future__ import annotations

import os
from pathlib import Path

from standalone.limits import MEGABYTE

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def exceeds_memory(pid: int, memory_mb: int) -> bool:
    """True when the process's private memory is beyond the action's limit; False where /proc does not tell.

    Pages shared with others (the interpreter's own code) do not count: 100 Node.js processes share them.
    """
    try:
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
    except OSError:
        return False
    return (int(fields[1]) - int(fields[2])) * PAGE_BYTES > memory_mb * MEGABYTE
