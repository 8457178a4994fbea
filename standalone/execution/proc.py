"""What Linux tells of other processes below `/proc`."""

from __future__ import annotations

from pathlib import Path


def children_of(pid: int) -> list[int]:
    """What the main thread of `pid` has started or adopted; nothing where the system does not tell."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_bytes().split()]
    except OSError:
        return []
