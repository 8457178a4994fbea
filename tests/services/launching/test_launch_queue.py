"""The launch queue: what waits here leaves under the limits, fair between those who wait."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import LazySettings, settings
from django.utils import timezone

from runtime_app.models import TRIGGER_KIND, Activation, BulkState, Namespace, Status
from runtime_app.services.backing.redis import redis_client
from runtime_app.services.launching import room as launch_room
from runtime_app.services.launching.dripping import HANDED_SECONDS, drip, send_queued
from runtime_app.services.launching.launch import cancel, launch, send
from standalone.testing import free_port
from tests.factories import make_action, make_activation, make_bulk, make_namespace, make_user
from tests.upstream import Answer, Upstream
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

LIMITS = {"invocationsPerMinute": 60, "concurrentInvocations": 30, "firesPerMinute": 60}
BURST = 12  # a fifth of the 60 a minute


def accepting(upstream: Upstream) -> None:
    upstream.script = lambda asked: Answer(202, {"activationId": uuid4().hex})


def limited(upstream: Upstream, **limits: int) -> Namespace:
    accepting(upstream)
    return make_namespace(name="guest", api_host=upstream.url, limits={**LIMITS, **limits})


def launch_one(action: Any, person: Any, **fields: Any) -> Activation:
    return launch(action=action, person=person, parameters={}, launch_key=uuid4(), **fields)


def waiting(namespace: Namespace, **fields: Any) -> Activation:
    return make_activation(namespace, Status.QUEUED, listed_at=timezone.now(), **fields)


def handed(rows: Any) -> list[Activation]:
    """Those of them that a round has handed to workers."""
    later = timezone.now() + timedelta(seconds=HANDED_SECONDS / 2)
    return [row for row in rows if Activation.objects.filter(pk=row.pk, next_poll_at__gt=later).exists()]


def test_launches_beyond_the_minute_wait_here_and_say_why_and_how_long(upstream: Upstream) -> None:
    # Ten a minute: the next may leave after more seconds than these launches take.
    action, alice = make_action(limited(upstream, invocationsPerMinute=10)), make_user()
    rows = [launch_one(action, alice) for _ in range(5)]
    assert [row.status for row in rows] == [Status.PENDING] * 2 + [Status.QUEUED] * 3
    assert "takes 10 launches a minute" in rows[-1].error
    assert "in about" in rows[-1].error
    assert len(upstream.posts()) == 2


def test_how_long_a_launch_waits_counts_the_turns_of_others(upstream: Upstream) -> None:
    # Four leave in five minutes: 75 s each, so that a few which the test itself takes tell nothing else.
    namespace = limited(upstream, invocationsPerMinute=1)
    action, alice, bulk = make_action(namespace), make_user(), make_bulk(namespace)
    budget = launch_room.launch_budget(namespace)
    assert budget is not None
    budget.spend(1)
    alone = launch_one(action, alice)
    for _ in range(50):
        waiting(namespace, bulk=bulk)
    waiting(namespace, launched_by=make_user("bob"))
    second = launch_one(action, alice)
    seconds = [int(re.findall(r"in about (\d+) s", row.error)[0]) for row in (alone, second)]
    assert 45 < seconds[0] <= 75
    # One of her own, two of the bulk launch and one of bob's come first.
    assert 345 < seconds[1] <= 375


def test_launches_beyond_what_may_run_at_once_wait_here(upstream: Upstream) -> None:
    namespace = limited(upstream, concurrentInvocations=2)
    action, alice = make_action(namespace), make_user()
    rows = [launch_one(action, alice) for _ in range(3)]
    assert [row.status for row in rows] == [Status.PENDING, Status.PENDING, Status.QUEUED]
    assert "2 launches run at once" in rows[2].error
    Activation.objects.filter(pk=rows[0].pk).update(status=Status.SUCCESS)
    wait_until(lambda: send_queued() == 1)
    assert handed(rows) == [rows[2]]


def test_a_waiting_launch_can_be_taken_back_and_then_never_leaves(upstream: Upstream) -> None:
    namespace = limited(upstream, concurrentInvocations=1)
    action, alice = make_action(namespace), make_user()
    launch_one(action, alice)
    held = launch_one(action, alice)
    assert held.error.startswith("1 launch runs at once")
    assert cancel(held, person=alice)
    Activation.objects.filter(status=Status.PENDING).update(status=Status.SUCCESS)
    assert send_queued() == 0
    assert len(upstream.posts()) == 1


def test_a_namespace_without_limits_holds_nothing_back(upstream: Upstream, namespace: Namespace) -> None:
    accepting(upstream)
    action, alice = make_action(namespace), make_user()
    assert {launch_one(action, alice).status for _ in range(BURST + 5)} == {Status.PENDING}


def test_without_redis_a_single_launch_still_goes_out(upstream: Upstream, settings: LazySettings) -> None:
    action, alice = make_action(limited(upstream)), make_user()
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    redis_client.cache_clear()
    try:
        activation = launch_one(action, alice)
    finally:
        redis_client.cache_clear()
    assert activation.status == Status.PENDING


def test_a_round_hands_over_each_launch_once(upstream: Upstream, redis_server: redis.Redis) -> None:
    namespace = limited(upstream)
    for _ in range(3):
        waiting(namespace)
    assert (send_queued(), send_queued()) == (3, 0)
    assert redis_server.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 3


def test_what_was_handed_to_a_worker_that_died_is_handed_over_again(upstream: Upstream) -> None:
    row = waiting(limited(upstream))
    assert send_queued() == 1
    Activation.objects.filter(pk=row.pk).update(next_poll_at=timezone.now() - timedelta(seconds=1))
    assert send_queued() == 1
    send(row.pk)
    send(row.pk)
    assert len(upstream.posts()) == 1


def test_no_minute_sees_more_launches_than_the_limit() -> None:
    budget = launch_room.launch_budget(Namespace(pk=1, limits={"invocationsPerMinute": 600}))
    assert budget is not None
    assert budget.rate * budget.burst_seconds + budget.rate * 60 == pytest.approx(600)


def test_even_one_launch_a_minute_lets_one_leave(upstream: Upstream) -> None:
    action, alice = make_action(limited(upstream, invocationsPerMinute=1)), make_user()
    assert [launch_one(action, alice).status for _ in range(2)] == [Status.PENDING, Status.QUEUED]


@pytest.mark.parametrize("limit", ["invocationsPerMinute", "concurrentInvocations"])
def test_a_bulk_launch_gets_on_under_the_least_limit(upstream: Upstream, limit: str) -> None:
    namespace = limited(upstream, **{limit: 1})
    bulk = make_bulk(namespace)
    for _ in range(2):
        waiting(namespace, bulk=bulk)
    assert drip(namespace) == 1


def test_bulk_rows_leave_room_for_people(upstream: Upstream) -> None:
    namespace = limited(upstream, concurrentInvocations=10)
    bulk = make_bulk(namespace)
    rows = [waiting(namespace, bulk=bulk) for _ in range(20)]
    assert drip(namespace) == 7
    assert len(handed(rows)) == 7
    assert launch_one(make_action(namespace), make_user()).status == Status.PENDING


def test_handed_over_launches_count_as_running(upstream: Upstream) -> None:
    namespace = limited(upstream, concurrentInvocations=4)
    for _ in range(6):
        waiting(namespace)
    assert (drip(namespace), drip(namespace)) == (4, 0)


def test_people_and_bulk_launches_take_turns(upstream: Upstream) -> None:
    namespace = limited(upstream)
    alice, bob, bulk = make_user("alice"), make_user("bob"), make_bulk(namespace)
    rows = [waiting(namespace, bulk=bulk, launched_by=alice) for _ in range(20)]
    rows += [waiting(namespace, launched_by=alice) for _ in range(20)]
    rows += [waiting(namespace, launched_by=bob) for _ in range(2)]
    drip(namespace)
    left = Counter((row.bulk_id, row.launched_by) for row in handed(rows))
    assert left == {(bulk.pk, alice): 5, (None, alice): 5, (None, bob): 2}


@pytest.mark.parametrize("state", [BulkState.PAUSED, BulkState.STOPPED])
def test_a_bulk_launch_that_does_not_run_sends_nothing(upstream: Upstream, state: BulkState) -> None:
    namespace = limited(upstream)
    waiting(namespace, bulk=make_bulk(namespace, state=state))
    assert send_queued() == 0


def test_bulk_launches_rest_with_a_namespace_in_trouble_and_people_still_try(upstream: Upstream) -> None:
    namespace = limited(upstream)
    Namespace.objects.update(retry_at=timezone.now() + timedelta(seconds=30))
    row, mine = waiting(namespace, bulk=make_bulk(namespace)), waiting(namespace)
    assert send_queued() == 1
    assert handed([row, mine]) == [mine]


def test_a_429_uses_up_the_minute_here_too(upstream: Upstream) -> None:
    # Ten a minute: the next may leave after more seconds than these launches take.
    namespace = limited(upstream, invocationsPerMinute=10)
    action, alice = make_action(namespace), make_user()
    upstream.answers(Answer(429, {"error": "Too many requests in the last minute.", "code": "c"}))
    assert launch_one(action, alice).status == Status.QUEUED
    assert launch_one(action, alice).status == Status.QUEUED
    assert len(upstream.posts()) == 1


def test_fires_wait_by_a_limit_of_their_own(upstream: Upstream) -> None:
    namespace = limited(upstream, concurrentInvocations=1)
    make_activation(namespace, Status.PENDING)
    fires = [waiting(namespace, kind=TRIGGER_KIND) for _ in range(BURST + 2)]
    assert drip(namespace) == BURST
    assert handed(fires) == fires[:BURST]


def test_a_bulk_launch_with_nothing_left_is_done(upstream: Upstream) -> None:
    namespace = limited(upstream)
    bulk, busy = make_bulk(namespace), make_bulk(namespace)
    make_activation(namespace, bulk=bulk)
    make_activation(namespace, Status.PENDING, bulk=busy)
    send_queued()
    bulk.refresh_from_db()
    busy.refresh_from_db()
    assert (bulk.state, busy.state) == (BulkState.DONE, BulkState.RUNNING)
    assert bulk.ended_at is not None
