"""Presets in the browser."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from runtime_app.models import Action, Activation, Namespace, Preset, Role
from tests.factories import make_action, make_namespace, make_preset, make_user, member
from tests.upstream import Answer, Upstream

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HX-Request": "true"}
ACTIVATION_ID = "b" * 32


@pytest.fixture
def namespace(upstream: Upstream) -> Namespace:
    upstream.answers(Answer(202, {"activationId": ACTIVATION_ID}))
    return make_namespace(name="guest", api_host=upstream.url)


@pytest.fixture
def operator(client: Client, namespace: Namespace) -> Client:
    client.force_login(member(namespace, Role.OPERATOR, "olga"))
    return client


def saving(action: Action) -> str:
    return f"/n/{action.namespace.slug}/actions/{action.pk}/presets/"


def launching(preset: Preset) -> str:
    return f"/n/{preset.namespace.slug}/presets/{preset.pk}/launch/"


def deleting(preset: Preset) -> str:
    return f"/n/{preset.namespace.slug}/presets/{preset.pk}/delete/"


def typed(**changes: str) -> dict[str, str]:
    return {"preset_name": "nightly", "parameters": '{"width": 800}', "on_dashboard": "on", **changes}


def test_it_keeps_what_stands_in_the_form(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace)
    html = operator.post(saving(action), typed(waits="on"), follow=True).content.decode()
    preset = Preset.objects.get()
    assert (preset.name, preset.parameters, preset.waits) == ("nightly", {"width": 800}, True)
    assert (preset.action_path, preset.on_dashboard) == ("resize", True)
    assert "Saved the preset “nightly”" in html


def test_it_can_stay_off_the_dashboard(operator: Client, namespace: Namespace) -> None:
    operator.post(saving(make_action(namespace)), typed(on_dashboard=""))
    assert not Preset.objects.get().on_dashboard


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"preset_name": " "}, "A preset needs a name."),
        ({"preset_name": "x" * 81}, "at most 80 characters"),
        ({"parameters": "{"}, "Line 1, column 2"),
    ],
)
def test_a_mistake_is_said_and_keeps_what_was_typed(
    operator: Client, namespace: Namespace, changes: dict[str, str], words: str
) -> None:
    answer = operator.post(saving(make_action(namespace)), typed(**changes))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert not Preset.objects.exists()


def test_a_taken_name_is_replaced_only_on_request(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace)
    make_preset(namespace, name="nightly", parameters={"width": 1})
    answer = operator.post(saving(action), typed(), headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a preset of this name already" in html
    assert 'name="replaces"' in html
    assert Preset.objects.get().parameters == {"width": 1}
    operator.post(saving(action), typed(replaces="on"))
    assert Preset.objects.get().parameters == {"width": 800}


def test_htmx_gets_the_panel_with_the_new_button(operator: Client, namespace: Namespace) -> None:
    answer = operator.post(saving(make_action(namespace)), typed(), headers=HTMX)
    html = answer.content.decode()
    assert html.lstrip().startswith('<section id="launch-panel"')
    assert launching(Preset.objects.get()) in html


def test_one_click_launches_with_its_parameters(
    operator: Client, namespace: Namespace, upstream: Upstream
) -> None:
    make_action(namespace)
    preset = make_preset(namespace, parameters={"width": 800})
    answer = operator.post(launching(preset), {"launch_key": uuid4()})
    activation = Activation.objects.get()
    assert answer["Location"] == f"/n/{namespace.slug}/activations/{activation.pk}/"
    assert activation.preset == preset
    assert upstream.posts()[0].body == {"width": 800}


def test_a_double_click_launches_once(operator: Client, namespace: Namespace, upstream: Upstream) -> None:
    make_action(namespace)
    preset, click = make_preset(namespace), {"launch_key": uuid4()}
    operator.post(launching(preset), click)
    operator.post(launching(preset), click)
    assert len(upstream.posts()) == 1


def test_a_preset_whose_action_is_gone_says_so(
    operator: Client, namespace: Namespace, upstream: Upstream
) -> None:
    answer = operator.post(launching(make_preset(namespace)), {"launch_key": uuid4()}, follow=True)
    assert "no action “resize” any more" in answer.content.decode()
    assert not upstream.posts()


def test_without_a_key_nothing_is_launched(
    operator: Client, namespace: Namespace, upstream: Upstream
) -> None:
    make_action(namespace)
    answer = operator.post(launching(make_preset(namespace)), follow=True)
    assert "out of date" in answer.content.decode()
    assert not upstream.posts()


def test_it_deletes(operator: Client, namespace: Namespace) -> None:
    make_action(namespace)
    answer = operator.post(deleting(make_preset(namespace, name="nightly")), follow=True)
    assert "Deleted the preset “nightly”." in answer.content.decode()
    assert not Preset.objects.exists()


def test_a_viewer_may_do_none_of_it(client: Client, namespace: Namespace, upstream: Upstream) -> None:
    action, preset = make_action(namespace), make_preset(namespace)
    client.force_login(member(namespace))
    assert client.post(saving(action), typed()).status_code == 403
    assert client.post(launching(preset), {"launch_key": uuid4()}).status_code == 403
    assert client.post(deleting(preset)).status_code == 403
    assert Preset.objects.count() == 1
    assert not upstream.posts()


def test_a_stranger_gets_404(client: Client, namespace: Namespace) -> None:
    action, preset = make_action(namespace), make_preset(namespace)
    client.force_login(make_user())
    assert client.post(saving(action), typed()).status_code == 404
    assert client.post(launching(preset)).status_code == 404
    assert client.post(deleting(preset)).status_code == 404


def test_another_namespaces_preset_is_not_found(operator: Client, namespace: Namespace) -> None:
    foreign = make_preset(make_namespace())
    assert operator.post(f"/n/{namespace.slug}/presets/{foreign.pk}/launch/").status_code == 404


def test_links_change_nothing(operator: Client, namespace: Namespace) -> None:
    action, preset = make_action(namespace), make_preset(namespace)
    for url in (saving(action), launching(preset), deleting(preset)):
        assert operator.get(url).status_code == 405
