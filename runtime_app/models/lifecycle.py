"""How an activation moves from state to state.

Every move is one conditional UPDATE: it happens only from the states it may start from, exactly once, whoever
else tries at the same moment. Each method answers whether this call made the move.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models.expressions import Combinable
from django.utils import timezone

from .fields import one_line
from .statuses import ACCEPTS_RECORD, Status

ERROR_CHARACTERS = 500
GRACE = timedelta(seconds=60)
FIRST_POLL_AFTER = timedelta(seconds=1)


Move = TypeVar("Move", bound=Callable[..., bool])


def moves(method: Move) -> Move:
    """Keep templates from calling a method that writes (Django's `alters_data`)."""
    setattr(method, "alters_data", True)  # noqa: B010  functions declare no such attribute
    return method


class Lifecycle(models.Model):
    """Where an activation stands, and its moves; `models/statuses.py` draws them."""

    # NULL until accepted: many rows may lack an id, none may share one.
    activation_id = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001
    status = models.CharField(max_length=20, choices=Status, default=Status.QUEUED)
    error = models.CharField(max_length=500, blank=True, help_text="Why it failed, in one sentence.")
    timeout_ms = models.PositiveIntegerField(default=60_000)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the request left, or last left.")
    accepted_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    polls = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @property
    def state(self) -> Status:
        """The status as a member of the enum."""
        return Status(self.status)

    @property
    def is_final(self) -> bool:
        """Whether the panel has stopped waiting for it."""
        return self.state.is_final

    @property
    def is_running(self) -> bool:
        """Whether it is under way, as far as anybody can know."""
        return self.status in (Status.SENDING, Status.PENDING)

    @property
    def can_be_cancelled(self) -> bool:
        """Only what still waits here can be taken back: the platform has no cancel."""
        return self.status == Status.QUEUED

    @property
    def may_be_found(self) -> bool:
        """Whether the answer to its launch was lost, so that a record found elsewhere may be its own."""
        return self.status == Status.UNKNOWN

    @moves
    def claim_for_sending(self) -> bool:
        """queued → sending: this caller, and nobody else, sends the request now."""
        return self._move({Status.QUEUED}, status=Status.SENDING, error="", sent_at=timezone.now())

    @moves
    def hold(self, sentence: str, *, until: datetime) -> bool:
        """Stays queued: there is no room for it before `until`."""
        return self._move({Status.QUEUED}, error=_short(sentence), next_poll_at=until)

    @moves
    def requeue(self, sentence: str, *, retry_at: datetime) -> bool:
        """sending → queued: the platform certainly took nothing, and it may be tried again at `retry_at`."""
        return self._move(
            {Status.SENDING},
            status=Status.QUEUED,
            error=_short(sentence),
            next_poll_at=retry_at,
            polls=models.F("polls") + 1,
        )

    @moves
    def refuse(self, sentence: str) -> bool:
        """queued or sending → refused: the platform will not take it, nothing ran."""
        return self._finish({Status.QUEUED, Status.SENDING}, Status.REFUSED, sentence)

    @moves
    def lose_answer(self, sentence: str) -> bool:
        """sending → unknown: the request left, and what became of it cannot be known from its answer."""
        return self._finish({Status.SENDING}, Status.UNKNOWN, sentence)

    @moves
    def identify(self, status: Status, **fields: Any) -> bool:
        """unknown → the state of the record that a person found to be this launch's."""
        return self._move({Status.UNKNOWN}, status=status, next_poll_at=None, **fields)

    @moves
    def reach_nobody(self) -> bool:
        """sending → nobody listening: a fire that the platform answered with 204, which keeps no record."""
        return self._finish({Status.SENDING}, Status.NO_RULE, "")

    @moves
    def cancel(self) -> bool:
        """queued → cancelled."""
        return self._finish({Status.QUEUED}, Status.CANCELLED, "")

    @moves
    def accept(self, activation_id: str) -> bool:
        """sending → pending: the platform took it under this id. Waiting ends at its time limit plus `GRACE`.

        Raises:
            IntegrityError: a sweep has already brought this id in; see `services/collecting/records.py`.
        """
        now = timezone.now()
        return self._move(
            {Status.SENDING},
            status=Status.PENDING,
            activation_id=activation_id,
            accepted_at=now,
            deadline_at=now + timedelta(milliseconds=self.timeout_ms) + GRACE,
            next_poll_at=now + FIRST_POLL_AFTER,
            polls=0,
        )

    @moves
    def report(self, status: Status, **fields: Any) -> bool:
        """Anything the platform may still report on → its final state, with what the record says."""
        if not status.is_reported:
            raise ValueError(f"A record cannot end an activation as {status}.")
        return self._move(ACCEPTS_RECORD, status=status, next_poll_at=None, **fields)

    @moves
    def misread(self, sentence: str) -> bool:
        """Stays pending: the answer about it cannot be used, for this reason; none once it can.

        False if that is known already.
        """
        sentence = _short(sentence)
        return self.error != sentence and self._move({Status.PENDING}, error=sentence)

    @moves
    def give_up(self) -> bool:
        """pending → not reported, for a record that is still missing after the deadline."""
        return self._finish(
            {Status.PENDING},
            Status.NOT_REPORTED,
            "The runtime has no record of it although its time is over.",
        )

    def _finish(self, start: Collection[Status], status: Status, sentence: str) -> bool:
        return self._move(start, status=status, error=_short(sentence), next_poll_at=None)

    def _move(self, start: Collection[Status], **fields: Any) -> bool:
        fields["changed_at"] = timezone.now()
        rows = type(self)._default_manager.filter(pk=self.pk, status__in=list(start))
        if rows.update(**fields) != 1:
            return False
        if reckoned := [name for name, value in fields.items() if isinstance(value, Combinable)]:
            self.refresh_from_db(fields=reckoned)
        for name in fields.keys() - set(reckoned):
            setattr(self, name, fields[name])
        return True


def _short(sentence: str) -> str:
    return one_line(sentence, ERROR_CHARACTERS)
