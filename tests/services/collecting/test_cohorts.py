"""Pending activations by the tenth of a second in which they were accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.services.collecting.cohorts import cohorts_of, keys_of, members_of
from runtime_app.services.collecting.cycles import collect_namespace
from runtime_app.services.collecting.pages import Awaited, next_page
from runtime_app.services.collecting.planning import Waiting
from tests.factories import make_activation
from tests.upstream import Answer, Asked, Upstream, record

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 29, 14, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def a_moment_later() -> Iterator[None]:
    """None of them is past its deadline, however long it took to come to these tests."""
    with time_machine.travel(AT + timedelta(seconds=5), tick=False):
        yield


def accepted(namespace: Namespace, *offsets_ms: int, path: str = "wait") -> list[Activation]:
    """Pending activations, accepted so many milliseconds after `AT`."""
    times = [AT + timedelta(milliseconds=offset) for offset in offsets_ms]
    return [
        make_activation(namespace, Status.PENDING, action_path=path, listed_at=at, accepted_at=at)
        for at in times
    ]


def test_what_was_accepted_in_the_same_tenth_of_a_second_is_one_cohort(namespace: Namespace) -> None:
    accepted(namespace, 110, 150, 199, 200, 310)
    cohorts = cohorts_of(namespace)
    assert [each.count for each in cohorts] == [3, 1, 1]
    assert cohorts[0].accepted == pytest.approx(AT.timestamp() + 0.110)
    assert cohorts[0].last_accepted == pytest.approx(AT.timestamp() + 0.199)


def test_actions_have_cohorts_of_their_own(namespace: Namespace) -> None:
    accepted(namespace, 110, 120)
    accepted(namespace, 130, path="other")
    assert [(each.action_path, each.count) for each in cohorts_of(namespace)] == [("wait", 2), ("other", 1)]


def test_every_job_is_in_exactly_one_cohort_whose_key_it_has(namespace: Namespace) -> None:
    rows = accepted(namespace, *range(0, 1_000, 37))
    ids = {str(row.activation_id) for row in rows}
    cohorts = cohorts_of(namespace)
    assert sum(each.count for each in cohorts) == len(rows)
    keys = {each: key for each, (key, _) in keys_of(namespace, ids).items()}
    for cohort in cohorts:
        members = [each for _, each, _ in members_of(namespace, [cohort])]
        assert len(members) == cohort.count
        assert {keys.pop(each) for each in members} == {cohort.key}
    assert keys == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by the size of the table")
def test_however_long_the_history_only_what_waits_is_read(namespace: Namespace) -> None:
    with CaptureQueriesContext(connection) as asked:
        cohorts_of(namespace)
        keys_of(namespace, ["a", "b"])
    assert "COVERING INDEX activation_pending" in plan_of(asked[0]["sql"])
    assert "INDEX activation_once_per_namespace" in plan_of(asked[1]["sql"])


def plan_of(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        return str(cursor.fetchall())


def test_where_pages_of_known_records_stand_around_a_cohort_its_jobs_are_asked_for_by_their_ids() -> None:
    alike = Awaited(Waiting("one", 0, 1_000), 0.1, 5.0, count=5)
    wanted = next_page([alike], [500] * 2_000, page_size=200)
    assert wanted is not None
    assert (wanted[0].count, wanted[0].is_dear) == (5, True)


def test_one_broken_record_does_not_keep_those_of_its_cohort_waiting(
    upstream: Upstream, namespace: Namespace
) -> None:
    make_activation(namespace, changed_at=timezone.now())
    at = (timezone.now() - timedelta(seconds=30)).replace(microsecond=0)
    rows = [
        make_activation(namespace, Status.PENDING, listed_at=at, accepted_at=at, next_poll_at=at)
        for _ in range(20)
    ]
    start = int(at.timestamp() * 1000)
    upstream.has_activations(*[record(row.activation_id, start=start) for row in rows])
    answering = upstream.script

    def script(asked: Asked) -> Answer:
        broken = "docs" in asked.query or asked.path.endswith(str(rows[3].activation_id))
        return Answer(body=[{"activationId": "x" * 500}], cut=True) if broken else answering(asked)

    upstream.script = script
    collect_namespace(namespace.pk)
    assert [row.pk for row in Activation.objects.pending()] == [rows[3].pk]
