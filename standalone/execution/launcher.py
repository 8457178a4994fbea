"""Starts an action's process: program, working folder, environment, limits, pipes; nothing of the server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import resource
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from standalone.execution.guard import Guard
from standalone.execution.invocation import Executable
from standalone.limits import MEGABYTE
from standalone.settings import Settings

RUNNERS = Path(__file__).resolve().parent.parent / "runners"
# Modules that Apache's Node.js images preinstall; those the operator has are offered to actions.
PREINSTALLED_MODULES = ("openwhisk", "express", "redis", "uuid", "body-parser", "serialize-error")
# Address space beyond the action's memory that an interpreter reserves without using it.
MEMORY_SLACK_BYTES = 1024 * MEGABYTE
USER_PROCESSES = 16_384
OPEN_FILES = 1024


@dataclass(frozen=True)
class Pipes:
    """Our ends of an action process's pipes, and the mark by which its runner ends each run's output."""

    commands: int
    replies: int
    stdout: int
    stderr: int
    mark: str


class Launcher:
    """Knows how to start a process for each family of kinds; owns the folder that working folders live in."""

    def __init__(self, settings: Settings, guard: Guard) -> None:
        self._settings = settings
        self._guard = guard
        self._root = settings.data / "work"

    def prepare(self) -> None:
        """Remove what an earlier server left and link the modules that Node.js actions may require."""
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir(parents=True)
        modules = self._root / "node_modules"
        modules.mkdir()
        for name in PREINSTALLED_MODULES:
            source = self._settings.node_modules and self._settings.node_modules / name
            if source and source.exists():
                (modules / name).symlink_to(source.resolve())

    def new_folder(self, executable: Executable) -> Path:
        name = re.sub(r"[^\w.-]", "_", executable.name.local)
        folder = self._root / f"{name}-{secrets.token_hex(6)}"
        folder.mkdir()
        return folder

    def forget(self, pid: int) -> None:
        """The process has ended and its group with it."""
        self._guard.forget(pid)

    async def launch(
        self, protocol: asyncio.SubprocessProtocol, executable: Executable, folder: Path
    ) -> tuple[asyncio.SubprocessTransport, Pipes]:
        """Start the process. OSError when the machine refuses."""
        mark = f"\x1e{secrets.token_hex(8)}"
        inner: list[int] = []
        outer: list[int] = []
        try:
            _open_pipes(inner, outer)
            transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: protocol,
                *self._command(executable, inner[0], inner[1], mark),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=inner[2],
                stderr=inner[3],
                pass_fds=inner[:2],
                cwd=folder,
                env=self._environment(executable, folder),
                start_new_session=True,
            )
        except BaseException:
            _close(outer)
            raise
        finally:
            _close(inner)
        self._guard.watch(transport.get_pid())
        self._limit(transport.get_pid(), executable.memory_mb)
        return transport, Pipes(outer[0], outer[1], outer[2], outer[3], mark)

    def _command(self, executable: Executable, commands: int, replies: int, mark: str) -> list[str]:
        arguments = [str(commands), str(replies), mark, str(self._settings.limits.result_bytes)]
        if executable.kind.startswith("python"):
            return [str(self._settings.python), "-I", str(RUNNERS / "python_runner.py"), *arguments]
        heap = f"--max-old-space-size={executable.memory_mb}"
        return [str(self._settings.node), heap, str(RUNNERS / "node_runner.js"), *arguments]

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

    def _limit(self, pid: int, memory_mb: int) -> None:
        wanted = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_DATA: memory_mb * MEGABYTE + MEMORY_SLACK_BYTES,
            resource.RLIMIT_FSIZE: self._settings.processes.file_bytes,
            resource.RLIMIT_NOFILE: OPEN_FILES,
            resource.RLIMIT_NPROC: USER_PROCESSES,
        }
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, pid, self._settings.processes.niceness)
        if not hasattr(resource, "prlimit"):
            return  # only Linux can limit another process; the README says so
        for kind, value in wanted.items():
            with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
                _lower(pid, kind, value)


def _lower(pid: int, kind: int, value: int) -> None:
    _, hard = resource.prlimit(pid, kind)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.prlimit(pid, kind, (allowed, allowed))


def _open_pipes(inner: list[int], outer: list[int]) -> None:
    """Four pipes: commands in; replies, stdout, stderr out. `inner` are the process's ends, in this order."""
    read, write = os.pipe()
    inner.append(read)
    outer.append(write)
    for _ in range(3):
        read, write = os.pipe()
        inner.append(write)
        outer.append(read)


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
