"""TCP ports for servers that tests start."""

from __future__ import annotations

import random

from runtime_app.supervisor.ports import is_free

# Below what systems give to outgoing connections: those of other tests would take a port that was chosen a
# while before its server starts.
LOWEST, HIGHEST = 10_000, 32_000


def free_port() -> int:
    """A port that nobody uses at the moment, nor is likely to by the time its server starts."""
    ports = random.SystemRandom()
    while not is_free("127.0.0.1", port := ports.randint(LOWEST, HIGHEST)):
        pass
    return port
