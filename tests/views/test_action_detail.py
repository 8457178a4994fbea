"""The page of one action."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Action, ActionCode, AuditEntry, Namespace, Role, Status, Verb
from tests.factories import AUTH, make_action, make_activation, make_namespace, make_preset, make_user, member

pytestmark = pytest.mark.django_db


def address(action: Action) -> str:
    return f"/n/{action.namespace.slug}/actions/{action.pk}/"


def page(client: Client, action: Action, query: str = "", **headers: str) -> str:
    answer = client.get(address(action) + query, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def with_code(namespace: Namespace, text: str, **fields: Any) -> Action:
    action = make_action(namespace, **fields)
    ActionCode.objects.create(action=action, text=text, version=action.version)
    return action


def test_it_shows_facts_code_parameters_and_commands(operator: Client, namespace: Namespace) -> None:
    parameters = [{"key": "width", "value": 800}, {"key": "TOKEN", "value": "t", "init": True}]
    annotations = {"web-export": True}
    action = with_code(namespace, "exports.main = x => x;", parameters=parameters, annotations=annotations)
    html = page(operator, action)
    for piece in ("exports.main = x =&gt; x;", "2 min", "256 MB", "width", "environment only", "web-export"):
        assert piece in html
    assert "aio rt action invoke resize" in html
    assert "curl -u &quot;$AUTH&quot;" in html
    assert AUTH not in html


def test_code_is_escaped(operator: Client, namespace: Namespace) -> None:
    html = page(operator, with_code(namespace, "</textarea><script>alert(1)</script>"))
    assert "<script>alert" not in html


def test_python_is_coloured_as_python(operator: Client, namespace: Namespace) -> None:
    action = with_code(namespace, "def main(args): return args", kind="python:3.11")
    assert 'data-editor="python" readonly' in page(operator, action)


def test_an_archive_is_not_shown_as_text(operator: Client, namespace: Namespace) -> None:
    action = with_code(namespace, "UEsDBAoAAAAA", is_binary=True)
    html = page(operator, action)
    assert "zip archive" in html
    assert "UEsDBAoAAAAA" not in html


def test_bundled_code_does_not_weigh_the_page_down(operator: Client, namespace: Namespace) -> None:
    html = page(operator, with_code(namespace, "x" * 3_000_000))
    assert len(html) < 60 * 1024
    assert "first lines of 2.9 MB" in html


def test_source_can_be_downloaded(operator: Client, namespace: Namespace) -> None:
    answer = operator.get(f"{address(with_code(namespace, 'let ü;', path='images/my worker'))}code/")
    assert answer.content.decode() == "let ü;"
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Content-Disposition"] == 'attachment; filename="my worker.js"'


def test_an_archive_can_be_downloaded(operator: Client, namespace: Namespace) -> None:
    answer = operator.get(f"{address(with_code(namespace, 'UEsDBA==', is_binary=True))}code/")
    assert answer.content == b"PK\x03\x04"
    assert answer["Content-Disposition"] == 'attachment; filename="resize.zip"'


def test_code_that_is_not_given_out_cannot_be_downloaded(operator: Client, namespace: Namespace) -> None:
    assert operator.get(f"{address(make_action(namespace))}code/").status_code == 404


def test_a_stranger_downloads_nothing(client: Client, namespace: Namespace) -> None:
    client.force_login(make_user())
    assert client.get(f"{address(with_code(namespace, 'secret'))}code/").status_code == 404


def test_a_sequence_shows_its_components(operator: Client, namespace: Namespace) -> None:
    html = page(operator, with_code(namespace, "", kind="sequence", components=["/guest/one", "/guest/two"]))
    assert html.index("/guest/one") < html.index("/guest/two")


def test_code_that_is_not_given_out_is_said(operator: Client, namespace: Namespace) -> None:
    assert "does not give out the code" in page(operator, make_action(namespace))


def test_an_encrypted_value_is_not_shown(operator: Client, namespace: Namespace) -> None:
    parameters = [{"key": "token", "value": "aGFzaA==", "encrypted": True}]
    html = page(operator, make_action(namespace, parameters=parameters))
    assert "encrypted by the platform" in html


def test_it_shows_its_latest_activations_only(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace)
    mine = make_activation(namespace, Status.SUCCESS)
    other = make_activation(namespace, action_path="crop")
    html = page(operator, action)
    assert f'id="activation-row-{mine.pk}"' in html
    assert f'id="activation-row-{other.pk}"' not in html


def test_htmx_gets_the_latest_activations_alone(operator: Client, namespace: Namespace) -> None:
    html = page(operator, make_action(namespace), "?part=latest", **{"HX-Request": "true"})
    assert html.lstrip().startswith('<section id="latest-activations"')


def test_it_says_how_long_it_usually_takes(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace)
    assert "No successful run yet" in page(operator, action)
    make_activation(namespace, wait_ms=0, duration_ms=90_000)
    assert "The last success took 1m 30s" in page(operator, action)
    make_activation(namespace, wait_ms=0, duration_ms=90_000)
    assert "Usually 1m 30s, rarely over 1m 30s (last 2 successes)" in page(operator, action)


def test_presets_are_one_click_away(operator: Client, namespace: Namespace) -> None:
    preset = make_preset(namespace, name="nightly")
    html = page(operator, make_action(namespace))
    assert f'action="/n/{namespace.slug}/presets/{preset.pk}/launch/"' in html


def test_it_names_who_saved_this_version(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace, version="0.0.7")
    eve = make_user("eve")
    AuditEntry.record(Verb.UPDATED, person=eve, namespace=namespace, target="resize", version="0.0.7")
    assert "by eve" in page(operator, action)


def test_an_action_that_vanished_says_so(operator: Client, namespace: Namespace) -> None:
    html = page(operator, make_action(namespace, vanished_at=timezone.now()))
    assert "does not exist on the runtime any more" in html
    assert 'id="launch-form"' not in html


def test_a_viewer_sees_but_cannot_press(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    member(namespace, Role.EDITOR, "eve")
    action = make_action(namespace)
    html = page(client, action)
    assert 'id="launch-form"' not in html
    assert "This needs the role operator. Ask eve." in html
    assert f"{address(action)}edit/" not in html


def test_it_costs_a_fixed_number_of_queries(
    operator: Client, namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    action = with_code(namespace, "x")
    for _ in range(10):
        make_preset(namespace)
        make_activation(namespace, launched_by=make_user(f"user-{_}"))
    page(operator, action)
    with django_assert_max_num_queries(14):
        page(operator, action)


def test_a_stranger_gets_404(client: Client, namespace: Namespace) -> None:
    client.force_login(make_user())
    assert client.get(address(make_action(namespace))).status_code == 404


def test_another_namespaces_action_is_not_found(operator: Client, namespace: Namespace) -> None:
    foreign = make_action(make_namespace())
    assert operator.get(f"/n/{namespace.slug}/actions/{foreign.pk}/").status_code == 404


def test_an_unknown_id_is_not_found(operator: Client, namespace: Namespace) -> None:
    assert operator.get(f"/n/{namespace.slug}/actions/999999/").status_code == 404


def test_it_is_only_read(operator: Client, namespace: Namespace) -> None:
    assert operator.post(address(make_action(namespace))).status_code == 405
