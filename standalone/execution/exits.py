"""Tells when a child process has ended, without a thread or a poll per process."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable


def watch_exit(process: subprocess.Popen[bytes], exited: Callable[[], None]) -> None:
    """Call `exited` in the event loop once the process has ended; its `returncode` is set by then."""
    loop = asyncio.get_running_loop()
    if not hasattr(os, "pidfd_open"):
        loop.run_in_executor(None, process.wait).add_done_callback(lambda _: exited())
        return  # outside Linux: one sleeping thread for each process
    descriptor = os.pidfd_open(process.pid)

    def on_exit() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        process.wait()
        exited()

    loop.add_reader(descriptor, on_exit)
