"""Launching: with one click, with parameters, once."""

from __future__ import annotations

import json
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from runtime_app.models import Action, Activation, Namespace, Role, Status, User
from tests.factories import make_action, make_activation, make_namespace, make_preset, make_user, member
from tests.upstream import Answer, Upstream

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HX-Request": "true"}
ACTIVATION_ID = "a" * 32
ACCEPTED = Answer(202, {"activationId": ACTIVATION_ID}, {"X-OpenWhisk-Activation-Id": ACTIVATION_ID})


@pytest.fixture
def namespace(upstream: Upstream) -> Namespace:
    upstream.answers(ACCEPTED)
    return make_namespace(name="guest", api_host=upstream.url)


def address(action: Action) -> str:
    return f"/n/{action.namespace.slug}/actions/{action.pk}/launch/"


def typed(text: str = "", **changes: Any) -> dict[str, Any]:
    return {"launch_key": uuid4(), "parameters": text, **changes}


def toast(answer: Any) -> dict[str, str]:
    return json.loads(answer["HX-Trigger"])["toast"]


def test_it_sends_the_parameters_and_shows_the_activation(
    operator: Client, namespace: Namespace, upstream: Upstream
) -> None:
    answer = operator.post(address(make_action(namespace)), typed('{"width": 800}'))
    activation = Activation.objects.get()
    assert answer["Location"] == f"/n/{namespace.slug}/activations/{activation.pk}/"
    assert (activation.status, activation.activation_id) == (Status.PENDING, ACTIVATION_ID)
    (sent,) = upstream.posts()
    assert (sent.body, sent.query["blocking"]) == ({"width": 800}, "false")


def test_one_click_needs_no_parameters(operator: Client, namespace: Namespace, upstream: Upstream) -> None:
    operator.post(address(make_action(namespace)), {"launch_key": uuid4()})
    assert upstream.posts()[0].body == {}


def test_a_double_click_launches_once(operator: Client, namespace: Namespace, upstream: Upstream) -> None:
    action, click = make_action(namespace), typed()
    first, second = operator.post(address(action), click), operator.post(address(action), click)
    assert first["Location"] == second["Location"]
    assert Activation.objects.count() == len(upstream.posts()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_launch_once(upstream: Upstream) -> None:
    upstream.answers(ACCEPTED)
    namespace = make_namespace(name="guest", api_host=upstream.url)
    action, person = make_action(namespace), member(namespace, Role.OPERATOR)
    barrier, click = Barrier(4), typed('{"width": 800}')
    answers: list[tuple[int, str]] = []
    threads = [Thread(target=click_at_once, args=(barrier, person, action, click, answers)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {status for status, _ in answers} == {302}
    assert len({location for _, location in answers}) == 1
    assert Activation.objects.count() == len(upstream.posts()) == 1


def click_at_once(
    barrier: Barrier, person: User, action: Action, click: dict[str, Any], answers: list[tuple[int, str]]
) -> None:
    client = Client()
    client.force_login(person)
    barrier.wait(20)
    try:
        answer = client.post(address(action), click)
        answers.append((answer.status_code, answer.get("Location", "")))
    finally:
        connection.close()


def test_a_key_that_was_used_for_another_action_launches_nothing(
    operator: Client, namespace: Namespace, upstream: Upstream
) -> None:
    click = typed()
    operator.post(address(make_action(namespace)), click)
    answer = operator.post(address(make_action(namespace, path="crop")), click)
    assert answer.status_code == 422
    assert "has launched something else" in answer.content.decode()
    assert len(upstream.posts()) == 1


@pytest.mark.parametrize("key", ["", "not a key"])
def test_without_a_key_nothing_is_launched(
    operator: Client, namespace: Namespace, upstream: Upstream, key: str
) -> None:
    answer = operator.post(address(make_action(namespace)), typed(launch_key=key))
    assert answer.status_code == 422
    assert "Reload the page" in answer.content.decode()
    assert not upstream.posts()


def test_a_mistake_in_the_parameters_is_shown_where_it_is(
    operator: Client, namespace: Namespace, upstream: Upstream
) -> None:
    answer = operator.post(address(make_action(namespace)), typed('{"width": 800,\n}'))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 2, column 1" in html
    assert "{&quot;width&quot;: 800,\n}" in html
    assert not Activation.objects.exists()


def test_parameters_over_the_limit_are_refused(
    operator: Client, namespace: Namespace, upstream: Upstream
) -> None:
    answer = operator.post(address(make_action(namespace)), typed(json.dumps({"a": "x" * 1024 * 1024})))
    assert "1 MB is the most" in answer.content.decode()
    assert not upstream.posts()


def test_waiting_is_left_to_a_worker(operator: Client, namespace: Namespace, upstream: Upstream) -> None:
    operator.post(address(make_action(namespace)), typed(waits="on"))
    activation = Activation.objects.get()
    assert (activation.waits, activation.status) == (True, Status.QUEUED)
    assert not upstream.posts()


def test_htmx_gets_the_panel_with_a_receipt_and_a_new_key(operator: Client, namespace: Namespace) -> None:
    click = typed('{"width": 800}')
    answer = operator.post(address(make_action(namespace)), click, headers=HTMX)
    html = answer.content.decode()
    assert html.lstrip().startswith('<section id="launch-panel"')
    assert f"/activations/{Activation.objects.get().pk}/" in html
    assert "&quot;width&quot;: 800" in html
    assert str(click["launch_key"]) not in html
    assert toast(answer) == {"level": "success", "text": "Launched resize."}


def test_the_receipt_follows_the_activation_until_it_has_ended(
    operator: Client, namespace: Namespace
) -> None:
    activation = make_activation(namespace, status=Status.PENDING)
    address_of_receipt = f"/n/{namespace.slug}/activations/{activation.pk}/receipt/"
    html = operator.get(address_of_receipt).content.decode()
    assert "Pending" in html
    assert f'hx-get="{address_of_receipt}"' in html
    Activation.objects.update(status=Status.SUCCESS)
    html = operator.get(address_of_receipt).content.decode()
    assert "Success" in html
    assert "hx-get" not in html


def test_a_stranger_gets_no_receipt(client: Client, namespace: Namespace) -> None:
    client.force_login(make_user())
    activation = make_activation(namespace)
    assert client.get(f"/n/{namespace.slug}/activations/{activation.pk}/receipt/").status_code == 404


def test_htmx_gets_the_row_it_came_from(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace)
    headers = {**HTMX, "HX-Target": f"action-{action.pk}"}
    answer = operator.post(address(action), {"launch_key": uuid4()}, headers=headers)
    html = answer.content.decode()
    assert html.lstrip().startswith(f'<tr id="action-{action.pk}"')
    assert "Pending" in html
    assert toast(answer)["level"] == "success"


@pytest.mark.parametrize(
    ("reply", "level", "words"),
    [
        (
            Answer(404, {"error": "The requested resource does not exist.", "code": "t"}),
            "error",
            "was not launched",
        ),
        (
            Answer(429, {"error": "Too many requests in the last minute.", "code": "t"}),
            "warning",
            "waits here",
        ),
        (Answer(hang_up=True), "warning", "not known whether"),
    ],
)
def test_trouble_upstream_is_said(
    operator: Client,
    namespace: Namespace,
    upstream: Upstream,
    reply: Answer,
    level: str,
    words: str,
) -> None:
    upstream.answers(reply)
    answer = operator.post(address(make_action(namespace)), typed(), headers=HTMX)
    assert answer.status_code == 200
    assert toast(answer)["level"] == level
    assert words in toast(answer)["text"]


def test_the_form_can_be_filled_from_a_preset(operator: Client, namespace: Namespace) -> None:
    preset = make_preset(namespace, parameters={"width": 1234}, waits=True)
    html = operator.get(f"{address(make_action(namespace))}?preset={preset.pk}").content.decode()
    assert "&quot;width&quot;: 1234" in html
    assert 'name="waits" aria-describedby="id_waits_helptext" id="id_waits" checked' in html


def test_the_form_can_be_filled_from_an_earlier_activation(operator: Client, namespace: Namespace) -> None:
    earlier = make_activation(namespace, parameters={"width": 4321})
    html = operator.get(f"{address(make_action(namespace))}?from={earlier.pk}").content.decode()
    assert "&quot;width&quot;: 4321" in html


@pytest.mark.parametrize("query", ["?preset=x", "?from=999999999999999999999", "?preset=7", "?from=-1"])
def test_numbers_that_lead_nowhere_leave_the_form_empty(
    operator: Client, namespace: Namespace, query: str
) -> None:
    assert operator.get(address(make_action(namespace)) + query).status_code == 200


def test_another_namespaces_parameters_are_not_shown(operator: Client, namespace: Namespace) -> None:
    foreign = make_activation(make_namespace(), parameters={"secret": "s3cret"})
    html = operator.get(f"{address(make_action(namespace))}?from={foreign.pk}").content.decode()
    assert "s3cret" not in html


def test_every_form_has_a_key_of_its_own_and_is_not_cached(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace)
    first, second = operator.get(address(action)), operator.get(address(action))
    assert first["Cache-Control"] == "no-store"
    assert first.content != second.content


def test_a_viewer_may_not_launch(client: Client, namespace: Namespace, upstream: Upstream) -> None:
    client.force_login(member(namespace))
    assert client.post(address(make_action(namespace)), typed()).status_code == 403
    assert not upstream.posts()


def test_a_stranger_gets_404(client: Client, namespace: Namespace, upstream: Upstream) -> None:
    client.force_login(make_user())
    assert client.post(address(make_action(namespace)), typed()).status_code == 404
    assert not upstream.posts()


def test_it_cannot_be_deleted_or_put(operator: Client, namespace: Namespace) -> None:
    assert operator.delete(address(make_action(namespace))).status_code == 405
