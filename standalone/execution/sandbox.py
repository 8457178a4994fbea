"""Bubblewrap around an action's process: it sees the system read-only, its own folder, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from standalone.execution.proc import children_of
from standalone.limits import MEGABYTE

PROGRAM = "bwrap"
CHECK_SECONDS = 10
TMP_BYTES = 64 * MEGABYTE
# Programs and libraries, and of /etc what network clients and the dynamic linker need: no keys, no passwords.
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"),
    *("/etc/alternatives", "/etc/ca-certificates", "/etc/group", "/etc/hosts", "/etc/ld.so.cache"),
    *("/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/pki", "/etc/resolv.conf", "/etc/ssl"),
)
ROOT = Path("/")


def find_bubblewrap() -> Path:
    """The program, tried once. ValueError with a sentence where it is missing or the system forbids it."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise ValueError(f"--isolate bubblewrap: {PROGRAM} is not on PATH; install the package bubblewrap.")
    command = bubblewrapped(["/usr/bin/env", "true"], Path(found), folder=None, readable=())
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=CHECK_SECONDS)
    except subprocess.CalledProcessError as error:
        raise ValueError(f"--isolate bubblewrap does not work here: {error.stderr.strip()}.") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"--isolate bubblewrap does not work here: {error}.") from None
    return Path(found)


def bubblewrapped(
    command: Sequence[str], program: Path, *, folder: Path | None, readable: Iterable[Path]
) -> list[str]:
    """The command line that runs `command` with namespaces of its own for files, processes and System V IPC.

    It may write to `folder` (where it starts) and to a /tmp of its own, and read the system and `readable`.
    The network stays the machine's: actions call this server. All ends with the process that is started.
    """
    own = ("--unshare-user-try", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--cap-drop", "ALL")
    mounts = ["--size", str(TMP_BYTES), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]  # noqa: S108
    for path in (*SYSTEM, *map(str, readable)):
        mounts += ["--ro-bind-try", path, path]
    if folder is not None:
        mounts += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
    return [str(program), *own, *mounts, "--", *command]


def home_of(program: Path) -> list[Path]:
    """What a program brings with it: `/opt/node` for `/opt/node/bin/node`. Nothing for one of the system."""
    home = program.resolve().parent.parent
    return [] if home == ROOT else [home]


def inner_process(pid: int) -> int:
    """The process that bubblewrap (`pid`) runs: its init's child. `pid` where the system does not tell."""
    found = pid
    for _ in range(2):
        children = children_of(found)
        if not children:
            return pid
        found = children[0]
    return found
