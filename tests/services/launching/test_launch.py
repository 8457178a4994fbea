"""Launching: a row first, one request, and an honest state whatever the answer."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from runtime_app.models import Activation, ActivationPayload, AuditEntry, Namespace, Status, User, Verb
from runtime_app.services.backing import database
from runtime_app.services.launching import launch as launching
from runtime_app.services.launching.dripping import send_queued
from runtime_app.services.launching.launch import LaunchKeyTakenError, cancel, launch, send
from tests.factories import make_action, make_activation, make_namespace, make_user
from tests.upstream import Answer, Upstream, record

pytestmark = pytest.mark.django_db(transaction=True)

ACCEPTED_ID = "a" * 32
ACCEPTED = Answer(202, {"activationId": ACCEPTED_ID})


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def launch_resize(namespace: Namespace, person: User, **fields: Any) -> Activation:
    action = fields.pop("action", None) or make_action(namespace)
    return launch(action=action, person=person, **{"parameters": {"w": 2}, "launch_key": uuid4(), **fields})


def test_an_accepted_launch_is_pending_under_its_id(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(ACCEPTED)
    activation = launch_resize(namespace, alice)
    assert (activation.status, activation.activation_id) == (Status.PENDING, ACCEPTED_ID)
    assert activation.launched_by == alice
    assert activation.summary == "w: 2"
    assert upstream.posts()[0].body == {"w": 2}
    assert upstream.posts()[0].path == "/api/v1/namespaces/guest/actions/resize"


def test_an_answer_outlasts_a_database_that_is_away_as_it_comes(
    upstream: Upstream, namespace: Namespace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PAUSE_SECONDS", 0)
    refused: list[str] = []

    def away(execute: Any, sql: str, *rest: Any) -> Any:
        # Each of the statements that write it down, once.
        if upstream.posts() and sql.startswith("UPDATE") and sql not in refused:
            refused.append(sql)
            raise OperationalError("away")
        return execute(sql, *rest)

    upstream.answers(ACCEPTED)
    with connection.execute_wrapper(away):
        activation = launch_resize(namespace, alice)
    assert len(refused) >= 2, "the namespace's and the activation's own"
    assert (activation.status, activation.activation_id) == (Status.PENDING, ACCEPTED_ID)
    assert len(upstream.posts()) == 1


def test_the_deadline_is_the_time_limit_plus_grace(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(ACCEPTED)
    activation = launch_resize(namespace, alice)
    assert activation.accepted_at is not None
    assert activation.deadline_at == activation.accepted_at + timedelta(seconds=120 + 60)


def test_the_row_exists_before_the_request_leaves(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    seen: list[tuple[str, Any]] = []

    def look(asked: object) -> Answer:
        row = Activation.objects.get()
        seen.append((row.status, ActivationPayload.objects.get(activation=row).parameters))
        connection.close()
        return ACCEPTED

    upstream.script = look
    launch_resize(namespace, alice)
    assert seen == [(Status.SENDING, {"w": 2})]


def test_the_same_launch_key_launches_once(upstream: Upstream, namespace: Namespace, alice: User) -> None:
    upstream.answers(ACCEPTED)
    action, key = make_action(namespace), uuid4()
    first = launch_resize(namespace, alice, action=action, launch_key=key)
    second = launch_resize(namespace, alice, action=action, launch_key=key)
    assert first == second
    assert len(upstream.posts()) == 1


def test_two_clicks_at_the_same_moment_launch_once(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(ACCEPTED)
    action, key, barrier = make_action(namespace), uuid4(), threading.Barrier(2)

    def click() -> None:
        barrier.wait()
        launch_resize(namespace, alice, action=action, launch_key=key)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Activation.objects.count() == 1
    assert len(upstream.posts()) == 1


def test_a_launch_key_of_somebody_else_is_refused(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(ACCEPTED)
    action, key = make_action(namespace), uuid4()
    launch_resize(namespace, alice, action=action, launch_key=key)
    with pytest.raises(LaunchKeyTakenError):
        launch_resize(namespace, make_user("bob"), action=action, launch_key=key)


def test_a_launch_is_on_the_audit_log(upstream: Upstream, namespace: Namespace, alice: User) -> None:
    upstream.answers(ACCEPTED)
    activation = launch_resize(namespace, alice)
    entry = AuditEntry.objects.get(verb=Verb.LAUNCHED)
    assert (entry.person, entry.target) == (alice, "resize")
    assert entry.detail == {"activation": activation.pk}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "answer",
    [
        Answer(429, {"error": "Too many requests in the last minute (count: 61, allowed: 60).", "code": "c"}),
        Answer(503, {"error": "The server is currently unavailable.", "code": "c" * 32}),
    ],
)
def test_what_was_certainly_not_taken_waits_here_and_is_sent_later(
    upstream: Upstream, namespace: Namespace, alice: User, answer: Answer
) -> None:
    upstream.answers(answer)
    activation = launch_resize(namespace, alice)
    assert activation.status == Status.QUEUED
    assert activation.error
    assert activation.next_poll_at is not None
    assert activation.next_poll_at > timezone.now()
    upstream.answers(ACCEPTED)
    send(activation.pk)
    activation.refresh_from_db()
    assert (activation.status, activation.error) == (Status.PENDING, "")


def test_a_runtime_that_is_down_gets_the_launch_when_it_is_back(upstream: Upstream, alice: User) -> None:
    namespace = make_namespace(name="guest", api_host="http://127.0.0.1:9")
    activation = launch_resize(namespace, alice)
    assert activation.status == Status.QUEUED
    assert "127.0.0.1:9" in activation.error
    Namespace.objects.update(api_host=upstream.url)
    upstream.answers(ACCEPTED)
    send(activation.pk)
    activation.refresh_from_db()
    assert activation.status == Status.PENDING


@pytest.mark.usefixtures("clock")
def test_a_throttled_launch_honours_retry_after(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(Answer(429, {"error": "Slow down.", "code": "c"}, headers={"Retry-After": "40"}))
    activation = launch_resize(namespace, alice)
    assert activation.next_poll_at is not None
    assert activation.next_poll_at > timezone.now() + timedelta(seconds=35)
    assert activation.error.endswith(f"The next try is at {activation.next_poll_at:%H:%M:%S} UTC.")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(hang_up=True),
        Answer(202, {"activationId": ACCEPTED_ID}, cut=True),
        Answer(202, "<html>Welcome</html>", content_type="text/html"),
        Answer(202, {"activationId": 7}),
        Answer(500, {"error": "There was an internal server error.", "code": "c" * 32}),
        Answer(504, "<html>Gateway timeout</html>", content_type="text/html"),
    ],
    ids=["hung up", "cut", "html", "wrong type", "500", "504"],
)
def test_a_lost_answer_is_unknown_and_never_sent_again(
    upstream: Upstream, namespace: Namespace, alice: User, answer: Answer
) -> None:
    upstream.answers(answer)
    activation = launch_resize(namespace, alice)
    assert activation.status == Status.UNKNOWN
    assert activation.error
    upstream.answers(ACCEPTED)
    send(activation.pk)
    send_queued()
    assert len(upstream.posts()) == 1


def test_a_lost_body_whose_header_names_the_activation_is_waited_for(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(
        Answer(500, "<html>", content_type="text/html", headers={"x-openwhisk-activation-id": ACCEPTED_ID})
    )
    activation = launch_resize(namespace, alice)
    assert (activation.status, activation.activation_id) == (Status.PENDING, ACCEPTED_ID)


@pytest.mark.parametrize("status", [400, 403, 404, 413])
def test_a_refused_launch_says_why(
    upstream: Upstream, namespace: Namespace, alice: User, status: int
) -> None:
    upstream.answers(Answer(status, {"error": "The requested resource does not exist.", "code": "c"}))
    activation = launch_resize(namespace, alice)
    assert activation.status == Status.REFUSED
    assert activation.error


def test_a_refused_key_refuses_the_launch_and_is_noted_on_the_namespace(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(Answer(401, {"error": "The supplied authentication is invalid", "code": "c"}))
    activation = launch_resize(namespace, alice)
    namespace.refresh_from_db()
    assert activation.status == Status.REFUSED
    assert namespace.key_refused


def test_a_blocking_answer_is_saved_at_once(upstream: Upstream, namespace: Namespace, alice: User) -> None:
    upstream.answers(Answer(200, record(ACCEPTED_ID, logs=[])))
    activation = launch_resize(namespace, alice, waits=True)
    send(activation.pk)
    activation.refresh_from_db()
    assert (activation.status, activation.activation_id) == (Status.SUCCESS, ACCEPTED_ID)
    assert activation.payload.result == {"ok": 1}
    assert activation.payload.parameters == {"w": 2}
    assert upstream.posts()[0].query["blocking"] == "true"


def test_a_blocking_call_that_fails_is_saved_from_its_502(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    failed = {"status": "application error", "success": False, "result": {"error": "no disk"}, "size": 9}
    upstream.answers(Answer(502, record(ACCEPTED_ID, response=failed)))
    activation = launch_resize(namespace, alice, waits=True)
    send(activation.pk)
    activation.refresh_from_db()
    assert (activation.status, activation.error) == (Status.APPLICATION_ERROR, "no disk")


def test_an_array_that_comes_without_its_record_is_saved_too(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(Answer(200, [1, 2], headers={"x-openwhisk-activation-id": ACCEPTED_ID}))
    activation = launch_resize(namespace, alice, waits=True)
    send(activation.pk)
    activation.refresh_from_db()
    assert (activation.status, activation.activation_id) == (Status.SUCCESS, ACCEPTED_ID)
    assert ActivationPayload.objects.get(activation=activation).result == [1, 2]


def test_a_blocking_call_that_outlasts_the_wait_becomes_pending(
    upstream: Upstream, namespace: Namespace, alice: User
) -> None:
    upstream.answers(ACCEPTED)
    activation = launch_resize(namespace, alice, waits=True)
    send(activation.pk)
    activation.refresh_from_db()
    assert activation.status == Status.PENDING


def test_a_waiting_launch_can_be_taken_back(upstream: Upstream, namespace: Namespace, alice: User) -> None:
    activation = make_activation(namespace, Status.QUEUED)
    assert cancel(activation, person=alice)
    send(activation.pk)
    assert activation.status == Status.CANCELLED
    assert upstream.asked == []


def test_what_has_left_cannot_be_taken_back(namespace: Namespace, alice: User) -> None:
    assert not cancel(make_activation(namespace, Status.PENDING), person=alice)


def test_a_launch_whose_sender_died_ends_as_unknown(namespace: Namespace) -> None:
    long_ago = timezone.now() - launching.SENDER_LOST_AFTER - timedelta(seconds=1)
    lost = make_activation(namespace, Status.SENDING, changed_at=long_ago)
    under_way = make_activation(namespace, Status.SENDING, changed_at=timezone.now())
    blocking = make_activation(namespace, Status.SENDING, changed_at=long_ago, waits=True)
    send_queued()
    for activation in (lost, under_way, blocking):
        activation.refresh_from_db()
    assert lost.status == Status.UNKNOWN
    assert (under_way.status, blocking.status) == (Status.SENDING, Status.SENDING)


def test_an_hour_of_refused_connections_is_enough(alice: User) -> None:
    namespace = make_namespace(api_host="http://127.0.0.1:9")
    activation = make_activation(
        namespace, Status.QUEUED, listed_at=timezone.now() - timedelta(hours=1), polls=launching.MOST_TRIES
    )
    send(activation.pk)
    activation.refresh_from_db()
    assert activation.status == Status.REFUSED
