"""After a 429 nothing leaves before its time, and health says when that is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from runtime_app.models import TRIGGER_KIND, Activation, Namespace, Status, User
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.health.collection import health_of
from runtime_app.services.launching.dripping import drip
from runtime_app.services.launching.launch import launch
from runtime_app.services.launching.throttling import begin_rest, rests_until
from tests.factories import make_action, make_activation, make_namespace, make_user
from tests.upstream import Answer, Upstream

pytestmark = pytest.mark.django_db(transaction=True)
ERROR = {"error": "Too many concurrent requests in flight.", "code": "c"}


@pytest.fixture
def namespace(upstream: Upstream) -> Namespace:
    return make_namespace(name="guest", api_host=upstream.url, limits={"invocationsPerMinute": 6000})


@pytest.fixture
def alice() -> User:
    return make_user()


def accepted() -> Answer:
    return Answer(202, {"activationId": uuid4().hex})


def launch_one(namespace: Namespace, alice: User) -> Activation:
    action = namespace.actions.first() or make_action(namespace)
    return launch(action=action, person=alice, parameters={}, launch_key=uuid4())


def waiting(namespace: Namespace, **fields: Any) -> Activation:
    return make_activation(namespace, Status.QUEUED, listed_at=timezone.now(), **fields)


def end_rest(namespace: Namespace) -> None:
    redis_client().delete(key("rest", "launches", namespace.pk))


def next_pause(row: Activation) -> float:
    """What a 429 after the last rest begins."""
    end_rest(row.namespace)
    return begin_rest(row, None)


@pytest.mark.usefixtures("clock")
def test_nothing_leaves_before_the_moment_that_the_runtime_asks_for(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(Answer(429, ERROR, headers={"Retry-After": "40"}))
    first, second = launch_one(namespace, alice), launch_one(namespace, alice)
    waiting(namespace)
    assert (first.status, second.status) == (Status.QUEUED, Status.QUEUED)
    assert second.next_poll_at is not None
    assert second.next_poll_at > timezone.now() + timedelta(seconds=35)
    assert "429" in second.error
    assert drip(namespace) == 0
    assert len(upstream.posts()) == 1


def test_pauses_grow_until_something_is_taken(upstream: Upstream, namespace: Namespace, alice: User) -> None:
    row = waiting(namespace)
    assert [next_pause(row) for _ in range(6)] == [2, 5, 10, 20, 30, 30]
    end_rest(namespace)
    upstream.answers(accepted())
    assert launch_one(namespace, alice).status == Status.PENDING
    assert next_pause(row) == 2


def test_a_429_without_a_moment_begins_a_pause(upstream: Upstream, namespace: Namespace, alice: User) -> None:
    upstream.answers(Answer(429, ERROR))
    launch_one(namespace, alice)
    assert redis_client().exists(key("rest", "launches", namespace.pk, "times"))


def test_those_that_were_under_way_do_not_prolong_a_rest(namespace: Namespace) -> None:
    row, rest = waiting(namespace), key("rest", "launches", namespace.pk)
    assert begin_rest(row, None) == 2
    # It lasts until the others have met it, however slow they are.
    redis_client().pexpire(rest, 60_000)
    assert all(30 < begin_rest(row, None) <= 60 for _ in range(4))
    assert redis_client().get(f"{rest}:times") == "1"


def test_fires_and_launches_rest_each_by_themselves(namespace: Namespace) -> None:
    begin_rest(waiting(namespace, kind=TRIGGER_KIND), 30)
    assert rests_until(namespace) is None
    row = waiting(namespace)
    assert drip(namespace) == 1
    row.refresh_from_db()
    assert row.next_poll_at is not None
    assert row.next_poll_at > timezone.now()


def test_after_the_rest_what_waited_leaves(namespace: Namespace) -> None:
    begin_rest(waiting(namespace), 30)
    assert drip(namespace) == 0
    end_rest(namespace)
    assert drip(namespace) == 1


def test_health_says_that_launches_wait_and_when_they_are_tried_again(namespace: Namespace) -> None:
    assert health_of([namespace])[0].problems == []
    begin_rest(waiting(namespace), 30)
    health = health_of([namespace])[0]
    assert health.throttled_until is not None
    assert f"the next try is at {health.throttled_until:%H:%M:%S} UTC" in health.problems[0]


def test_health_says_both_when_reads_and_launches_are_throttled(namespace: Namespace) -> None:
    begin_rest(waiting(namespace), 30)
    namespace.record_throttle("It asks to slow down.", retry_after=90)
    reads, launches = health_of([namespace])[0].problems
    assert namespace.retry_at is not None
    assert reads.endswith(f"their results are collected from {namespace.retry_at:%H:%M:%S} UTC on.")
    assert "no more launches" in launches


def test_a_launch_in_a_rest_from_reading_leaves_and_lets_it_last(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    namespace.record_throttle("It asks to slow down.", retry_after=90)
    upstream.answers(accepted())
    assert launch_one(namespace, alice).status == Status.PENDING
    assert namespace not in Namespace.objects.callable_now()


def test_the_id_of_a_launch_is_kept_before_redis_is_told_that_it_was_taken(
    upstream: Upstream, namespace: Namespace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(activation: Activation) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("runtime_app.services.launching.launch.note_taken", dies)
    upstream.answers(accepted())
    with pytest.raises(KeyboardInterrupt):
        launch_one(namespace, alice)
    row = Activation.objects.get()
    assert row.status == Status.PENDING
    assert row.activation_id
