"""What the answer of a URL means for the run that it should have started, against a scripted upstream."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from runtime_app.models import Action, Activation, Namespace, Origin, Status
from runtime_app.models.actions import STARTS_ANNOTATION
from runtime_app.openwhisk.web import NOT_READY
from runtime_app.services.launching.launch import LaunchKeyTakenError
from runtime_app.services.web_actions.calls import Tried, try_url
from tests.factories import make_action, make_activation, make_namespace, member
from tests.upstream import Answer, Upstream

ID = "f" * 32
WEB: dict[str, Any] = {"web-export": True, STARTS_ANNOTATION: "resize"}


@pytest.fixture
def starter(namespace: Namespace) -> Action:
    make_action(namespace)
    return make_action(namespace, path="resize-url", annotations=WEB)


def call(action: Action, parameters: Any = None, extension: str = "") -> Tried:
    person = member(action.namespace)
    return try_url(
        action, person=person, parameters=parameters or {}, extension=extension, launch_key=uuid4()
    )


def status_after(action: Action) -> tuple[str, str]:
    activation = call(action).activation
    assert activation is not None
    return activation.status, activation.error


def test_one_post_goes_to_the_url_without_the_key(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(202, {"activationId": ID}))
    tried = call(starter, {"w": 1}, ".json")
    assert [(asked.method, asked.path, asked.body) for asked in upstream.asked] == [
        ("POST", "/api/v1/web/guest/default/resize-url.json", {"w": 1})
    ]
    activation = tried.activation
    assert activation is not None
    assert (activation.activation_id, activation.status) == (ID, Status.PENDING)
    assert (activation.action_path, activation.timeout_ms) == ("resize", 120_000)


def test_an_id_inside_the_body_of_a_whole_result_is_found(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(200, {"statusCode": 202, "body": {"activationId": ID}}))
    activation = call(starter).activation
    assert activation is not None
    assert activation.activation_id == ID


def test_a_sweep_that_was_faster_makes_no_second_row(starter: Action, upstream: Upstream) -> None:
    make_activation(starter.namespace, activation_id=ID, origin=Origin.ELSEWHERE)
    upstream.answers(Answer(202, {"activationId": ID}))
    call(starter)
    assert Activation.objects.get().origin == Origin.PANEL


def test_a_refusal_is_refused_in_its_own_words(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(401, {"error": "Authentication is possible but has failed", "code": "x"}))
    status, error = status_after(starter)
    assert status == Status.REFUSED
    assert "401" in error
    assert "Authentication is possible" in error


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Answer(202, {"error": NOT_READY, "code": "x"}), "longer than 60 s"),
        (Answer(200, {"hello": "world"}), "without an activation id"),
        (Answer(204, ""), "The URL with .json shows all"),
        (Answer(200, "<html>no JSON</html>", content_type="text/html"), "without an activation id"),
        (Answer(200, {"activationId": "not an id"}), "without an activation id"),
        (Answer(200, {"activationId": ["list"]}), "without an activation id"),
        (Answer(hang_up=True), ""),
    ],
)
def test_what_cannot_be_known_is_unknown(
    starter: Action, upstream: Upstream, answer: Answer, word: str
) -> None:
    upstream.answers(answer)
    status, error = status_after(starter)
    assert status == Status.UNKNOWN
    assert word in error
    assert error


def test_nothing_is_left_for_a_worker_to_launch_again(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(hang_up=True))
    call(starter)
    assert not Activation.objects.sendable(timezone.now()).exists()
    assert len(upstream.posts()) == 1


def test_a_key_of_something_else_is_not_taken(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(202, {"activationId": ID}))
    key, person, stranger = uuid4(), member(starter.namespace), member(starter.namespace)
    try_url(starter, person=person, parameters={}, extension="", launch_key=key)
    with pytest.raises(LaunchKeyTakenError):
        try_url(starter, person=stranger, parameters={}, extension="", launch_key=key)


@pytest.mark.django_db
def test_an_upstream_that_is_away_started_nothing_for_sure() -> None:
    namespace = make_namespace()
    make_action(namespace)
    tried = call(make_action(namespace, path="resize-url", annotations=WEB))
    assert tried.activation is not None
    assert tried.activation.status == Status.REFUSED
