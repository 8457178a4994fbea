"""The page of a sequence's run: its steps as bars, each with a way to its own page, and the way back."""

from __future__ import annotations

import pytest
from django.test import Client

from runtime_app.models import Activation, Namespace, Role, Status
from tests.factories import make_action, make_activation, make_namespace, make_user, member

pytestmark = pytest.mark.django_db
ID = "a" * 32


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(name="guest")


def make_run(namespace: Namespace, status: Status | str = Status.SUCCESS, **fields: object) -> Activation:
    components = ["/guest/first", "/guest/second"]
    make_action(namespace, path="both", kind="sequence", components=components)
    return make_activation(
        namespace, status, action_path="both", kind="sequence", **{"activation_id": ID, **fields}
    )


def page(client: Client, activation: Activation, part: str = "") -> str:
    client.force_login(member(activation.namespace, Role.VIEWER))
    answer = client.get(f"/n/{activation.namespace.slug}/activations/{activation.pk}/{part}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_step_is_drawn_with_a_way_to_its_page(client: Client, namespace: Namespace) -> None:
    first = make_activation(namespace, action_path="first", cause=ID, result={"n": 3}, size=7)
    second = make_activation(namespace, action_path="second", cause=ID, duration_ms=2_500)
    whole = make_run(namespace, logs=[first.activation_id, second.activation_id])
    html = page(client, whole)
    for step in (first, second):
        assert f'href="/n/{namespace.slug}/activations/{step.pk}/" id="step-{step.pk}"' in html
    assert "{&quot;n&quot;: 3}" in html
    assert html.index("first") < html.index("second")
    assert "Its lines are the ids of its steps." in html
    assert f">{first.activation_id}<" not in html
    assert f'hx-get="/n/{namespace.slug}/activations/{whole.pk}/steps/"' not in html


def test_while_it_runs_the_rest_is_announced_and_asked_for_again(
    client: Client, namespace: Namespace
) -> None:
    whole = make_run(namespace, Status.PENDING)
    make_activation(namespace, action_path="first", cause=ID)
    html = page(client, whole, "steps/")
    assert html.lstrip().startswith('<section class="stack stack--tight refreshing-bar" id="steps"')
    assert f'hx-get="/n/{namespace.slug}/activations/{whole.pk}/steps/"' in html
    assert "every 3s" in html
    assert html.count("Not known yet") == 1


def test_a_step_leads_back_to_its_sequence(client: Client, namespace: Namespace) -> None:
    whole = make_run(namespace)
    step = make_activation(namespace, action_path="first", cause=ID)
    html = page(client, step)
    assert f'href="/n/{namespace.slug}/activations/{whole.pk}/"' in html
    assert "Show the sequence" in html
    assert "As a step of a sequence" in html
    assert 'id="steps"' not in html


def test_a_step_of_a_sequence_that_is_not_here_names_its_id(client: Client, namespace: Namespace) -> None:
    html = page(client, make_activation(namespace, cause=ID))
    assert f"/n/{namespace.slug}/activations/find/?id={ID}" in html
    assert "Show the sequence" not in html


def test_what_failed_says_so_in_a_line_and_the_rest_behind_it(client: Client, namespace: Namespace) -> None:
    text = "Initialization has failed: /w/action.js:3\n  <b>\n\nSyntaxError: Unexpected token '<'\n    at x"
    make_activation(
        namespace,
        "developer_error",
        action_path="first",
        cause=ID,
        error=" ".join(text.split()),
        result={"error": text},
        size=90,
    )
    html = page(client, make_run(namespace, "developer_error", logs=[]), "steps/")
    assert "<summary>SyntaxError: Unexpected token &#x27;&lt;&#x27; at line 3</summary>" in html
    assert "  &lt;b&gt;\n" in html
    assert html.count("Not run") == 2


def test_a_step_that_took_no_time_has_its_mark(client: Client, namespace: Namespace) -> None:
    make_activation(namespace, action_path="first", cause=ID, duration_ms=0, wait_ms=None)
    assert page(client, make_run(namespace), "steps/").count('class="fill-run"') == 1


def test_an_action_has_no_steps_and_a_stranger_gets_nothing(client: Client, namespace: Namespace) -> None:
    plain, whole = make_activation(namespace), make_run(namespace)
    client.force_login(member(namespace, Role.VIEWER))
    assert client.get(f"/n/{namespace.slug}/activations/{plain.pk}/steps/").status_code == 404
    client.force_login(make_user())
    assert client.get(f"/n/{namespace.slug}/activations/{whole.pk}/steps/").status_code == 404
