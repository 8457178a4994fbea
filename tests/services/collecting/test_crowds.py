"""Collecting from a crowd: by pages of the runtime's list, each when it is worth its request."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.crowds import price_of
from runtime_app.services.collecting.cycles import collect_namespace, due_namespaces
from runtime_app.services.collecting.jobs import FEW, Crowd, is_crowded
from runtime_app.services.collecting.looks import TOO_LATE_SECONDS, Looks
from runtime_app.services.collecting.pacing import CROWDED_SECONDS
from runtime_app.services.collecting.pages import PRICE
from runtime_app.services.live.publishing import watch
from tests.factories import make_activation, make_namespace
from tests.upstream import Answer, Asked, Upstream, record
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


def crowd_of(namespace: Namespace, count: int, *, age_seconds: float = 30.0) -> list[Activation]:
    """Pending activations that are due, a tenth of a second apart, the newest `age_seconds` old."""
    newest = timezone.now() - timedelta(seconds=age_seconds)
    times = [newest - timedelta(seconds=number / 10) for number in range(count)]
    with transaction.atomic():
        return [make_activation(namespace, Status.PENDING, listed_at=at, next_poll_at=at) for at in times]


def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def records_of(rows: list[Activation]) -> list[dict[str, object]]:
    """Their records: each started when it was accepted."""
    return [record(row.activation_id, start=epoch_ms(row.elapsed_from)) for row in rows]


def test_only_more_than_a_few_are_a_crowd(namespace: Namespace) -> None:
    crowd_of(namespace, FEW)
    assert not is_crowded(namespace)
    crowd_of(namespace, 1)
    assert is_crowded(namespace)


def test_one_request_brings_all_that_have_ended(upstream: Upstream, namespace: Namespace) -> None:
    rows = crowd_of(namespace, 100)
    upstream.has_activations(*records_of(rows[:60]))
    cycle = collect_namespace(namespace.pk)
    assert cycle is not None
    assert (cycle.asked, cycle.collected) == (1, 60)
    assert Activation.objects.pending().count() == 40


def test_what_was_just_looked_at_is_left_alone_for_a_while(upstream: Upstream, namespace: Namespace) -> None:
    make_activation(namespace, changed_at=timezone.now())
    crowd_of(namespace, 100)
    upstream.has_activations()
    collect_namespace(namespace.pk)
    collect_namespace(namespace.pk)
    assert len(upstream.asked) == 1


def test_a_crowd_that_was_accepted_a_moment_ago_is_not_asked_for_yet(
    upstream: Upstream, namespace: Namespace
) -> None:
    crowd_of(namespace, 100)
    at = timezone.now()
    Activation.objects.update(listed_at=at, accepted_at=at, next_poll_at=at)
    collect_namespace(namespace.pk)
    assert upstream.asked == []


def test_a_look_that_brings_nothing_changes_no_row(
    upstream: Upstream, namespace: Namespace, clock: time_machine.Traveller
) -> None:
    make_activation(namespace, changed_at=timezone.now())
    crowd_of(namespace, 100)
    rows = set(Activation.objects.values_list("pk", "next_poll_at", "polls", "changed_at"))
    upstream.has_activations()
    collect_namespace(namespace.pk)
    clock.shift(CROWDED_SECONDS)
    watch(namespace.pk)
    collect_namespace(namespace.pk)
    assert len(upstream.asked) == 2
    assert set(Activation.objects.values_list("pk", "next_poll_at", "polls", "changed_at")) == rows


def test_while_its_next_cycle_is_arranged_beat_leaves_a_crowd_alone(
    upstream: Upstream, namespace: Namespace
) -> None:
    crowd_of(namespace, 100)
    upstream.has_activations()
    assert due_namespaces() == [namespace.pk]
    collect_namespace(namespace.pk)
    assert due_namespaces() == []


def test_should_the_chain_of_cycles_break_beat_finds_a_crowd_within_seconds(
    upstream: Upstream, namespace: Namespace
) -> None:
    crowd_of(namespace, 100)
    upstream.has_activations()
    collect_namespace(namespace.pk)
    wanted = Crowd(namespace, watched=False).next_page(PRICE)
    assert wanted is not None
    tended = key("tended", namespace.pk)
    assert 0 < redis_client().pttl(tended) <= (wanted[1] + TOO_LATE_SECONDS) * 1000
    redis_client().pexpire(tended, 1)
    wait_until(lambda: due_namespaces() == [namespace.pk])


def test_when_redis_was_emptied_beat_finds_a_crowd_at_once(upstream: Upstream, namespace: Namespace) -> None:
    crowd_of(namespace, 100)
    upstream.has_activations()
    collect_namespace(namespace.pk)
    redis_client().flushdb()
    assert due_namespaces() == [namespace.pk]


def test_a_crowd_hides_nobody_elses_due_jobs(upstream: Upstream, namespace: Namespace) -> None:
    other = make_namespace(api_host=upstream.url)
    crowd_of(namespace, 100)
    crowd_of(other, 1)
    upstream.has_activations()
    collect_namespace(namespace.pk)
    assert due_namespaces() == [other.pk]


def test_what_is_left_of_a_crowd_is_found_by_beat_as_few_jobs_are(
    upstream: Upstream, namespace: Namespace, clock: time_machine.Traveller
) -> None:
    rows = crowd_of(namespace, FEW + 2)
    upstream.has_activations(*records_of(rows[:4]))
    collect_namespace(namespace.pk)
    upstream.has_activations()
    collect_namespace(namespace.pk)
    clock.shift(60)
    assert due_namespaces() == [namespace.pk]


def test_what_is_left_of_a_crowd_is_asked_for_at_once(upstream: Upstream, namespace: Namespace) -> None:
    rows = crowd_of(namespace, FEW + 2)
    upstream.has_activations(*records_of(rows[:4]))
    collect_namespace(namespace.pk)
    upstream.has_activations(*records_of(rows))
    collect_namespace(namespace.pk)
    assert not Activation.objects.pending().exists()


def test_when_redis_has_forgotten_the_looks_everything_is_looked_for_again(
    upstream: Upstream, namespace: Namespace
) -> None:
    crowd_of(namespace, 100)
    upstream.has_activations()
    collect_namespace(namespace.pk)
    redis_client().flushdb()
    collect_namespace(namespace.pk)
    assert len([asked for asked in upstream.asked if "docs" in asked.query]) == 2


def test_an_answer_that_cannot_be_used_keeps_only_its_own_part_waiting(
    upstream: Upstream, namespace: Namespace
) -> None:
    make_activation(namespace, changed_at=timezone.now())
    rows = crowd_of(namespace, 64)
    broken = epoch_ms(rows[5].elapsed_from)
    upstream.has_activations(*records_of([row for row in rows if row.pk != rows[5].pk]))
    answering = upstream.script

    def script(asked: Asked) -> Answer:
        if int(asked.query.get("since", 0)) <= broken <= int(asked.query.get("upto", 0)):
            return Answer(body=[{"activationId": "x" * 500}], cut=True)
        return answering(asked)

    upstream.script = script
    collect_namespace(namespace.pk)
    assert 1 <= Activation.objects.pending().count() <= 8


def test_past_its_deadline_only_a_404_for_the_very_id_ends_the_wait(
    upstream: Upstream, namespace: Namespace
) -> None:
    late = crowd_of(namespace, 30)[0]
    upstream.has_activations()
    Activation.objects.filter(pk=late.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
    collect_namespace(namespace.pk)
    late.refresh_from_db()
    assert late.status == Status.NOT_REPORTED
    assert [asked.path.endswith(str(late.activation_id)) for asked in upstream.asked] == [True, False]
    assert Activation.objects.pending().count() == 29


def test_requests_get_dearer_when_the_budget_runs_short(namespace: Namespace) -> None:
    budget = budget_for(namespace)
    assert price_of(budget) == PRICE
    budget.spend(int(budget.burst * 0.9))
    short = price_of(budget)
    budget.spend(int(budget.burst * 0.1))
    assert PRICE < short < price_of(budget)


def test_a_crowd_among_pages_of_known_results_is_looked_at_by_the_page(
    upstream: Upstream, namespace: Namespace
) -> None:
    rows = crowd_of(namespace, 660, age_seconds=1.0)
    ended = [row for number, row in enumerate(rows) if number % 11]
    upstream.has_activations(*records_of(ended))
    collect_namespace(namespace.pk)
    assert Activation.objects.pending().count() == 60
    crowd = Crowd(namespace, watched=False)
    wanted = crowd.next_page(PRICE)
    assert wanted is not None
    page, _ = wanted
    assert page.cost == 1
    assert len(page.awaited) < 60


def test_without_anything_that_waits_there_is_no_page(namespace: Namespace) -> None:
    assert Crowd(namespace, watched=False).next_page(PRICE) is None


def test_where_lists_only_name_what_has_ended_it_is_asked_for_one_by_one(
    upstream: Upstream, namespace: Namespace
) -> None:
    rows = crowd_of(namespace, 40)
    upstream.has_activations(*records_of(rows[:7]))
    upstream.takes_no_notice_of("docs")
    cycle = collect_namespace(namespace.pk)
    assert cycle is not None
    assert cycle.collected == 7
    assert Activation.objects.pending().count() == 33
    assert [asked.query.get("docs") for asked in upstream.asked] == ["true", None, *[None] * 7]


def test_a_list_that_only_names_is_not_asked_for_whole_records_again_until_the_next_sync(
    upstream: Upstream, namespace: Namespace
) -> None:
    rows = crowd_of(namespace, 40)
    upstream.has_activations(*records_of(rows[:7]))
    upstream.takes_no_notice_of("docs")
    collect_namespace(namespace.pk)
    upstream.asked.clear()
    Looks(namespace.pk).forget()
    collect_namespace(namespace.pk)
    assert ["docs" in asked.query for asked in upstream.asked] == [False]
    namespace.refresh_from_db()
    assert not namespace.lists_records
    server = {"/": {"api_paths": ["/api/v1"]}, "/api/v1/namespaces/guest/limits": {}}
    upstream.script = lambda asked: Answer(body=server.get(asked.path, []))
    sync_namespace(namespace)
    namespace.refresh_from_db()
    assert namespace.lists_records
