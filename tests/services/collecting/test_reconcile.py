"""Reconciling: the runtime's count against ours, and gaps that heal."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.openwhisk import ActionLimits, ActionSpec, OpenWhiskClient
from runtime_app.services.collecting.backfilling import backfill_namespace
from runtime_app.services.collecting.cycles import collect_logs
from runtime_app.services.collecting.reconciling import (
    COUNT_EVERY,
    counted_here,
    counted_window,
    due_for_reconciling,
    reconcile_namespace,
)
from runtime_app.services.collecting.sweeping import LIST_LAG, sweep_namespace
from runtime_app.services.collecting.walking import epoch_ms
from tests.factories import make_activation, make_namespace
from tests.upstream import Answer, Upstream, record
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

HOUR_MS = 3600 * 1000


def hours_ago(hours: float) -> int:
    return int(time.time() * 1000 - hours * HOUR_MS)


@pytest.fixture
def namespace(namespace: Namespace) -> Namespace:
    """One that was swept a moment ago and whose history is read."""
    namespace.swept_at = namespace.deep_swept_at = timezone.now()
    namespace.save()
    return namespace


def counted(namespace: Namespace) -> Namespace:
    reconcile_namespace(namespace.pk)
    namespace.refresh_from_db()
    return namespace


def test_equal_counts_leave_no_gap(upstream: Upstream, namespace: Namespace) -> None:
    started = timezone.now() - timedelta(hours=1)
    mine = make_activation(namespace, listed_at=started)
    upstream.has_activations(record(mine.activation_id, start=int(started.timestamp() * 1000)))
    assert counted(namespace).gap == 0
    assert namespace.counted_upstream == 1
    assert namespace.counted_at is not None


def test_a_fire_whose_record_has_no_end_counts_as_here(upstream: Upstream, namespace: Namespace) -> None:
    started = timezone.now() - timedelta(hours=1)
    fire = make_activation(namespace, listed_at=started, kind="trigger", ended_at=None, duration_ms=None)
    upstream.has_activations(record(fire.activation_id, start=int(started.timestamp() * 1000)))
    assert counted(namespace).gap == 0


def test_the_window_is_the_same_day_in_the_past_on_both_sides(
    upstream: Upstream, namespace: Namespace
) -> None:
    old, fresh = hours_ago(24.2), hours_ago(0.01)
    upstream.has_activations(record(start=old), record(start=fresh), record(start=hours_ago(5)))
    assert counted(namespace).counted_upstream == 1
    (asked,) = upstream.asked
    assert asked.query["count"] == "true"
    width_ms = int(asked.query["upto"]) - int(asked.query["since"])
    assert width_ms == pytest.approx(24 * HOUR_MS, abs=2)
    lag_ms = LIST_LAG / timedelta(milliseconds=1)
    assert time.time() * 1000 - int(asked.query["upto"]) >= lag_ms


@pytest.mark.parametrize("status", [Status.PENDING, Status.NOT_REPORTED, Status.UNKNOWN])
def test_what_waits_for_its_record_does_not_count_as_here(
    upstream: Upstream, namespace: Namespace, status: Status
) -> None:
    make_activation(namespace, status, listed_at=timezone.now() - timedelta(hours=1))
    upstream.has_activations(record(start=hours_ago(1)))
    assert counted(namespace).gap == 1


def test_more_here_than_there_is_no_gap(upstream: Upstream, namespace: Namespace) -> None:
    make_activation(namespace, listed_at=timezone.now() - timedelta(hours=1))
    upstream.has_activations()
    assert counted(namespace).gap == 0


def test_the_answer_of_a_blocking_call_that_is_stored_nowhere_does_not_hide_the_gap(
    upstream: Upstream, namespace: Namespace
) -> None:
    answered = make_activation(namespace, listed_at=timezone.now() - timedelta(hours=1), waits=True)
    upstream.has_activations(record(start=hours_ago(1)))
    collect_logs(answered.pk)
    assert counted(namespace).gap == 1


def test_a_gap_that_outlives_a_deep_sweep_is_read_again_and_heals(
    upstream: Upstream, namespace: Namespace
) -> None:
    upstream.has_activations(*(record(start=hours_ago(10 + number / 10)) for number in range(5)))
    assert counted(namespace).gap == 5
    assert not counted(namespace).is_backfilling, "the next deep sweep may bring them home"
    Namespace.objects.update(deep_swept_at=timezone.now())
    assert due_for_reconciling() == [namespace.pk]
    assert counted(namespace).is_backfilling
    assert due_for_reconciling() == []
    backfill_namespace(namespace.pk)
    assert Activation.objects.count() == 5
    assert counted(namespace).gap == 0


def test_a_gap_that_a_sweep_has_closed_meanwhile_needs_no_reading(
    upstream: Upstream, namespace: Namespace
) -> None:
    late = record(start=hours_ago(1))
    upstream.has_activations(late)
    assert counted(namespace).gap == 1
    Namespace.objects.update(deep_swept_at=timezone.now())
    make_activation(
        namespace, activation_id=late["activationId"], listed_at=timezone.now() - timedelta(hours=1)
    )
    asked = len(upstream.asked)
    assert counted(namespace).gap == 0
    assert not namespace.is_backfilling
    assert len(upstream.asked) == asked


def test_what_ended_after_the_count_does_not_hide_the_gap(upstream: Upstream, namespace: Namespace) -> None:
    upstream.has_activations(record(start=hours_ago(1)))
    counted(namespace)
    later = timezone.now() + timedelta(minutes=9)
    make_activation(namespace, listed_at=timezone.now() - timedelta(hours=1), ended_at=later)
    assert counted(namespace).gap == 1


def test_what_cannot_be_read_is_not_read_again_all_the_time(upstream: Upstream, namespace: Namespace) -> None:
    upstream.answers(Answer(body={"activations": 1}))
    counted(namespace)
    Namespace.objects.update(deep_swept_at=timezone.now())
    assert counted(namespace).is_backfilling
    upstream.has_activations()
    backfill_namespace(namespace.pk)
    assert not counted(namespace).is_backfilling
    assert namespace.gap == 1


@pytest.mark.parametrize(
    "answer", [Answer(body=[]), Answer(400, {"error": "No such parameter.", "code": "c"})]
)
def test_a_runtime_that_does_not_count_is_left_in_peace(
    upstream: Upstream, namespace: Namespace, answer: Answer
) -> None:
    upstream.answers(answer)
    assert counted(namespace).counted_upstream is None
    assert namespace.counted_at is not None
    assert namespace.is_healthy
    assert due_for_reconciling() == []


@pytest.mark.usefixtures("clock")
def test_a_runtime_in_trouble_is_counted_later(upstream: Upstream, namespace: Namespace) -> None:
    upstream.answers(Answer(503, {"error": "Busy.", "code": "c"}))
    assert counted(namespace).counted_at is None
    assert namespace.failures == 1
    assert due_for_reconciling() == []
    Namespace.objects.update(retry_at=None)
    assert due_for_reconciling() == [namespace.pk]


def test_only_what_is_swept_read_and_not_counted_lately_is_due(db: None) -> None:
    now = timezone.now()
    due = make_namespace(swept_at=now)
    long_ago = make_namespace(swept_at=now, counted_at=now - COUNT_EVERY)
    make_namespace()
    make_namespace(swept_at=now, counted_at=now)
    make_namespace(swept_at=now, backfilled_to=now, backfill_goal=now - timedelta(days=1))
    make_namespace(swept_at=now, key_refused=True)
    assert set(due_for_reconciling()) == {due.pk, long_ago.pk}


def test_the_standalone_runtime_counts_as_many_as_a_sweep_brings(
    guest: Namespace, standalone_server: Any
) -> None:
    with OpenWhiskClient(standalone_server.url, standalone_server.auth) as client:
        client.put_action("quick", _quick())
        for receipt in [client.invoke("quick", {}) for _ in range(3)]:
            wait_until(partial(_is_stored, client, receipt.activation_id))
        sweep_namespace(guest.pk)
        soon = timezone.now() + LIST_LAG
        since, upto = (epoch_ms(moment) for moment in counted_window(soon))
        upstream = client.count_activations(since_ms=since, upto_ms=upto)
    assert upstream >= 3
    assert counted_here(guest, soon) == upstream
    assert due_for_reconciling() == [guest.pk]
    assert counted(guest).counted_upstream is not None
    assert guest.gap == 0


def _quick() -> ActionSpec:
    limits = ActionLimits(timeout_ms=10_000, memory_mb=256, logs_mb=1, concurrency=1)
    return ActionSpec(kind="nodejs:default", code="exports.main = () => ({})", limits=limits)


def _is_stored(client: OpenWhiskClient, activation_id: str | None) -> bool:
    return any(item.activation_id == activation_id for item in client.list_activations())
