"""Collecting from a crowd: more jobs than can be asked for one by one, so by pages of the runtime's list.

Each look is at the page that is worth most (`pages.py`), by what the action's own runs tell (`ending.py`),
and waits until that is worth its request. So a thousand jobs cost what their ends need, not their number.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from time import time

from django.db.models import F
from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.collecting.asking import ask, is_late, nothing_came
from runtime_app.services.collecting.budget import Budget
from runtime_app.services.collecting.few import collect_few
from runtime_app.services.collecting.jobs import Crowd
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.collecting.pages import PRICE, Page
from runtime_app.services.collecting.records import take_in_many
from runtime_app.services.collecting.turns import ANSWERED_BADLY, Turn
from runtime_app.services.launching.durations import expectations

# In a cycle; of those past their deadline, whose wait only a 404 for the very id ends.
MOST_OVERDUE = 20
PROBE_EVERY_SECONDS = 5
PROBE_AMONG = 50
# Rows of a crowd are renewed when they would be due this soon after the next cycle: until so long after it.
# To write thousands is the dearest part of a cycle, so most are left alone for longer.
RENEWED_BEFORE, RENEWED_FOR, MOST_RENEWED_FOR = (timedelta(seconds=each) for each in (3, 6, 20))
# Below this share of a full bucket requests become dearer, twice as dear with each further fortieth.
SCARCE, DOUBLED_EVERY = 0.25, 0.025


def take_back(namespace: Namespace) -> None:
    """What is left of a crowd is asked for one by one from now on, and was renewed beyond its own pace."""
    if Looks(namespace.pk).forget():
        Activation.objects.pending().filter(namespace=namespace).update(next_poll_at=timezone.now())


def collect_crowd(turn: Turn) -> float | None:
    """Ask for every page that is worth it now; in how many seconds the next one will be, None without any.

    Raises:
        OpenWhiskError: the runtime refuses, is away, or answers nothing that can be used.
    """
    _ask_by_id(turn)
    seconds = _ask_by_page(turn, Crowd(turn.namespace, watched=turn.watched))
    _renew(turn.namespace, seconds or 0.0)
    return seconds


def _ask_by_page(turn: Turn, crowd: Crowd) -> float | None:
    while (wanted := crowd.next_page(price_of(turn.budget))) is not None:
        page, seconds = wanted
        if seconds > 0 or not turn.may_go_on():
            return seconds
        _look(turn, crowd, page)
    return None


def price_of(budget: Budget) -> float:
    """What a page must be worth: more while the budget runs short, so that the last requests buy the most."""
    short = SCARCE - budget.balance() / budget.burst
    return PRICE * 2 ** (max(0.0, short) / DOUBLED_EVERY)


def _look(turn: Turn, crowd: Crowd, page: Page) -> None:
    """One request, or the few of a page that one does not hold; where its answer is of no use, its parts."""
    todo = deque([page])
    while todo and turn.may_go_on():
        part = todo.popleft()
        if not (cohorts := crowd.cohorts_on(part)):
            continue
        if part.is_dear:
            todo.extendleft(reversed(crowd.one_by_one(part)))
            continue
        asked_at = time()
        try:
            records, spent = ask(part.request, turn.namespace, turn.client)
        except ANSWERED_BADLY as error:
            crowd.note_look(cohorts, asked_at)
            turn.note_bad_answer(error, f"{part.count} activations of {turn.namespace}")
            todo += part.halves() or crowd.one_by_one(part)
            continue
        turn.spend(spent)
        crowd.note_overlooked(records)
        turn.cycle.collected += take_in_many(turn.namespace, records)
        crowd.note_look(cohorts, asked_at)
        crowd.note_home(records)


def _renew(namespace: Namespace, seconds: float) -> None:
    """Let beat find the crowd due only when the next cycle, in so many seconds, does not come.

    For that one row is enough, the one that is due first. The others follow much later, or as soon when their
    deadline is near.
    """
    now = timezone.now()
    next_cycle = now + timedelta(seconds=seconds)
    too_soon, soon, later = (next_cycle + each for each in (RENEWED_BEFORE, RENEWED_FOR, MOST_RENEWED_FOR))
    waiting = Activation.objects.pending().filter(namespace=namespace).exclude(deadline_at__lt=now)
    # As `activation_due` has them.
    in_turn = waiting.filter(next_poll_at__isnull=False).order_by("next_poll_at")
    first = list(in_turn.values_list("pk", flat=True)[:1])
    others = waiting.filter(next_poll_at__lt=too_soon).exclude(pk__in=first)
    others.exclude(deadline_at__lt=later).update(next_poll_at=later, polls=F("polls") + 1)
    others.update(next_poll_at=soon, polls=F("polls") + 1)
    wrong = waiting.filter(pk__in=first).exclude(next_poll_at__range=(too_soon, soon + RENEWED_FOR))
    wrong.update(next_poll_at=soon, polls=F("polls") + 1)


def _ask_by_id(turn: Turn) -> None:
    """What lists do not tell: those past their deadline, and where to look when nothing comes any more."""
    namespace, now = turn.namespace, timezone.now()
    due = Activation.objects.due(now).filter(namespace=namespace)
    if overdue := list(due.filter(deadline_at__lt=now)[:MOST_OVERDUE]):
        collect_few(turn, overdue)
    if nothing_came(namespace, now) and _may_probe(namespace):
        waiting = Activation.objects.pending().filter(namespace=namespace)
        some = list(waiting.exclude(deadline_at__lt=now).order_by("?")[:PROBE_AMONG])
        expected = expectations(namespace, (row.action_path for row in some))
        collect_few(turn, [row for row in some if is_late(row, now, expected)][:1])


def _may_probe(namespace: Namespace) -> bool:
    return bool(redis_client().set(key("probe", namespace.pk), 1, nx=True, ex=PROBE_EVERY_SECONDS))
