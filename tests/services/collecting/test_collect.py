"""Collecting: due activations are asked for, one collector a namespace, until final or overdue."""

from __future__ import annotations

from datetime import timedelta
from time import time
from typing import Any

import pytest
import redis
import time_machine
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.services.backing.leases import lease
from runtime_app.services.collecting.asking import SAMPLE_MARGIN_MS, start_range
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.cycles import collect_namespace, due_namespaces
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.collecting.turns import FAILURES_IN_A_ROW
from runtime_app.services.live.publishing import watch
from tests.factories import make_activation, make_namespace
from tests.upstream import Answer, Asked, Upstream, record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


def pending(namespace: Namespace, **fields: object) -> Activation:
    """A pending activation that is due."""
    due = timezone.now() - timedelta(seconds=1)
    return make_activation(namespace, Status.PENDING, **{"next_poll_at": due, **fields})


def test_a_due_activation_that_has_ended_comes_home(upstream: Upstream, namespace: Namespace) -> None:
    activation = pending(namespace)
    upstream.has_activations(record(activation.activation_id))
    cycle = collect_namespace(namespace.pk)
    activation.refresh_from_db()
    assert cycle is not None
    assert (cycle.asked, cycle.collected) == (1, 1)
    assert activation.status == Status.SUCCESS
    assert activation.payload.result == {"ok": 1}


def test_one_that_still_runs_is_asked_for_again_later(upstream: Upstream, namespace: Namespace) -> None:
    activation = pending(namespace)
    before = activation.changed_at
    collect_namespace(namespace.pk)
    activation.refresh_from_db()
    assert (activation.status, activation.polls) == (Status.PENDING, 1)
    assert activation.next_poll_at is not None
    assert activation.next_poll_at > timezone.now()
    assert activation.changed_at == before, "nothing to tell a browser"


def test_one_that_is_not_due_is_left_alone(upstream: Upstream, namespace: Namespace) -> None:
    pending(namespace, next_poll_at=timezone.now() + timedelta(minutes=1))
    collect_namespace(namespace.pk)
    assert upstream.asked == []


def test_past_its_deadline_it_is_not_reported(upstream: Upstream, namespace: Namespace) -> None:
    activation = pending(namespace, deadline_at=timezone.now() - timedelta(seconds=1))
    collect_namespace(namespace.pk)
    activation.refresh_from_db()
    assert activation.status == Status.NOT_REPORTED
    assert activation.error


def test_a_record_that_arrives_at_the_deadline_still_counts(upstream: Upstream, namespace: Namespace) -> None:
    activation = pending(namespace, deadline_at=timezone.now() - timedelta(seconds=1))
    upstream.has_activations(record(activation.activation_id))
    collect_namespace(namespace.pk)
    activation.refresh_from_db()
    assert activation.status == Status.SUCCESS


def test_a_runtime_that_is_away_loses_nothing_even_past_the_deadline(db: None) -> None:
    namespace = make_namespace(api_host="http://127.0.0.1:9")
    activation = pending(namespace, deadline_at=timezone.now() - timedelta(hours=1))
    collect_namespace(namespace.pk)
    activation.refresh_from_db()
    namespace.refresh_from_db()
    assert activation.status == Status.PENDING
    assert "127.0.0.1:9" in namespace.last_error
    assert namespace.retry_at is not None
    assert namespace.retry_at > timezone.now()


def test_the_runtime_coming_back_clears_the_error(upstream: Upstream, namespace: Namespace) -> None:
    namespace.record_error("It is away.")
    Namespace.objects.update(retry_at=timezone.now())
    activation = pending(namespace)
    upstream.has_activations(record(activation.activation_id))
    collect_namespace(namespace.pk)
    namespace.refresh_from_db()
    assert namespace.last_error == ""
    assert namespace.is_healthy


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<html>hello</html>", content_type="text/html"),
        Answer(body={"activationId": "nonsense"}),
        Answer(body={"x": "y" * 100}, cut=True),
    ],
    ids=["html", "wrong id", "cut"],
)
def test_a_senseless_answer_for_one_does_not_keep_the_others_waiting(
    upstream: Upstream, namespace: Namespace, answer: Answer
) -> None:
    bad, good = pending(namespace), pending(namespace)
    found = record(good.activation_id)

    def script(asked: Asked) -> Answer:
        return Answer(body=found) if asked.path.endswith(found["activationId"]) else answer

    upstream.script = script
    collect_namespace(namespace.pk)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, good.status) == (Status.PENDING, Status.SUCCESS)


def test_an_answer_that_cannot_be_used_is_said_until_there_is_a_better_one(
    upstream: Upstream, namespace: Namespace, clock: time_machine.Traveller
) -> None:
    row = pending(namespace)
    for answer, words in ((Answer(body={"activationId": "nonsense"}), "goes on asking"), (None, "")):
        upstream.answers(answer) if answer else upstream.has_activations()
        collect_namespace(namespace.pk)
        row.refresh_from_db()
        assert row.status == Status.PENDING
        assert (words in row.error) if words else row.error == ""
        clock.shift(60)


@pytest.mark.parametrize(("headers", "least_seconds"), [({}, 0.5), ({"Retry-After": "40"}, 35)])
def test_throttling_makes_the_namespace_rest(
    upstream: Upstream, namespace: Namespace, headers: dict[str, str], least_seconds: float
) -> None:
    for _ in range(3):
        pending(namespace)
    upstream.answers(Answer(429, {"error": "Too many requests", "code": "c"}, headers=headers))
    collect_namespace(namespace.pk)
    collect_namespace(namespace.pk)
    namespace.refresh_from_db()
    assert len(upstream.asked) == 1
    assert due_namespaces() == []
    assert namespace.retry_at is not None
    assert namespace.retry_at > timezone.now() + timedelta(seconds=least_seconds)


def test_a_refused_key_stops_only_that_namespace(upstream: Upstream, namespace: Namespace) -> None:
    other = make_namespace(api_host=upstream.url)
    pending(namespace)
    theirs = pending(other)
    upstream.answers(Answer(401, {"error": "The supplied authentication is invalid", "code": "c"}))
    collect_namespace(namespace.pk)
    assert due_namespaces() == [other.pk]
    upstream.has_activations(record(theirs.activation_id))
    collect_namespace(other.pk)
    theirs.refresh_from_db()
    assert theirs.status == Status.SUCCESS


def test_two_collectors_are_never_at_one_namespace(upstream: Upstream, namespace: Namespace) -> None:
    pending(namespace)
    with lease(f"collect:{namespace.pk}", seconds=60):
        assert collect_namespace(namespace.pk) is None
    assert upstream.asked == []


def test_a_collector_that_lost_its_lease_stops(
    upstream: Upstream, namespace: Namespace, redis_server: redis.Redis
) -> None:
    for _ in range(3):
        pending(namespace)

    def emptied_meanwhile(asked: Asked) -> Answer:
        redis_server.flushdb()
        return Answer(404, {"error": "The requested resource does not exist.", "code": "c"})

    upstream.script = emptied_meanwhile
    collect_namespace(namespace.pk)
    assert len(upstream.asked) == 1


def test_the_lease_ends_with_the_cycle(upstream: Upstream, namespace: Namespace) -> None:
    pending(namespace)
    collect_namespace(namespace.pk)
    with lease(f"collect:{namespace.pk}", seconds=60) as held:
        assert held is not None


def test_a_cycle_stays_within_the_budget(upstream: Upstream, namespace: Namespace) -> None:
    budget_for(namespace).spend(1_000)
    pending(namespace)
    collect_namespace(namespace.pk)
    assert upstream.asked == []
    assert due_namespaces() == [namespace.pk]


def test_a_thousand_launched_together_come_home_in_a_handful_of_requests(
    upstream: Upstream, namespace: Namespace
) -> None:
    launched = timezone.now() - timedelta(seconds=30)
    rows = [pending(namespace, listed_at=launched, next_poll_at=launched) for _ in range(1000)]
    start = int(launched.timestamp() * 1000)
    upstream.has_activations(*(record(row.activation_id, start=start + n) for n, row in enumerate(rows)))
    cycle = collect_namespace(namespace.pk)
    assert cycle is not None
    assert cycle.collected == 1000
    assert len(upstream.asked) <= 10


def test_those_that_still_run_are_noted_in_a_few_statements(
    upstream: Upstream, namespace: Namespace, django_assert_max_num_queries: Any
) -> None:
    for _ in range(200):
        pending(namespace, accepted_at=timezone.now() - timedelta(seconds=5))
    upstream.has_activations()
    with django_assert_max_num_queries(40):
        collect_namespace(namespace.pk)
    assert len(upstream.asked) == 1
    assert due_namespaces() == []


def test_what_ran_elsewhere_in_the_same_window_joins_the_history(
    upstream: Upstream, namespace: Namespace
) -> None:
    mine = [pending(namespace), pending(namespace)]
    upstream.has_activations(record("e" * 32), *(record(row.activation_id) for row in mine))
    collect_namespace(namespace.pk)
    assert Activation.objects.get(activation_id="e" * 32).status == Status.SUCCESS


def test_records_outside_every_window_are_found_after_a_clock_has_jumped(
    upstream: Upstream, namespace: Namespace
) -> None:
    now = timezone.now()
    for _ in range(3):
        taken = {"accepted_at": now, "started_at": now, "duration_ms": 100, "wait_ms": 0}
        make_activation(namespace, Status.SUCCESS, changed_at=now - timedelta(seconds=9), **taken)
    accepted = now - timedelta(seconds=5)
    waiting = [pending(namespace, accepted_at=accepted) for _ in range(20)]
    Looks(namespace.pk).note(accepted.timestamp(), accepted.timestamp(), time() - 3)
    jumped_ms = int(now.timestamp() * 1000) - 180_000
    upstream.has_activations(*(record(row.activation_id, start=jumped_ms) for row in waiting))
    cycle = collect_namespace(namespace.pk)
    assert cycle is not None
    assert (cycle.asked, cycle.collected) == (2, 20), "one, by its id, shows where the others are"


def test_while_results_come_the_late_ones_are_not_asked_for_one_by_one(
    upstream: Upstream, namespace: Namespace
) -> None:
    now = timezone.now()
    taken = {"accepted_at": now, "started_at": now, "duration_ms": 100, "changed_at": now}
    make_activation(namespace, Status.SUCCESS, **taken)
    for _ in range(20):
        pending(namespace, accepted_at=now - timedelta(seconds=5), polls=2)
    collect_namespace(namespace.pk)
    assert [asked.path.rpartition("/")[2] for asked in upstream.asked] == ["activations"]


def test_watching_makes_the_next_check_come_within_a_second(upstream: Upstream, namespace: Namespace) -> None:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    activation = pending(namespace, accepted_at=an_hour_ago, deadline_at=timezone.now() + timedelta(hours=1))
    watch(namespace.pk)
    collect_namespace(namespace.pk)
    activation.refresh_from_db()
    assert activation.next_poll_at is not None
    assert activation.next_poll_at <= timezone.now() + timedelta(seconds=1)


def test_a_namespace_that_is_gone_is_no_error(db: None) -> None:
    assert collect_namespace(12345) is None


def test_a_runtime_that_answers_nothing_but_faults_is_left_alone_for_a_while(
    upstream: Upstream, namespace: Namespace
) -> None:
    for _ in range(10):
        pending(namespace)
    upstream.answers(Answer(500, {"error": "There was an internal server error.", "code": "c"}))
    collect_namespace(namespace.pk)
    namespace.refresh_from_db()
    assert len(upstream.asked) == FAILURES_IN_A_ROW
    assert namespace.last_error
    assert due_namespaces() == []


def test_a_window_never_ends_a_wait_only_a_404_for_the_very_id_does(
    upstream: Upstream, namespace: Namespace, clock: time_machine.Traveller
) -> None:
    """The deadline of both passes while the window is being read."""
    soon = timezone.now() + timedelta(seconds=1)
    rows = [pending(namespace, deadline_at=soon) for _ in range(2)]

    def read(asked: Asked) -> Answer:
        clock.shift(2)
        return Answer(body=[])

    upstream.script = read
    collect_namespace(namespace.pk)
    assert [asked.path.rpartition("/")[2] for asked in upstream.asked] == ["activations"]
    for row in rows:
        row.refresh_from_db()
        assert row.status == Status.PENDING


def test_blocking_calls_do_not_tell_how_long_jobs_queue(namespace: Namespace) -> None:
    """A blocking call is accepted when its answer comes, a minute after it has started."""
    now = timezone.now()
    make_activation(namespace, accepted_at=now, started_at=now - timedelta(minutes=1), waits=True)
    make_activation(namespace, accepted_at=now, started_at=now + timedelta(milliseconds=40))
    assert start_range(namespace) == (-SAMPLE_MARGIN_MS, 40 + SAMPLE_MARGIN_MS)
