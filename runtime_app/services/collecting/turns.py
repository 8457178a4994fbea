"""One collector's turn at one namespace: how far it may go, and what it did."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic

from runtime_app.models import Namespace
from runtime_app.openwhisk import (
    BadReply,
    Forbidden,
    OpenWhiskClient,
    OpenWhiskError,
    Rejected,
    ServerFault,
    Unreachable,
)
from runtime_app.services.backing.leases import Lease
from runtime_app.services.collecting.budget import Budget

logger = logging.getLogger(__name__)

CYCLE_SECONDS = 15.0
# One broken record must not keep the others waiting; nothing but broken answers means the runtime is unwell.
FAILURES_IN_A_ROW = 3
ANSWERED_BADLY = (BadReply, Forbidden, Rejected, ServerFault, Unreachable)


@dataclass(slots=True)
class Cycle:
    """What one collecting cycle did."""

    asked: int = 0
    collected: int = 0
    failed: int = 0
    began: float = field(default_factory=monotonic)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return monotonic() - self.began


@dataclass(slots=True)
class Turn:
    """A cycle under way: whose, over which connection, and within which bounds."""

    namespace: Namespace
    client: OpenWhiskClient
    held: Lease
    budget: Budget
    watched: bool
    cycle: Cycle

    def may_go_on(self) -> bool:
        """Whether there is time, the lease, and something left of the budget."""
        return self.cycle.seconds < CYCLE_SECONDS and self.held.renew() and self.budget.balance() > 0

    def spend(self, requests: int) -> None:
        """Count HTTP requests that were answered well, here and against the budget."""
        self.cycle.asked += requests
        self.cycle.failed = 0
        self.budget.spend(requests)

    def note_bad_answer(self, error: OpenWhiskError, about: object) -> None:
        """Count an answer that cannot be used. Raises it when it is more than one record's trouble."""
        self.cycle.asked += 1
        self.cycle.failed += 1
        if not error.sent or self.cycle.failed >= FAILURES_IN_A_ROW:
            raise error
        logger.warning("An answer for %s cannot be used: %s\n%s", about, error, error.body)
