"""Starts an action's process: program, working folder, environment, limits, pipes; nothing of the server."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from standalone.execution.guard import Guard
from standalone.execution.invocation import Executable
from standalone.execution.sandbox import bubblewrapped, home_of, inner_process
from standalone.limits import MEGABYTE
from standalone.settings import Settings

WORK_FOLDER = "work"
RUNNERS = Path(__file__).resolve().parent.parent / "runners"
# Modules that Apache's Node.js images preinstall; those the operator has are offered to actions.
PREINSTALLED_MODULES = ("openwhisk", "express", "redis", "uuid", "body-parser", "serialize-error")
# Address space beyond the action's memory that an interpreter reserves without using it.
MEMORY_SLACK_BYTES = 1024 * MEGABYTE
FOLDER_NAME_LENGTH = 60
USER_PROCESSES = 16_384
OPEN_FILES = 1024


@dataclass(frozen=True)
class Pipes:
    """Our ends of an action process's pipes, and the mark by which its runner ends each run's output."""

    commands: BinaryIO
    replies: BinaryIO
    stdout: BinaryIO
    stderr: BinaryIO
    mark: str


class Launcher:
    """Knows how to start a process for each family of kinds; owns the folder that working folders live in."""

    def __init__(self, settings: Settings, guard: Guard) -> None:
        self._settings = settings
        self._guard = guard
        self._root = settings.data / WORK_FOLDER

    def prepare(self) -> None:
        """Remove what an earlier server left and link the modules that Node.js actions may require."""
        remove_folder(self._root)
        modules = self._root / "node_modules"
        # What a killed server's processes are still writing may have survived the removal.
        modules.mkdir(parents=True, exist_ok=True)
        for name in PREINSTALLED_MODULES:
            source = self._settings.node_modules and self._settings.node_modules / name
            if source and source.exists():
                (modules / name).unlink(missing_ok=True)
                (modules / name).symlink_to(source.resolve())

    def new_folder(self, executable: Executable) -> Path:
        name = re.sub(r"[^\w.-]", "_", executable.name.local)[:FOLDER_NAME_LENGTH]
        folder = self._root / f"{name}-{secrets.token_hex(6)}"
        folder.mkdir()
        return folder

    def forget(self, pid: int) -> None:
        """The process has ended and its group with it."""
        self._guard.forget(pid)

    def end_strays(self, folder: Path) -> bool:
        """Kill what a process that had this folder has detached from its group; True when there was any."""
        return self._guard.end_strays(folder)

    def launch(self, executable: Executable, folder: Path) -> tuple[subprocess.Popen[bytes], Pipes]:
        """Start the process. OSError when the machine refuses."""
        mark = f"\x1e{secrets.token_hex(8)}"
        with contextlib.ExitStack() as inner, contextlib.ExitStack() as outer:
            commands, to_process = _pipe(inner, outer)
            from_replies, replies = _pipe(outer, inner)
            from_stdout, stdout = _pipe(outer, inner)
            from_stderr, stderr = _pipe(outer, inner)
            command = self._command(executable, commands.fileno(), replies.fileno(), mark)
            process = subprocess.Popen(
                self._isolated(command, folder),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(commands.fileno(), replies.fileno()),
                cwd=folder,
                env=self._environment(executable, folder),
                start_new_session=True,
            )
            outer.pop_all()
        self._guard.watch(process.pid)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PGRP, process.pid, own + self._settings.processes.niceness)
        return process, Pipes(to_process, from_replies, from_stdout, from_stderr, mark)

    def _command(self, executable: Executable, commands: int, replies: int, mark: str) -> list[str]:
        arguments = [str(commands), str(replies), mark, str(self._settings.limits.result_bytes)]
        if executable.kind.startswith("python"):
            return [str(self._settings.python), "-I", str(RUNNERS / "python_runner.py"), *arguments]
        heap = f"--max-old-space-size={executable.memory_mb}"
        return [str(self._settings.node), heap, str(RUNNERS / "node_runner.js"), *arguments]

    def _isolated(self, command: list[str], folder: Path) -> list[str]:
        if self._settings.bubblewrap is None:
            return command
        modules = self._settings.node_modules
        readable = [RUNNERS, self._root / "node_modules", *home_of(Path(command[0]))]
        readable += [modules.resolve()] if modules else []
        return bubblewrapped(command, self._settings.bubblewrap, folder=folder, readable=readable)

    def _environment(self, executable: Executable, folder: Path) -> dict[str, str]:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "__OW_API_HOST": self._settings.api_host,
        }
        if executable.concurrency > 1:
            environment["__OW_ALLOW_CONCURRENT"] = "true"
        return environment

    def confine(self, pid: int, memory_mb: int) -> int:
        """Set the limits of a launched process whose runner is ready, before it gets any code of an action.

        Returns the id of the process that runs it, which is not the launched one where that is isolated.
        """
        if self._settings.bubblewrap is not None:
            pid = inner_process(pid)
        self._limit(pid, memory_mb)
        return pid

    def _limit(self, pid: int, memory_mb: int) -> None:
        wanted = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_DATA: memory_mb * MEGABYTE + MEMORY_SLACK_BYTES,
            resource.RLIMIT_FSIZE: self._settings.processes.file_bytes,
            resource.RLIMIT_NOFILE: OPEN_FILES,
            resource.RLIMIT_NPROC: USER_PROCESSES,
        }
        if not hasattr(resource, "prlimit"):
            return  # only Linux can limit another process; the README says so
        for kind, value in wanted.items():
            with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
                _lower(pid, kind, value)


def remove_folder(folder: Path) -> None:
    """With everything in it, also what an action has made unreadable; what does not go, stays."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        _open_up(folder)
        for parent, folders, _ in os.walk(folder):
            for name in folders:
                _open_up(Path(parent, name))
        shutil.rmtree(folder, ignore_errors=True)


def _open_up(folder: Path) -> None:
    if not folder.is_symlink():
        with contextlib.suppress(OSError):
            folder.chmod(0o700)


def _lower(pid: int, kind: int, value: int) -> None:
    _, hard = resource.prlimit(pid, kind)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.prlimit(pid, kind, (allowed, allowed))


def _pipe(reader: contextlib.ExitStack, writer: contextlib.ExitStack) -> tuple[BinaryIO, BinaryIO]:
    """A new pipe's two ends, each closed with one of the stacks."""
    read, write = os.pipe()
    return (
        reader.enter_context(open(read, "rb", buffering=0)),  # noqa: PTH123 (a descriptor, not a path)
        writer.enter_context(open(write, "wb", buffering=0)),  # noqa: PTH123
    )
