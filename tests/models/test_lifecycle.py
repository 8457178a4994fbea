"""The states of an activation: where each move may start, and that it happens once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.models.lifecycle import GRACE
from runtime_app.models.statuses import ACCEPTS_RECORD, FINAL, REPORTED, UNFINISHED
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db

ID = "ab" * 16
MOVES: dict[str, tuple[Callable[[Activation], bool], frozenset[Status], Status]] = {
    "claim": (lambda row: row.claim_for_sending(), frozenset({Status.QUEUED}), Status.SENDING),
    "requeue": (
        lambda row: row.requeue("Busy.", retry_at=timezone.now()),
        frozenset({Status.SENDING}),
        Status.QUEUED,
    ),
    "refuse": (
        lambda row: row.refuse("No."),
        frozenset({Status.QUEUED, Status.SENDING}),
        Status.REFUSED,
    ),
    "lose answer": (lambda row: row.lose_answer("Lost."), frozenset({Status.SENDING}), Status.UNKNOWN),
    "cancel": (lambda row: row.cancel(), frozenset({Status.QUEUED}), Status.CANCELLED),
    "accept": (lambda row: row.accept(ID), frozenset({Status.SENDING}), Status.PENDING),
    "report": (lambda row: row.report(Status.SUCCESS), ACCEPTS_RECORD, Status.SUCCESS),
    "give up": (lambda row: row.give_up(), frozenset({Status.PENDING}), Status.NOT_REPORTED),
}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", MOVES)
def test_a_move_starts_only_where_it_may(namespace: Namespace, name: str, status: Status) -> None:
    move, starts, end = MOVES[name]
    row = make_activation(namespace, status)
    assert move(row) is (status in starts)
    kept = Activation.objects.get(pk=row.pk)
    assert kept.status == (end if status in starts else status)


@pytest.mark.parametrize("name", MOVES)
def test_of_two_who_move_at_once_one_moves(namespace: Namespace, name: str) -> None:
    move, starts, _ = MOVES[name]
    row = make_activation(namespace, min(starts))
    same = Activation.objects.get(pk=row.pk)
    assert [move(row), move(same)] == [True, False]


def test_every_state_is_either_final_or_unfinished() -> None:
    assert set(Status) == FINAL | UNFINISHED
    assert not FINAL & UNFINISHED
    assert REPORTED < FINAL


def test_what_the_platform_decided_never_changes_any_more(namespace: Namespace) -> None:
    row = make_activation(namespace, Status.TIMED_OUT)
    assert not row.report(Status.SUCCESS)
    assert not row.give_up()
    assert Activation.objects.get(pk=row.pk).status == Status.TIMED_OUT


def test_a_late_record_still_comes_home(namespace: Namespace) -> None:
    row = make_activation(namespace, Status.NOT_REPORTED)
    assert row.report(Status.SUCCESS, duration_ms=5)
    assert Activation.objects.get(pk=row.pk).duration_ms == 5


def test_a_record_ends_nothing_as_pending(namespace: Namespace) -> None:
    with pytest.raises(ValueError, match="cannot end"):
        make_activation(namespace, Status.PENDING).report(Status.PENDING)


def test_acceptance_sets_the_deadline_from_the_time_limit(namespace: Namespace) -> None:
    row = make_activation(namespace, Status.SENDING, timeout_ms=120_000)
    before = timezone.now()
    assert row.accept(ID)
    assert row.deadline_at is not None
    waited = row.deadline_at - timedelta(minutes=2) - GRACE
    assert before <= waited <= timezone.now()


def test_an_id_is_taken_once_in_a_namespace(namespace: Namespace) -> None:
    make_activation(namespace, activation_id=ID)
    row = make_activation(namespace, Status.SENDING)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.accept(ID)
    assert make_activation(make_namespace(), Status.SENDING).accept(ID)


def test_many_launches_may_lack_an_id(namespace: Namespace) -> None:
    for _ in range(3):
        make_activation(namespace, Status.QUEUED)
    assert Activation.objects.filter(activation_id=None).count() == 3


def test_a_move_is_a_change(namespace: Namespace) -> None:
    row = make_activation(namespace, Status.PENDING, listed_at=timezone.now() - timedelta(minutes=1))
    before = row.changed_at
    assert row.give_up()
    assert Activation.objects.get(pk=row.pk).changed_at > before


def test_a_long_foreign_sentence_is_cut_to_one_line(namespace: Namespace) -> None:
    row = make_activation(namespace, Status.SENDING)
    assert row.refuse("a\x00b\nc" + "d" * 1_000)
    assert row.error.startswith("ab cddd")
    assert len(row.error) == 500
