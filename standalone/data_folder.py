"""The folder with everything that a server stores, for one server at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

LOCK_FILE = "standalone.lock"


class FolderInUse(Exception):
    """Another server works in this folder: it would take this one's runs for lost ones."""


def claim(folder: Path) -> int:
    """Create the folder if need be and lock it until this process ends; returns the lock's descriptor.

    FolderInUse when another server has it, OSError when it cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise FolderInUse(folder) from None
    return descriptor
