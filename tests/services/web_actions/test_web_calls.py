"""What the answer of a URL says of the run that it has started: one row for one run, whatever it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from runtime_app.models import Action, Activation, AuditEntry, Namespace, Origin, Status, UrlCall, Verb
from runtime_app.openwhisk import RemoteActivation
from runtime_app.openwhisk.web import NOT_READY
from runtime_app.services.collecting.records import take_in
from runtime_app.services.launching.launch import LaunchKeyTakenError
from runtime_app.services.web_actions.calls import Tried, runs_after, try_url
from tests.factories import make_action, make_activation, make_namespace, member
from tests.upstream import Answer, Upstream, record

ID = "f" * 32
WEB: dict[str, Any] = {"web-export": True}


@pytest.fixture
def starter(namespace: Namespace) -> Action:
    make_action(namespace)
    return make_action(namespace, path="resize-url", annotations=WEB, starts="resize")


def call(action: Action, parameters: Any = None, extension: str = "") -> Tried:
    person = member(action.namespace)
    return try_url(
        action, person=person, parameters=parameters or {}, extension=extension, launch_key=uuid4()
    )


def found_by_a_sweep(namespace: Namespace, activation_id: str = ID, **fields: Any) -> Activation:
    """The run that the call has started, as a sweep brings it in."""
    return take_in(namespace, RemoteActivation.from_json(record(activation_id, **fields)))


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


def test_a_refusal_started_nothing(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(401, {"error": "Authentication is possible but has failed", "code": "x"}))
    tried = call(starter)
    assert tried.answer is not None
    assert tried.answer.status == 401
    assert (tried.activation, tried.may_have_started) == (None, False)
    assert not Activation.objects.exists()


SILENT = [
    Answer(202, {"error": NOT_READY, "code": "x"}),
    Answer(200, {"hello": "world"}),
    Answer(204, ""),
    Answer(200, "<html>no JSON</html>", content_type="text/html"),
    Answer(200, {"activationId": "not an id"}),
    Answer(200, {"activationId": ["list"]}),
    Answer(hang_up=True),
    Answer(200, {"activationId": ID}, cut=True),
    Answer(502, "<html>Bad gateway</html>", content_type="text/html"),
]


@pytest.mark.parametrize("answer", SILENT)
def test_a_run_that_no_answer_names_has_one_row_and_it_is_the_sweeps(
    starter: Action, upstream: Upstream, answer: Answer
) -> None:
    upstream.answers(answer)
    tried = call(starter)
    assert (tried.activation, tried.may_have_started) == (None, True)
    assert not Activation.objects.exists()
    run = found_by_a_sweep(starter.namespace)
    assert list(Activation.objects.all()) == [run]
    assert list(runs_after(tried.call)) == [run]


def test_what_others_started_is_not_offered_as_its_run(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(204, ""))
    tried = call(starter)
    fire = make_activation(starter.namespace, kind="trigger", action_path="upload")
    long_ago = timezone.now() - timedelta(minutes=5)
    for fields in (
        {"origin": Origin.PANEL},
        {"origin": Origin.ELSEWHERE, "fired_by": fire},
        {"origin": Origin.ELSEWHERE, "cause": "c" * 32},
        {"origin": Origin.ELSEWHERE, "action_path": "other"},
        {"origin": Origin.ELSEWHERE, "listed_at": long_ago},
    ):
        make_activation(starter.namespace, **fields)
    make_activation(make_namespace(), origin=Origin.ELSEWHERE)
    assert not runs_after(tried.call).exists()


def test_an_id_that_is_known_here_already_gets_no_second_row(starter: Action, upstream: Upstream) -> None:
    known = make_activation(starter.namespace, activation_id=ID)
    upstream.answers(Answer(202, {"activationId": ID}))
    assert call(starter).activation == known
    assert Activation.objects.count() == 1


def test_an_upstream_that_dies_while_it_answers_is_said(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(hang_up=True))
    tried = call(starter)
    assert tried.answer is None
    assert tried.error
    assert tried.is_lost


def test_every_call_is_on_the_audit_log(starter: Action, upstream: Upstream) -> None:
    upstream.answers(Answer(204, ""))
    call(starter)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target) == (Verb.URL_CALLED, "resize-url")


@pytest.mark.parametrize("answer", [Answer(204, ""), Answer(hang_up=True), Answer(202, {"activationId": ID})])
def test_one_key_calls_once_whatever_was_answered(
    starter: Action, upstream: Upstream, answer: Answer
) -> None:
    upstream.answers(answer)
    key, person = uuid4(), member(starter.namespace)
    sent = {"person": person, "parameters": {}, "extension": "", "launch_key": key}
    first, second = try_url(starter, **sent), try_url(starter, **sent)
    assert (len(upstream.posts()), second.is_repeated) == (1, True)
    assert second.activation == first.activation
    assert UrlCall.objects.count() == 1


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
    tried = call(make_action(namespace, path="resize-url", annotations=WEB, starts="resize"))
    assert tried.error
    assert not tried.may_have_started
    assert not Activation.objects.exists()
