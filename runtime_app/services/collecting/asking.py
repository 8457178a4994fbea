"""Asking the runtime for what is due: from activations to requests, and from answers to rows."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.db.models import F
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Origin, Status
from runtime_app.models.activations import ActivationQuerySet
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import NotFound, OpenWhiskClient, OpenWhiskError, RemoteActivation, SummariesOnly
from runtime_app.services.collecting.pacing import pause_seconds
from runtime_app.services.collecting.planning import Request, Single, Waiting, Window, plan
from runtime_app.services.collecting.record_facts import epoch_ms, moment
from runtime_app.services.collecting.records import take_in_many
from runtime_app.services.launching.durations import Expectation
from runtime_app.services.live.publishing import publish_change

KNOWN_STARTS = 20_000
SAMPLES = 200
MOST_QUEUED_MS = 10_000
SAMPLE_MARGIN_MS = 100
# Before anything is known of the other clock and of how long jobs queue there.
UNKNOWN_RANGE_MS = (-600_000, 600_000)
# A job that queues longer than its forerunners leaves its window: the window grows with fruitless asking.
WIDEN_EVERY_POLLS = 10
WIDEN_MS = 5_000
UNITS_PER_SECOND = 10
# Without a history: after so long a job takes long, or stands in none of our windows.
LATE_ANYWAY = timedelta(seconds=8)
SILENCE = timedelta(seconds=3)
# Where lists only name what has ended.
MOST_SINGLES = 50

logger = logging.getLogger(__name__)
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class ListPage(Protocol[T_co]):
    """A call that brings one page of the runtime's list."""

    def __call__(self, *, limit: int, skip: int, since_ms: int, upto_ms: int) -> Sequence[T_co]: ...


def requests_for(
    namespace: Namespace, due: Sequence[Activation], expected: dict[str, Expectation]
) -> list[tuple[Request, list[Activation]]]:
    """The cheapest requests that cover `due`, each with the rows it covers, the most overdue first.

    What is past its deadline is asked for by its id: only a 404 for that very id ends the wait. So is one of
    those that are late, when nothing has come for a while: should the runtime's clock have jumped, they stand
    in no window, and the record of one shows where to look for the others.
    """
    now, reach = timezone.now(), start_range(namespace)
    rows = {row.activation_id: row for row in due}
    by_id = [row for row in due if _is_overdue(row, now)]
    if nothing_came(namespace, now):
        asked = [row for row in due if row.polls > 0 and not _is_overdue(row, now)]
        by_id += one_of(
            [row for row in asked if is_late(now - row.elapsed_from, expected.get(row.action_path))]
        )
    alone = {row.pk for row in by_id}
    waiting = [waiting_for(row, reach) for row in due if row.pk not in alone]
    requests: list[Request] = [Single(waiting_for(row, reach)) for row in by_id]
    requests += plan(waiting, _starts_among(namespace, waiting), page_size=namespace.list_limit)
    covered = [(request, [rows[item.activation_id] for item in request.covers]) for request in requests]
    return sorted(covered, key=lambda pair: min(row.next_poll_at or now for row in pair[1]))


def one_by_one(request: Request, rows: Sequence[Activation]) -> list[tuple[Request, list[Activation]]]:
    """What to ask instead of a window whose answer cannot be used; a single one has no other way."""
    if isinstance(request, Single):
        return []
    return [(Single(item), [row]) for item, row in zip(request.covers, rows, strict=True)]


def start_range(namespace: Namespace) -> tuple[int, int]:
    """How long after acceptance jobs start, from recent ones, by the two clocks: least and most, in ms."""
    pairs = _launched_here(namespace).values_list("accepted_at", "started_at")[:SAMPLES]
    lags = [int((started - at).total_seconds() * 1000) for at, started in pairs if at and started]
    if not lags:
        return UNKNOWN_RANGE_MS
    # Of a crowd the last to start may be known first: unless the clocks differ, others started at once.
    least = 0 if 0 < min(lags) < MOST_QUEUED_MS else min(lags)
    return least - SAMPLE_MARGIN_MS, max(lags) + SAMPLE_MARGIN_MS


def _launched_here(namespace: Namespace) -> ActivationQuerySet:
    """The latest successes that were accepted when they began: a blocking call tells only at its end."""
    recent = Activation.objects.filter(namespace=namespace, status=Status.SUCCESS, waits=False)
    # Not `origin=Origin.PANEL`, by whose index SQLite would walk past all that waits.
    return recent.exclude(origin=Origin.ELSEWHERE).newest_first()


def nothing_came(namespace: Namespace, now: datetime) -> bool:
    """Whether none of the latest launches has come home lately: while they do, the windows are right."""
    came = _launched_here(namespace).values_list("changed_at", flat=True)[:SAMPLES]
    return all(now - at > SILENCE for at in came)


def waiting_for(row: Activation, reach: tuple[int, int]) -> Waiting:
    """Where in the runtime's list the record of `row` will stand: wider, the oftener it was asked for."""
    accepted_ms = epoch_ms(row.elapsed_from)
    widening = row.polls // WIDEN_EVERY_POLLS * WIDEN_MS
    return Waiting(row.activation_id or "", accepted_ms + reach[0], accepted_ms + reach[1] + widening)


def ask(
    request: Request, namespace: Namespace, client: OpenWhiskClient
) -> tuple[list[RemoteActivation], int]:
    """Make a planned request; what came, and how many HTTP requests that took.

    Raises:
        OpenWhiskError: except NotFound, which for a single one means that it has not ended.
    """
    if isinstance(request, Single):
        return ask_for_one(request.waiting.activation_id, client), 1
    if namespace.lists_records:
        try:
            return _pages(client.list_full_activations, request, namespace.list_limit)
        except SummariesOnly as error:
            logger.warning("Records of %s come one by one: %s", namespace, error)
            note_lists_only_name(namespace)
    return _named_one_by_one(request, namespace, client)


def note_lists_only_name(namespace: Namespace) -> None:
    """Ask this runtime's lists for whole records no more, until the next sync."""
    namespace.lists_records = False
    Namespace.objects.filter(pk=namespace.pk).update(lists_records=False)


def _pages(list_page: ListPage[T], window: Window, page_size: int) -> tuple[list[T], int]:
    """A window's items. A short page ends it; should a server cap pages silently, sweeps find the rest."""
    items: list[T] = []
    requests = 0
    while len(items) == requests * page_size:
        items += list_page(limit=page_size, skip=len(items), since_ms=window.since_ms, upto_ms=window.upto_ms)
        requests += 1
    return items, requests


def _named_one_by_one(
    window: Window, namespace: Namespace, client: OpenWhiskClient
) -> tuple[list[RemoteActivation], int]:
    """The records of those that a window names and we wait for, each by its id.

    What is too much for one look comes later.
    """
    named, requests = _pages(client.list_activations, window, namespace.list_limit)
    ids = [each.activation_id for each in named]
    pending = Activation.objects.pending().filter(namespace=namespace, activation_id__in=ids)
    wanted = set(pending.values_list("activation_id", flat=True))
    ended = [each for each in ids if each in wanted][:MOST_SINGLES]
    records = [record for each in ended for record in ask_for_one(each, client)]
    return records, requests + len(ended)


def ask_for_one(activation_id: str, client: OpenWhiskClient) -> list[RemoteActivation]:
    """Its record, or nothing while there is none."""
    try:
        return [client.get_activation(activation_id)]
    except NotFound:
        return []


def settle(
    namespace: Namespace,
    request: Request,
    rows: Sequence[Activation],
    records: Sequence[RemoteActivation],
    expected: dict[str, Expectation],
    *,
    watched: bool,
) -> int:
    """Take in what came, and note when to ask again for the rest; how many records were news.

    What a window does not hold is waited for, even past its deadline: the next cycle asks for it by its id.
    """
    news = take_in_many(namespace, records)
    came = {record.activation_id for record in records}
    missing = [row for row in rows if row.activation_id not in came]
    now = timezone.now()
    if isinstance(request, Single) and missing and _is_overdue(missing[0], now):
        if missing[0].give_up():
            publish_change(missing[0])
        return news
    if isinstance(request, Single) and missing and missing[0].misread(""):
        publish_change(missing[0])  # It can be read again, and there is nothing yet.
    postpone(missing, expected, watched=watched)
    return news


def note_unusable(row: Activation, error: OpenWhiskError) -> None:
    """Say on the job's page, and to Health, why its result is not here although somebody asks for it."""
    if row.misread(f"{error.message} Overtime goes on asking."):
        publish_change(row)


def postpone(rows: Iterable[Activation], expected: dict[str, Expectation], *, watched: bool) -> None:
    """Note for many rows at once when to ask for them again, in as many statements as there are pauses."""
    now = timezone.now()
    by_pause: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        waited = (now - row.elapsed_from).total_seconds()
        seconds = pause_seconds(waited, expected.get(row.action_path), watched=watched)
        by_pause[round(seconds * UNITS_PER_SECOND)].append(row.pk)
    for units, alike in by_pause.items():
        again = now + timedelta(seconds=units / UNITS_PER_SECOND)
        Activation.objects.pending().filter(pk__in=alike).update(next_poll_at=again, polls=F("polls") + 1)


def is_late(waited: timedelta, usual: Expectation | None) -> bool:
    """Whether it takes longer than its forerunners, or long enough where nothing is known of any."""
    return waited > (LATE_ANYWAY if usual is None else timedelta(milliseconds=usual.p90_ms))


def one_of(rows: Sequence[Activation]) -> list[Activation]:
    """Any one, so that a job that really takes long does not stand before the others for ever."""
    return [random.choice(rows)] if rows else []  # noqa: S311  no secret hangs on it


def _is_overdue(row: Activation, now: datetime) -> bool:
    return row.deadline_at is not None and now > row.deadline_at


def _starts_among(namespace: Namespace, waiting: Sequence[Waiting]) -> list[int]:
    if len(waiting) < 2:
        return []
    since_ms = min(item.earliest_ms for item in waiting)
    return known_starts(namespace, since_ms, max(item.latest_ms for item in waiting))


def known_starts(namespace: Namespace, since_ms: int, upto_ms: int) -> list[int]:
    """When the records that we have started, in order, as far as they would come along (all in epoch ms)."""
    known = Activation.objects.filter(
        namespace=namespace,
        status__in=REPORTED,
        listed_at__gte=moment(since_ms),
        listed_at__lte=moment(upto_ms),
    )
    # In the order of `history_by_status`: in that of the history they stand behind all that waits.
    ordered = known.order_by("status", "-listed_at", "-id")
    starts = ordered.values_list("started_at", "listed_at")[:KNOWN_STARTS]
    return sorted(epoch_ms(started or listed) for started, listed in starts)
