"""What a server is started with: read once from the command line (see `options.py`), never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from standalone.limits import Limits
from standalone.profiles import Profile

GUEST_NAMESPACE = "guest"
# The public key of every OpenWhisk standalone server (core/standalone/src/main/resources/standalone.conf).
GUEST_AUTH = (
    "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
)


@dataclass(frozen=True)
class ProcessSettings:
    """How many action processes are kept, for how long, and what each may use."""

    idle_seconds: float = 300.0
    warm_maximum: int = 24
    starting_maximum: int = 4
    start_seconds: float = 60.0
    file_bytes: int = 600 * 1024 * 1024
    niceness: int = 5


@dataclass(frozen=True)
class Settings:
    """`namespaces` maps a namespace's name to its `UUID:KEY`; `api_host` is what actions call back to.

    `bubblewrap`: the program that isolates action processes, if they are to be isolated.
    """

    host: str
    port: int
    data: Path
    api_host: str
    namespaces: dict[str, str]
    node: Path | None
    node_modules: Path | None
    python: Path
    profile: Profile = field(default_factory=Profile)
    processes: ProcessSettings = field(default_factory=ProcessSettings)
    steering: bool = False
    bubblewrap: Path | None = None

    @property
    def limits(self) -> Limits:
        return self.profile.limits
