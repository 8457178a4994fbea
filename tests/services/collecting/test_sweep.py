"""Sweeping: what was started elsewhere joins the history, long jobs included, nothing twice."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Origin, Status
from runtime_app.services.backing.leases import lease
from runtime_app.services.collecting import backfilling
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.record_facts import moment
from runtime_app.services.collecting.sweeping import due_for_sweep, is_deep, sweep_namespace, sweep_start
from tests.factories import make_action, make_activation, make_namespace
from tests.upstream import Answer, Upstream, record, summary

pytestmark = pytest.mark.django_db(transaction=True)


def now_ms() -> int:
    return int(time.time() * 1000)


def test_what_was_started_elsewhere_joins_the_history(upstream: Upstream, namespace: Namespace) -> None:
    upstream.has_activations(record("b" * 32, name="nightly", annotations={"path": "guest/nightly"}))
    sweep = sweep_namespace(namespace.pk)
    found = Activation.objects.get()
    assert sweep is not None
    assert sweep.found == 1
    assert (found.origin, found.action_path, found.status) == (Origin.ELSEWHERE, "nightly", Status.SUCCESS)
    assert found.payload.result == {"ok": 1}
    assert found.payload.parameters is None


def test_sweeping_twice_changes_nothing(upstream: Upstream, namespace: Namespace) -> None:
    upstream.has_activations(*(record() for _ in range(5)))
    sweep_namespace(namespace.pk)
    changed = set(Activation.objects.values_list("activation_id", "changed_at"))
    again = sweep_namespace(namespace.pk)
    assert again is not None
    assert again.found == 0
    assert set(Activation.objects.values_list("activation_id", "changed_at")) == changed


def test_many_unknown_come_in_one_request(upstream: Upstream, namespace: Namespace) -> None:
    upstream.has_activations(*(record(start=now_ms() - 10 * n) for n in range(50)))
    sweep_namespace(namespace.pk)
    assert Activation.objects.count() == 50
    assert len(upstream.asked) <= 4


def test_all_pages_are_walked_even_when_starts_coincide(
    upstream: Upstream, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "SLICE_SECONDS", 600)
    Namespace.objects.update(list_limit=30)
    start = now_ms() - 5000
    upstream.has_activations(*(record(start=start - n // 40) for n in range(100)))
    sweep_namespace(namespace.pk)
    assert Activation.objects.count() == 100


def test_a_long_job_that_ended_after_the_last_sweep_is_found(
    upstream: Upstream, namespace: Namespace
) -> None:
    make_action(namespace, timeout_ms=3 * 3600 * 1000)
    long_ago = timezone.now() - timedelta(minutes=10)
    Namespace.objects.update(swept_at=long_ago, deep_swept_at=long_ago)
    upstream.has_activations(record("c" * 32, start=now_ms() - 2 * 3600 * 1000))
    sweep_namespace(namespace.pk)
    assert Activation.objects.filter(activation_id="c" * 32).exists()


def test_a_deep_sweep_reaches_back_by_the_longest_time_limit(namespace: Namespace) -> None:
    namespace.swept_at = namespace.deep_swept_at = timezone.now()
    make_action(namespace, timeout_ms=600_000)
    start = sweep_start(namespace, timezone.now(), deep=True)
    assert namespace.swept_at - start >= timedelta(minutes=10)


def test_a_shallow_sweep_looks_at_the_last_minutes_only(namespace: Namespace) -> None:
    namespace.swept_at = namespace.deep_swept_at = timezone.now()
    make_action(namespace, timeout_ms=3 * 3600 * 1000)
    assert not is_deep(namespace, timezone.now())
    assert namespace.swept_at - sweep_start(namespace, timezone.now(), deep=False) < timedelta(minutes=5)


@pytest.mark.usefixtures("clock")
def test_a_runtime_in_trouble_is_not_swept_until_it_has_rested(namespace: Namespace) -> None:
    namespace.record_error("It is away.")
    assert due_for_sweep() == []
    assert sweep_namespace(namespace.pk) is None


def test_a_sweep_brings_a_pending_launch_home_and_keeps_who_launched_it(
    upstream: Upstream, namespace: Namespace
) -> None:
    launched = make_activation(namespace, Status.PENDING, summary="w: 2")
    upstream.has_activations(record(launched.activation_id))
    sweep_namespace(namespace.pk)
    launched.refresh_from_db()
    assert (launched.status, launched.origin, launched.summary) == (Status.SUCCESS, Origin.PANEL, "w: 2")


def test_one_that_was_not_reported_comes_home_late(upstream: Upstream, namespace: Namespace) -> None:
    late = make_activation(namespace, Status.NOT_REPORTED)
    upstream.has_activations(record(late.activation_id))
    sweep_namespace(namespace.pk)
    late.refresh_from_db()
    assert late.status == Status.SUCCESS


def test_a_list_that_names_what_cannot_be_read_yet_is_no_error(
    upstream: Upstream, namespace: Namespace
) -> None:
    listed = [summary(record())]

    def script(asked: object) -> Answer:
        path = getattr(asked, "path", "")
        return (
            Answer(body=listed) if path.endswith("/activations") else Answer(404, {"error": "x", "code": "c"})
        )

    upstream.script = script
    sweep = sweep_namespace(namespace.pk)
    assert sweep is not None
    assert (sweep.seen, sweep.found) == (1, 0)


def test_a_failed_sweep_starts_from_the_same_point_again(upstream: Upstream, namespace: Namespace) -> None:
    upstream.answers(Answer(500, {"error": "There was an internal server error.", "code": "c"}))
    sweep_namespace(namespace.pk)
    namespace.refresh_from_db()
    assert namespace.swept_at is None
    assert namespace.last_error


def test_two_sweeps_of_one_namespace_never_run_together(upstream: Upstream, namespace: Namespace) -> None:
    with lease(f"sweep:{namespace.pk}", seconds=60):
        assert sweep_namespace(namespace.pk) is None
    assert upstream.asked == []


def test_only_those_swept_long_ago_are_due(db: None) -> None:
    fresh = make_namespace(swept_at=timezone.now())
    old = make_namespace(swept_at=timezone.now() - timedelta(minutes=2))
    never = make_namespace()
    refused = make_namespace(key_refused=True)
    assert set(due_for_sweep()) == {old.pk, never.pk}
    assert not {fresh.pk, refused.pk} & set(due_for_sweep())


def test_where_collecting_spends_the_whole_budget_sweeps_are_rare(db: None) -> None:
    minute_ago = make_namespace(swept_at=timezone.now() - timedelta(minutes=1))
    assert due_for_sweep() == [minute_ago.pk]
    budget_for(minute_ago).spend(1_000)
    assert due_for_sweep() == []


def swept_lately(namespace: Namespace) -> None:
    """Its history is read, and its list brings thirty at a time."""
    before = timezone.now() - timedelta(seconds=30)
    Namespace.objects.filter(pk=namespace.pk).update(swept_at=before, deep_swept_at=before, list_limit=30)


def many_known(namespace: Namespace, count: int) -> list[dict[str, Any]]:
    """Records that have come home already, more than fit on a page of the namespace's list."""
    records = [record(start=now_ms() - 10 * n) for n in range(count)]
    for item in records:
        at = moment(item["start"])
        make_activation(namespace, activation_id=item["activationId"], listed_at=at, started_at=at)
    return records


def test_what_came_home_already_costs_one_count_instead_of_its_pages(
    upstream: Upstream, namespace: Namespace
) -> None:
    swept_lately(namespace)
    upstream.has_activations(*many_known(namespace, 70))
    began = timezone.now()
    sweep_namespace(namespace.pk)
    assert ["count" in asked.query for asked in upstream.asked] == [True]
    namespace.refresh_from_db()
    assert namespace.swept_at is not None
    assert namespace.swept_at >= began


def test_one_more_than_came_home_already_is_found_among_them(
    upstream: Upstream, namespace: Namespace
) -> None:
    swept_lately(namespace)
    upstream.has_activations(*many_known(namespace, 70), record("e" * 32, start=now_ms() - 505))
    sweep_namespace(namespace.pk)
    assert Activation.objects.filter(activation_id="e" * 32).exists()


def test_behind_what_is_new_a_count_tells_that_nothing_is_missing(
    upstream: Upstream, namespace: Namespace
) -> None:
    swept_lately(namespace)
    upstream.has_activations(*many_known(namespace, 300), record("e" * 32, start=now_ms() + 5))
    sweep_namespace(namespace.pk)
    assert Activation.objects.filter(activation_id="e" * 32).exists()
    # A count, a page, what is new on it, a page without news, a count of what is older; then it is all right.
    assert len(upstream.asked) == 5
    namespace.refresh_from_db()
    assert not is_deep(namespace, timezone.now())


def test_a_long_job_is_found_behind_what_is_new(upstream: Upstream, namespace: Namespace) -> None:
    swept_lately(namespace)
    long_one = record("f" * 32, start=now_ms() - 2_505)
    newest = record("e" * 32, start=now_ms() + 5)
    upstream.has_activations(*many_known(namespace, 300), newest, long_one)
    sweep_namespace(namespace.pk)
    assert Activation.objects.filter(activation_id__in=("e" * 32, "f" * 32)).count() == 2


def test_what_is_still_to_be_read_back_is_left_to_the_slices(
    upstream: Upstream, namespace: Namespace
) -> None:
    swept_lately(namespace)
    read_to = timezone.now() - timedelta(seconds=10)
    Namespace.objects.update(
        backfill_from=read_to, backfilled_to=read_to, backfill_goal=read_to - timedelta(days=1)
    )
    upstream.has_activations(record("e" * 32, start=now_ms()), record(start=now_ms() - 20_000))
    sweep_namespace(namespace.pk)
    assert [row.activation_id for row in Activation.objects.all()] == ["e" * 32]


def test_the_answer_of_a_blocking_call_does_not_make_up_for_one_that_is_missing(
    upstream: Upstream, namespace: Namespace
) -> None:
    swept_lately(namespace)
    at = timezone.now() - timedelta(seconds=1)
    make_activation(namespace, listed_at=at, started_at=at, waits=True)
    upstream.has_activations(*many_known(namespace, 70), record("e" * 32, start=now_ms() - 505))
    sweep_namespace(namespace.pk)
    assert Activation.objects.filter(activation_id="e" * 32).exists()


def test_a_runtime_that_does_not_count_is_read_page_after_page(
    upstream: Upstream, namespace: Namespace
) -> None:
    swept_lately(namespace)
    upstream.has_activations(*many_known(namespace, 70), record("e" * 32, start=now_ms() - 505))
    lists = upstream.script
    refusal = Answer(400, {"error": "The query is not understood."})
    upstream.script = lambda asked: refusal if "count" in asked.query else lists(asked)
    sweep_namespace(namespace.pk)
    assert Activation.objects.filter(activation_id="e" * 32).exists()


def test_a_record_that_a_list_names_is_known_to_be_stored(upstream: Upstream, namespace: Namespace) -> None:
    item = record(start=now_ms() - 1_000)
    row = make_activation(
        namespace, activation_id=item["activationId"], listed_at=timezone.now(), waits=True, is_stored=False
    )
    upstream.has_activations(item)
    sweep_namespace(namespace.pk)
    row.refresh_from_db()
    assert row.is_stored
