"""Collecting from a crowd: more jobs than can be asked for one by one, so by pages of the runtime's list.

Each look is at the page that is worth most (`pages.py`), by what the action's own runs tell (`ending.py`),
and waits until that is worth its request. So a thousand jobs cost what their ends need, not their number.
"""

from __future__ import annotations

from collections import deque
from time import time

from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.collecting.asking import ask, nothing_came
from runtime_app.services.collecting.budget import Budget
from runtime_app.services.collecting.few import collect_few
from runtime_app.services.collecting.jobs import Crowd
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.collecting.pages import PRICE, Page
from runtime_app.services.collecting.records import take_in_many
from runtime_app.services.collecting.turns import ANSWERED_BADLY, Turn

# In a cycle; of those past their deadline, whose wait only a 404 for the very id ends.
MOST_OVERDUE = 20
PROBE_EVERY_SECONDS = 5
# Below this share of a full bucket requests become dearer, twice as dear with each further fortieth.
SCARCE, DOUBLED_EVERY = 0.25, 0.025


def collect_crowd(turn: Turn) -> float | None:
    """Ask for every page that is worth it now; in how many seconds the next one will be, None without any.

    Raises:
        OpenWhiskError: the runtime refuses, is away, or answers nothing that can be used.
    """
    _ask_for_overdue(turn)
    crowd = Crowd(turn.namespace, watched=turn.watched)
    if _may_probe(turn.namespace) and _probe(turn, crowd):
        crowd = Crowd(turn.namespace, watched=turn.watched)
    return _ask_by_page(turn, crowd)


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


def _ask_for_overdue(turn: Turn) -> None:
    due = Activation.objects.due(now := timezone.now()).filter(namespace=turn.namespace)
    if overdue := list(due.filter(deadline_at__lt=now)[:MOST_OVERDUE]):
        collect_few(turn, overdue)


def _probe(turn: Turn, crowd: Crowd) -> bool:
    """Ask for one that is late by its id, as nothing comes any more; whether that brought it.

    Should the runtime's clock have jumped, its record shows where to look for the others.
    """
    if (late := crowd.any_late()) is None:
        return False
    before = turn.cycle.collected
    collect_few(turn, list(Activation.objects.pending().filter(namespace=turn.namespace, activation_id=late)))
    return turn.cycle.collected > before


def _may_probe(namespace: Namespace) -> bool:
    """Whether all was looked for and nothing came for a while, and nobody has probed just now."""
    if not Looks(namespace.pk).are_there() or not nothing_came(namespace, timezone.now()):
        return False
    return bool(redis_client().set(key("probe", namespace.pk), 1, nx=True, ex=PROBE_EVERY_SECONDS))
