"""Collecting where few wait: each is asked for when its own pace says so, in the fewest requests."""

from __future__ import annotations

from collections import deque

from django.utils import timezone

from runtime_app.models import Activation
from runtime_app.services.collecting.asking import (
    ask,
    note_unusable,
    one_by_one,
    postpone,
    requests_for,
    settle,
)
from runtime_app.services.collecting.planning import Single
from runtime_app.services.collecting.turns import ANSWERED_BADLY, Turn
from runtime_app.services.launching.durations import expectations

MOST_DUE = 10_000


def collect_few(turn: Turn, due: list[Activation] | None = None) -> None:
    """Ask for what is due, or for `due`, the most overdue first.

    Raises:
        OpenWhiskError: the runtime refuses, is away, or answers nothing that can be used.
    """
    namespace = turn.namespace
    if due is None:
        due = list(Activation.objects.due(timezone.now()).filter(namespace=namespace)[:MOST_DUE])
    expected = expectations(namespace, (row.action_path for row in due))
    todo = deque(requests_for(namespace, due, expected))
    while todo and turn.may_go_on():
        request, rows = todo.popleft()
        try:
            records, spent = ask(request, namespace, turn.client)
        except ANSWERED_BADLY as error:
            # It keeps only its own rows waiting.
            postpone(rows, expected, watched=False)
            if isinstance(request, Single):
                note_unusable(rows[0], error)
            turn.note_bad_answer(error, rows[0])
            todo.extendleft(reversed(one_by_one(request, rows)))
            continue
        turn.spend(spent)
        turn.cycle.collected += settle(namespace, request, rows, records, expected, watched=turn.watched)
