"""What changed since a moment, and how far somebody has seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.services.history.pages import EPOCH, MAX_PK

# A change is stamped before it is committed, so one with an earlier stamp may become visible later.
OVERLAP = timedelta(seconds=2)
# A page that missed more is better loaded anew than patched.
MAX_CHANGES = 200

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far somebody has seen: every change up to `changed_at`, and no row newer than `newest_pk`."""

    changed_at: datetime
    newest_pk: int

    @classmethod
    def now(cls) -> Self:
        """For a page that is about to read what it shows."""
        newest_pk = Activation.objects.order_by("-pk").values_list("pk", flat=True).first()
        return cls(timezone.now(), newest_pk or 0)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor in `text`, `MICROSECONDS-PK`; None when it is none, or from the future."""
        micros, _, pk = text.partition("-")
        if not (micros.isascii() and micros.isdigit() and pk.isascii() and pk.isdigit()):
            return None
        try:
            changed_at = EPOCH + int(micros[:20]) * MICROSECOND
        except OverflowError:
            return None
        return cls(min(changed_at, timezone.now()), min(int(pk[:20]), MAX_PK))

    def past(self, activations: Iterable[Activation]) -> Cursor:
        """This cursor moved on over what was seen now; never beyond the present, whatever a clock says."""
        now = timezone.now()
        cursor = self
        for activation in activations:
            changed_at = max(cursor.changed_at, min(activation.changed_at, now))
            cursor = replace(cursor, changed_at=changed_at, newest_pk=max(cursor.newest_pk, activation.pk))
        return cursor

    def __str__(self) -> str:
        return f"{(self.changed_at - EPOCH) // MICROSECOND}-{self.newest_pk}"


@dataclass(frozen=True, slots=True)
class Note:
    """That one activation changed, for pages that refresh their sections."""

    pk: int
    status: str
    new: bool

    def as_dict(self) -> dict[str, int | str | bool]:
        return {"pk": self.pk, "status": self.status, "new": self.new}


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a cursor. With `too_many` the lists are empty: the page should be loaded anew.

    `rewired`: triggers, rules or packages have changed.
    """

    cursor: Cursor
    activations: Sequence[Activation] = ()
    notes: Sequence[Note] = ()
    too_many: bool = False
    rewired: bool = False


def changes_since(namespace: Namespace, cursor: Cursor) -> Changes:
    """What changed in a namespace after `cursor`, oldest change first, in two queries along indexes.

    Changes of the last `OVERLAP` before the cursor are told again: pages take the same change twice.
    """
    started = Cursor.now()
    rows = Activation.objects.for_rows().filter(namespace=namespace)
    found = list(rows.changed_since(cursor.changed_at - OVERLAP)[: MAX_CHANGES + 1])
    if len(found) > MAX_CHANGES:
        return Changes(started, too_many=True)
    rewired_at = rewired_last(namespace.pk)
    rewired = rewired_at is not None and rewired_at > cursor.changed_at - OVERLAP
    return Changes(started, found, notes_on(found, cursor), rewired=rewired)


def rewired_last(namespace_pk: int) -> datetime | None:
    """When triggers, rules or packages of a namespace changed last, as far as known; None: never."""
    return Namespace.objects.filter(pk=namespace_pk).values_list("rewired_at", flat=True).first()


def notes_on(activations: Iterable[Activation], cursor: Cursor) -> list[Note]:
    """A note for each; rows that did not exist at `cursor` are new."""
    return [Note(row.pk, row.status, row.pk > cursor.newest_pk) for row in activations]
