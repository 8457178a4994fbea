"""Reading the history back: in slices, newest first, resumable, within the budget."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.services.backing.leases import lease
from runtime_app.services.collecting import backfilling
from runtime_app.services.collecting.backfilling import (
    HISTORY,
    SLICE_BATCHES,
    backfill_namespace,
    due_for_backfill,
    read_again,
)
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.sweeping import sweep_namespace, unread_since
from tests.factories import make_namespace
from tests.upstream import Answer, Asked, Upstream, record

pytestmark = pytest.mark.django_db(transaction=True)

DAY_MS = 24 * 3600 * 1000
PAGE = 30


def days_ago(days: float) -> int:
    return int(time.time() * 1000 - days * DAY_MS)


def a_week(records: int) -> list[dict[str, Any]]:
    """Records evenly over the last 6.9 days."""
    return [record(start=days_ago(0.01 + 6.9 * number / records)) for number in range(records)]


@pytest.fixture
def namespace(namespace: Namespace) -> Namespace:
    """One whose runtime gives small pages."""
    namespace.list_limit = PAGE
    namespace.save()
    return namespace


def read_to_the_end(namespace: Namespace) -> int:
    """Slice after slice, with a bucket filled anew for each; how many it took."""
    slices = 0
    while due_for_backfill():
        budget_for(namespace).spend(-100)
        assert backfill_namespace(namespace.pk) is not None
        slices += 1
        assert slices < 50
    return slices


def test_the_first_sweep_reads_a_slice_only_and_the_newest_first(
    upstream: Upstream, namespace: Namespace
) -> None:
    upstream.has_activations(*a_week(400))
    sweep = sweep_namespace(namespace.pk)
    assert sweep is not None
    assert PAGE <= sweep.found <= SLICE_BATCHES * PAGE
    namespace.refresh_from_db()
    oldest = Activation.objects.order_by("listed_at").values_list("listed_at", flat=True)[0]
    assert namespace.is_backfilling
    assert namespace.swept_at is not None
    assert namespace.backfilled_to == oldest
    assert 0 < namespace.backfilled_percent < 100


def test_slice_by_slice_it_comes_to_the_end(upstream: Upstream, namespace: Namespace) -> None:
    upstream.has_activations(*a_week(400))
    sweep_namespace(namespace.pk)
    assert read_to_the_end(namespace) >= 2
    namespace.refresh_from_db()
    assert Activation.objects.count() == 400
    assert (namespace.is_backfilling, namespace.backfilled_percent) == (False, 100)


def test_an_empty_history_is_read_back_at_once(upstream: Upstream, namespace: Namespace) -> None:
    upstream.has_activations()
    sweep_namespace(namespace.pk)
    namespace.refresh_from_db()
    assert not namespace.is_backfilling
    assert due_for_backfill() == []


def test_a_slice_that_breaks_off_in_the_middle_keeps_what_it_has_read(
    upstream: Upstream, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "SLICE_SECONDS", 600)
    upstream.has_activations(*a_week(200))
    answers, lists = upstream.script, 0

    def script(asked: Asked) -> Answer:
        nonlocal lists
        lists += asked.path.endswith("/activations") and "docs" not in asked.query
        return Answer(503, {"error": "Busy.", "code": "c"}) if lists >= 3 else answers(asked)

    upstream.script = script
    sweep_namespace(namespace.pk)
    namespace.refresh_from_db()
    assert Activation.objects.count() == 2 * PAGE
    assert namespace.backfilled_to is not None
    reached = namespace.backfilled_to
    Namespace.objects.update(retry_at=None)
    upstream.script = answers
    upstream.asked.clear()
    read_to_the_end(namespace)
    assert Activation.objects.count() == 200
    assert int(upstream.asked[0].query["upto"]) == int(reached.timestamp() * 1000)


def test_more_records_of_one_millisecond_than_a_slice_holds_are_no_trap(
    upstream: Upstream, namespace: Namespace
) -> None:
    count = (SLICE_BATCHES + 1) * PAGE
    same = days_ago(1)
    upstream.has_activations(*(record(start=same) for _ in range(count)), record(start=days_ago(2)))
    sweep_namespace(namespace.pk)
    read_to_the_end(namespace)
    assert Activation.objects.count() == count + 1


def test_results_come_first_but_the_history_goes_on_by_one_batch(
    upstream: Upstream, namespace: Namespace, settings: LazySettings
) -> None:
    # The bucket fills so slowly, and a batch that is read one by one costs so much, that debts last.
    settings.OVERTIME_REQUESTS_PER_SECOND = 0.2
    Namespace.objects.update(lists_records=False)
    upstream.has_activations(*a_week(400))
    budget = budget_for(namespace)
    budget.spend(int(budget.balance()) - 1)
    sweep_namespace(namespace.pk)
    assert Activation.objects.count() == PAGE
    asked = len(upstream.asked)
    assert budget.balance() < 0
    backfill_namespace(namespace.pk)
    assert len(upstream.asked) == asked, "a bucket in debt pays for nothing"


def test_a_slice_and_a_sweep_never_run_together(upstream: Upstream, namespace: Namespace) -> None:
    now = timezone.now()
    read_again(namespace, now - timedelta(days=1), now)
    with lease(f"sweep:{namespace.pk}", seconds=60):
        assert backfill_namespace(namespace.pk) is None
    assert upstream.asked == []


def test_only_namespaces_that_may_be_called_and_are_unread_are_due(db: None) -> None:
    now = timezone.now()
    unread = {"backfill_from": now, "backfilled_to": now, "backfill_goal": now - HISTORY}
    due = make_namespace(**unread)
    make_namespace()
    make_namespace(**{**unread, "backfilled_to": now - HISTORY})
    make_namespace(**unread, key_refused=True)
    make_namespace(**unread, retry_at=now + timedelta(minutes=1))
    assert due_for_backfill() == [due.pk]


def test_after_a_long_absence_what_was_missed_is_read_in_slices_too(namespace: Namespace) -> None:
    now = timezone.now()
    namespace.swept_at = namespace.deep_swept_at = now - timedelta(hours=5)
    since = unread_since(namespace, now)
    assert since is not None
    assert timedelta(hours=5) < now - since < timedelta(hours=6)
    namespace.swept_at = now - timedelta(minutes=5)
    assert unread_since(namespace, now) is None


def test_an_absence_in_the_middle_of_the_first_reading_loses_no_part_of_it(namespace: Namespace) -> None:
    now = timezone.now()
    namespace.swept_at = namespace.deep_swept_at = namespace.backfill_from = now - timedelta(hours=5)
    namespace.backfilled_to, namespace.backfill_goal = now - timedelta(days=1), now - timedelta(days=6)
    assert unread_since(namespace, now) == now - timedelta(days=6)


def test_one_record_that_cannot_be_read_keeps_none_of_its_neighbours_away(
    upstream: Upstream, namespace: Namespace
) -> None:
    broken, *others = [record(start=days_ago(number)) for number in (1, 2, 3, 4)]
    upstream.has_activations(broken, *others)
    answers = upstream.script

    def script(asked: Asked) -> Answer:
        spoilt = asked.query.get("docs") == "true" or asked.path.endswith(broken["activationId"])
        return Answer(body='{"cut') if spoilt else answers(asked)

    upstream.script = script
    sweep_namespace(namespace.pk)
    found = set(Activation.objects.values_list("activation_id", flat=True))
    assert found == {item["activationId"] for item in others}


@pytest.mark.parametrize("records", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
def test_every_request_is_paid_for(upstream: Upstream, namespace: Namespace, records: int) -> None:
    upstream.has_activations(*a_week(records))
    sweep_namespace(namespace.pk)
    assert budget_for(namespace).asked_in_all() == len(upstream.asked)


def test_neighbours_of_the_same_millisecond_are_paid_for_too(
    upstream: Upstream, namespace: Namespace
) -> None:
    upstream.has_activations(*(record(start=days_ago(1) - number // 4) for number in range(3 * PAGE)))
    sweep_namespace(namespace.pk)
    assert Activation.objects.count() == 3 * PAGE
    assert budget_for(namespace).asked_in_all() == len(upstream.asked)
