"""What clients meet in each kind of deployment, as its documentation says it, and the options to serve it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runtime_app.openwhisk import Parameter

# As shipped, Apache allows one launch and one fire a second. These tests make more; throttles have theirs.
RATES = {"invocations_per_minute": 6000, "fires_per_minute": 600}


@dataclass(frozen=True)
class Rules:
    """`families` of kinds that actions may have; `page` is the longest list.

    Without `records_waits` a success that somebody waited for leaves no record; without `shows_parameters`
    default parameters come back as something that is not their value.
    """

    profile: str
    page: int
    max_timeout_ms: int
    concurrent_invocations: int
    families: frozenset[str]
    records_waits: bool = True
    shows_parameters: bool = True
    gives_key: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """Of the server that follows them."""
        return {"profile": self.profile, **RATES}

    def comes_back(self, sent: Sequence[Parameter], got: Sequence[Parameter]) -> bool:
        """Whether `got` is what a client may expect to read after it has sent `sent`."""
        if self.shows_parameters:
            return tuple(got) == tuple(sent)
        same_keys = [(item.key, item.init) for item in got] == [(item.key, item.init) for item in sent]
        return same_keys and all(item.encrypted for item in got) and not {*got} & {*sent}


BOTH = frozenset({"nodejs", "python"})
FRIENDLY = Rules("friendly", 200, 10_800_000, 1000, BOTH, gives_key=True)
APACHE = Rules("openwhisk", 200, 300_000, 30, BOTH)
ADOBE = Rules(
    "adobe", 50, 10_800_000, 100, frozenset({"nodejs"}), records_waits=False, shows_parameters=False
)
EVERYWHERE = (FRIENDLY, APACHE, ADOBE)
