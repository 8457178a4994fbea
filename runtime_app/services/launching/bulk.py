"""Bulk launches: from a list to waiting activations, and what one may do while they leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Min
from django.utils import timezone

from runtime_app.models import (
    Action,
    Activation,
    ActivationPayload,
    AuditEntry,
    BulkLaunch,
    BulkState,
    Namespace,
    Status,
    User,
    Verb,
    one_line,
    summarize,
)
from runtime_app.models.many_rows import insert_rows
from runtime_app.services.connecting.limits import action_ranges
from runtime_app.services.launching.bulk_rows import BulkRow, ParsedRows, parse_rows
from runtime_app.services.launching.durations import Expectation, expectations
from runtime_app.services.launching.room import bulk_slots, hold_on_bulks, launch_budget
from runtime_app.services.live.publishing import publish_change

# Rows in one statement; SQLite allows 32,766 variables.
BATCH_ROWS = 500
DRAFTS_KEPT = timedelta(days=1)
RATE_OVER = timedelta(seconds=60)
RATE_AT_LEAST_OVER = timedelta(seconds=5)


class BadRowsError(Exception):
    """Some rows are bad, and nobody has said that they are to be left out."""


class ActionGoneError(Exception):
    """The action does not exist on the runtime any more."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a bulk launch has come; `rate` is in launches a minute, lately.

    `hold`: why nothing of it leaves although it runs, in a sentence; empty otherwise.
    """

    total: int
    by_status: dict[Status, int]
    rate: int
    ends_at: datetime | None
    hold: str = ""

    @property
    def queued(self) -> int:
        """What waits here."""
        return self.by_status.get(Status.QUEUED, 0)

    @property
    def running(self) -> int:
        """What has left and has not ended, as far as known."""
        return self.by_status.get(Status.SENDING, 0) + self.by_status.get(Status.PENDING, 0)

    @property
    def ended(self) -> int:
        """What is over, in whatever way, of what was not taken back."""
        return self.total - self.queued - self.running - self.cancelled

    @property
    def cancelled(self) -> int:
        """What never left."""
        return self.by_status.get(Status.CANCELLED, 0)

    @property
    def endings(self) -> list[tuple[Status, int]]:
        """How many ended in which way, in the order of the statuses."""
        return [
            (status, self.by_status[status])
            for status in Status
            if status.is_final and status in self.by_status
        ]


def draft(action: Action, *, person: User, text: str, source_format: str, file_name: str = "") -> BulkLaunch:
    """Keep a text for the preview. Nothing is launched; the person's older drafts go after a day."""
    drafts = BulkLaunch.objects.filter(launched_by=person, state=BulkState.DRAFT)
    for old in drafts.filter(created_at__lt=timezone.now() - DRAFTS_KEPT).defer("source"):
        discard(old)
    return BulkLaunch.objects.create(
        namespace=action.namespace,
        action_path=action.path,
        launched_by=person,
        source=text,
        source_format=source_format,
        file_name=one_line(file_name, 200),
    )


def parsed(bulk: BulkLaunch) -> ParsedRows:
    """The rows of a draft.

    Raises:
        UnreadableSource: see `bulk_rows.parse_rows`.
    """
    row_bytes = action_ranges(bulk.namespace).parameter_bytes
    return parse_rows(bulk.source, bulk.source_format, row_bytes=row_bytes)


def launch_bulk(bulk: BulkLaunch, *, person: User, skip_bad: bool = False) -> bool:
    """Let the rows of a draft wait for their turn. False when somebody has launched it already.

    Nothing leaves before all rows are there. Broken off in between, it can be launched again: the keys of the
    rows tell which are there.

    Raises:
        BadRowsError: rows are bad and `skip_bad` was not said.
        ActionGoneError: the action is gone.
    """
    if not bulk.is_draft:
        return False
    found = parsed(bulk)
    if not found.rows or (found.bad and not skip_bad):
        raise BadRowsError
    action = Action.objects.present().filter(namespace=bulk.namespace, path=bulk.action_path).first()
    if action is None:
        raise ActionGoneError
    bulk.launched_by, bulk.created_at = person, timezone.now()
    bulk.total, bulk.skipped, bulk.source = len(found.rows), len(found.bad), ""
    for start in range(0, len(found.rows), BATCH_ROWS):
        _fill(bulk, action, found.rows[start : start + BATCH_ROWS])
    with transaction.atomic():
        if not bulk.launch():
            return False
        bulk.save(update_fields=["launched_by", "created_at", "total", "skipped", "source"])
        _audit(bulk, Verb.BULK_LAUNCHED, person, rows=bulk.total, skipped=bulk.skipped)
        # One is enough: open pages find the others in the database.
        publish_change(Activation.objects.filter(bulk=bulk).latest("pk"), is_new=True)
    return True


def discard(bulk: BulkLaunch) -> bool:
    """Throw a draft away. False when it was launched meanwhile."""
    with transaction.atomic():
        draft = BulkLaunch.objects.select_for_update().filter(pk=bulk.pk, state=BulkState.DRAFT).first()
        if draft is None:
            return False
        # What a launch that was broken off had put down; none of it can have left.
        Activation.objects.filter(bulk=draft, status=Status.QUEUED).delete()
        draft.delete()
    return True


def pause(bulk: BulkLaunch, *, person: User) -> bool:
    """Let nothing more leave for now. False when it does not run."""
    return bulk.pause() and _audit(bulk, Verb.BULK_PAUSED, person)


def resume(bulk: BulkLaunch, *, person: User) -> bool:
    """Go on after a pause. False when it is not paused."""
    return bulk.resume() and _audit(bulk, Verb.BULK_RESUMED, person)


def stop(bulk: BulkLaunch, *, person: User) -> int | None:
    """Take back whatever still waits; how many. What was sent runs on. None when it was over already."""
    now = timezone.now()
    with transaction.atomic():
        if not bulk.stop():
            return None
        BulkLaunch.objects.filter(pk=bulk.pk).update(ended_at=now)
        waiting = Activation.objects.filter(bulk=bulk, status=Status.QUEUED)
        last = waiting.order_by("-pk").first()
        cancelled = waiting.update(status=Status.CANCELLED, next_poll_at=None, changed_at=now, error="")
        _audit(bulk, Verb.BULK_STOPPED, person, cancelled=cancelled)
        if last is not None:
            publish_change(last)
    return cancelled


def progress(bulk: BulkLaunch) -> Progress:
    """How far it has come, and what holds it back."""
    rows = Activation.objects.filter(bulk=bulk)
    counted = rows.order_by().values_list("status").annotate(number=Count("pk"))
    by_status = Counter({Status(status): number for status, number in counted})
    rate = _rate(bulk, timezone.now())
    total = sum(by_status.values())
    queued = by_status[Status.QUEUED]
    hold = hold_on_bulks(bulk.namespace) if queued and bulk.state == BulkState.RUNNING else ""
    usual = expectations(bulk.namespace, [bulk.action_path]).get(bulk.action_path)
    # What is held back goes on at the pace of what ends, of which nothing is known without earlier runs.
    ends_at = None if hold and not usual else _ends_at(bulk, queued, rate, usual)
    return Progress(total, dict(by_status), rate, ends_at, hold)


def bulks_of(namespace: Namespace, action_path: str, most: int) -> list[BulkLaunch]:
    """The latest bulk launches of an action."""
    rows = BulkLaunch.objects.launched().filter(namespace=namespace, action_path=action_path)
    return list(rows.select_related("launched_by").defer("source")[:most])


def _rate(bulk: BulkLaunch, now: datetime) -> int:
    """Launches a minute, by what left in the last minute or since the first of that left."""
    recent = Activation.objects.filter(bulk=bulk, sent_at__gte=now - RATE_OVER)
    sent = recent.aggregate(number=Count("pk"), first=Min("sent_at"))
    if not sent["number"]:
        return 0
    per_window: float = sent["number"] * (RATE_OVER / max(now - sent["first"], RATE_AT_LEAST_OVER))
    return round(per_window)


def _ends_at(bulk: BulkLaunch, queued: int, rate: int, usual: Expectation | None) -> datetime | None:
    """When the last one will probably have ended; None when nothing leaves now."""
    if not queued or not rate or bulk.state != BulkState.RUNNING:
        return None
    last_run = timedelta(milliseconds=usual.p90_ms if usual else 0)
    # What had been saved up lets the first ones leave faster than the others will.
    steady = min(rate, steady_rate(bulk.namespace, usual) or rate)
    return timezone.now() + queued / steady * RATE_OVER + last_run


def steady_rate(namespace: Namespace, usual: Expectation | None) -> float:
    """How many rows of bulk launches can leave in a minute in the long run, if each takes as long as usual.

    By the limits on launches a minute and on launches at once; 0 when neither says anything.
    """
    rates = []
    if (budget := launch_budget(namespace, bulk=True)) is not None:
        rates.append(budget.rate * 60)
    if usual is not None and (slots := bulk_slots(namespace)):
        rates.append(slots * 60_000 / max(1, usual.median_ms))
    return min(rates, default=0.0)


def _fill(bulk: BulkLaunch, action: Action, rows: Sequence[BulkRow]) -> None:
    """Put rows down that are not there yet. A short transaction each: others write meanwhile."""
    try:
        _create_missing(bulk, action, rows)
    except IntegrityError:
        # Somebody else does the same at this moment; now their rows are seen.
        _create_missing(bulk, action, rows)


@transaction.atomic
def _create_missing(bulk: BulkLaunch, action: Action, rows: Sequence[BulkRow]) -> None:
    keys = {bulk.row_key(row.line): row for row in rows}
    with_key = Activation.objects.filter(launch_key__in=keys)
    there = set(with_key.values_list("launch_key", flat=True))
    missing = {key: row for key, row in keys.items() if key not in there}
    alike = _facts(bulk, action)
    facts = ([*alike.values(), key, summarize(row.parameters)] for key, row in missing.items())
    insert_rows(Activation, [*alike, "launch_key", "summary"], facts)
    pks = dict(with_key.values_list("launch_key", "pk"))
    parameters = ([pks[key], row.parameters] for key, row in missing.items())
    insert_rows(ActivationPayload, ["activation_id", "parameters"], parameters)


def _facts(bulk: BulkLaunch, action: Action) -> dict[str, Any]:
    """What all its rows have in common."""
    return {
        "namespace_id": bulk.namespace_id,
        "bulk_id": bulk.pk,
        "launched_by_id": bulk.launched_by_id,
        "action_path": action.path,
        "kind": action.kind,
        "version": action.version,
        "timeout_ms": action.timeout_ms,
        "memory_mb": action.memory_mb,
        "listed_at": bulk.created_at,
        "next_poll_at": bulk.created_at,
        "changed_at": bulk.created_at,
    }


def _audit(bulk: BulkLaunch, verb: Verb, person: User, **detail: int) -> bool:
    AuditEntry.record(
        verb, person=person, namespace=bulk.namespace, target=bulk.action_path, bulk=bulk.pk, **detail
    )
    return True
