"""Calling a URL from its page: the answer, what it has started, and what it may have."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from runtime_app.models import Activation, Namespace, Origin, Role, Status, UrlCall
from tests.factories import make_action, make_activation, make_namespace, member
from tests.upstream import Answer, Upstream
from tests.views.test_callable import HTMX, WEB, address, given, with_a_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client: Client, guest: Namespace) -> Client:
    return with_a_worker(client, guest)


def test_a_call_from_the_page_is_followed(editor: Client) -> None:
    action = given(editor)
    sent = {"launch_key": str(uuid4()), "parameters": '{"a": 1}', "extension": ".json"}
    html = editor.post(address(action, "try/"), sent, headers=HTMX).content.decode()
    activation = Activation.objects.get()
    assert html.lstrip().startswith('<section id="try-panel"')
    assert (activation.status, activation.action_path) == (Status.PENDING, "my-worker")
    assert f"?followed={activation.pk}" in html
    assert str(activation.activation_id) in html
    assert sent["launch_key"] not in html


def test_the_example_shows_what_the_worker_takes(client: Client) -> None:
    namespace = make_namespace()
    make_action(namespace, path="my-worker", parameters=[{"key": "seconds", "value": 20}])
    web = make_action(namespace, path="my-worker-url", annotations=WEB, starts="my-worker")
    client.force_login(member(namespace, Role.OPERATOR))
    assert "{&quot;seconds&quot;: 20}" in client.get(address(web)).content.decode()


def test_a_call_without_scripts_gets_the_whole_page(editor: Client) -> None:
    action = given(editor)
    answer = editor.post(address(action, "try/"), {"launch_key": str(uuid4()), "parameters": ""})
    assert "<!doctype html>" in answer.content.decode().lower()
    assert answer["Cache-Control"] == "no-store"


def test_parameters_that_are_no_object_stay_in_the_form(editor: Client) -> None:
    action = given(editor)
    sent = {"launch_key": str(uuid4()), "parameters": "[1]"}
    answer = editor.post(address(action, "try/"), sent, headers=HTMX)
    assert answer.status_code == 422
    assert "one JSON object" in answer.content.decode()
    assert not Activation.objects.exists()


def test_what_was_followed_shows_its_result(client: Client) -> None:
    namespace = make_namespace()
    action = make_action(namespace, path="a-url", annotations=WEB)
    activation = make_activation(namespace, result={"answer": 42})
    client.force_login(member(namespace))
    html = client.get(f"{address(action)}?followed={activation.pk}").content.decode()
    assert html.lstrip().startswith('<section id="followed"')
    assert "42" in html
    assert "hx-get" not in html.partition("</div>")[0]


def test_what_is_followed_belongs_to_the_namespace(client: Client) -> None:
    namespace, foreign = make_namespace(), make_activation(make_namespace())
    action = make_action(namespace, path="a-url", annotations=WEB)
    client.force_login(member(namespace))
    assert client.get(f"{address(action)}?followed={foreign.pk}").status_code == 404


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (204, "The code returned neither <code>body</code> nor <code>statusCode</code>"),
        (404, "An error that the code got from elsewhere answers with its status alone"),
        (200, "It has no body.</p>"),
    ],
)
def test_an_answer_without_a_body_is_explained(
    client: Client, upstream: Upstream, status: int, words: str
) -> None:
    namespace = make_namespace(name="guest", api_host=upstream.url)
    upstream.answers(Answer(status, ""))
    action = make_action(namespace, path="a-url", annotations=WEB)
    client.force_login(member(namespace, Role.OPERATOR))
    sent = {"launch_key": str(uuid4()), "parameters": "{}"}
    assert words in client.post(address(action, "try/"), sent, headers=HTMX).content.decode()


OWN_RUN = {"X-OpenWhisk-Activation-Id": "a" * 32}


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (
            502,
            OWN_RUN,
            f'answered with this error. <a href="/n/{{}}/activations/find/?id={"a" * 32}">Its own run',
        ),
        (401, {}, "has to send its secret, or a key"),
        (404, {}, "its code has probably not run"),
        (200, OWN_RUN, ""),
    ],
)
def test_an_answer_that_is_an_error_is_explained_in_one_sentence(
    client: Client, upstream: Upstream, status: int, headers: dict[str, str], words: str
) -> None:
    namespace = make_namespace(name="guest", api_host=upstream.url)
    upstream.answers(Answer(status, "upstream is down", headers=headers))
    action = make_action(namespace, path="a-url", annotations=WEB)
    client.force_login(member(namespace, Role.OPERATOR))
    sent = {"launch_key": str(uuid4()), "parameters": "{}"}
    html = client.post(address(action, "try/"), sent, headers=HTMX).content.decode()
    answer = html.partition("<h3>Answer</h3>")[2].partition("code-box")[0]
    assert ('class="error-text"' in answer) == bool(words)
    assert words.format(namespace.slug) in answer


@pytest.mark.parametrize("found", [False, True])
def test_a_call_that_names_no_run_shows_those_that_it_may_be(client: Client, found: bool) -> None:
    namespace = make_namespace()
    action = make_action(namespace, path="a-url", annotations=WEB, starts="resize")
    person = member(namespace)
    call = UrlCall.objects.create(
        namespace=namespace, action_path="a-url", starts="resize", launch_key=uuid4(), called_by=person
    )
    run = make_activation(namespace, origin=Origin.ELSEWHERE) if found else None
    client.force_login(person)
    html = client.get(f"{address(action)}?call={call.pk}").content.decode()
    assert html.lstrip().startswith('<section id="sought"')
    assert ("appears here, and in the history, by itself" in html) is not found
    assert (f'href="/n/{namespace.slug}/activations/{run.pk}/"' in html) if run else "row-link" not in html
    other = make_action(namespace, path="other-url", annotations=WEB)
    assert client.get(f"{address(other)}?call={call.pk}").status_code == 404
