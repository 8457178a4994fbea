"""Tells when a child process has ended; on Linux without a thread or a poll per process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable


def watch_exit(process: subprocess.Popen[bytes], exited: Callable[[], None]) -> None:
    """Call `exited` in the event loop once the process has ended; its `returncode` is set by then."""
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not on Linux, or a kernel older than 5.3
        _watch_in_thread(process, lambda: loop.call_soon_threadsafe(exited))
        return

    def on_exit() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        process.wait()
        exited()

    loop.add_reader(descriptor, on_exit)


def _watch_in_thread(process: subprocess.Popen[bytes], ended: Callable[[], object]) -> None:
    def wait() -> None:
        process.wait()
        ended()

    threading.Thread(target=wait, name=f"exit-{process.pid}", daemon=True).start()
