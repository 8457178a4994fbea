"""Triggers: list, page, creating, changing, deleting."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import AuditEntry, Namespace, Role, Rule, Status, Trigger, Verb
from runtime_app.openwhisk import OpenWhiskClient
from runtime_app.services.authoring.sync import sync_namespace
from tests.factories import (
    AUTH,
    make_action,
    make_activation,
    make_namespace,
    make_preset,
    make_rule,
    make_trigger,
    make_user,
    member,
)
from tests.upstream import Answer, Upstream
from tests.wiring import fire_rule, wire_upstream

pytestmark = pytest.mark.django_db


def signed_in(client: Client, namespace: Namespace, role: str) -> Client:
    client.force_login(member(namespace, role))
    return client


@pytest.fixture
def editor(client: Client, guest: Namespace) -> Client:
    return signed_in(client, guest, Role.EDITOR)


def url(namespace: Namespace, rest: str = "") -> str:
    return f"/n/{namespace.slug}/triggers/{rest}"


def test_the_list_shows_what_each_starts_and_its_last_fire(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace)
    make_action(namespace)
    make_rule(namespace)
    fire = make_activation(namespace, "success", kind="trigger", action_path="upload", payload=False)
    html = signed_in(client, namespace, Role.VIEWER).get(url(namespace)).content.decode()
    assert f"/triggers/{trigger.pk}/" in html
    assert "resize" in html
    assert f"/activations/{fire.pk}/trace/" in html
    assert "This needs the role operator" in html


def test_the_list_and_the_page_tell_what_became_of_a_fire(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace)
    fire_rule(namespace, status=Status.TIMED_OUT)
    signed_in(client, namespace, Role.VIEWER)
    for place in ("", f"{trigger.pk}/?part=fires"):
        html = client.get(url(namespace, place)).content.decode()
        assert "tone-timed-out" in html
        assert "tone-success" not in html


def test_the_list_takes_the_same_queries_for_many(
    client: Client, namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in(client, namespace, Role.EDITOR)
    for number in range(20):
        make_trigger(namespace, name=f"t{number}")
        make_rule(namespace, name=f"r{number}", trigger_name=f"t{number}")
        fire_rule(namespace, f"r{number}", trigger=f"t{number}")
    client.get(url(namespace))
    with django_assert_max_num_queries(14):
        client.get(url(namespace))


def test_a_search_for_htmx_answers_the_list_only(client: Client, namespace: Namespace) -> None:
    make_trigger(namespace)
    make_trigger(namespace, name="nightly")
    answer = signed_in(client, namespace, Role.VIEWER).get(
        url(namespace, "?q=night"), headers={"HX-Request": "true"}
    )
    html = answer.content.decode()
    assert "nightly" in html
    assert "upload" not in html
    assert "<html" not in html


def test_a_long_list_is_cut_and_says_so(client: Client, namespace: Namespace) -> None:
    for number in range(102):
        make_trigger(namespace, name=f"t{number}")
    html = signed_in(client, namespace, Role.VIEWER).get(url(namespace)).content.decode()
    assert html.count('<tr id="trigger-') == 100
    assert "More triggers match than are shown" in html


def test_the_page_offers_its_rules_as_commands(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace)
    make_rule(namespace)
    html = signed_in(client, namespace, Role.VIEWER).get(url(namespace, f"{trigger.pk}/")).content.decode()
    assert "aio rt rule create upload-resize upload resize" in html
    assert "/rules/upload-resize?overwrite=true" in html


def test_an_empty_list_offers_the_next_step(client: Client, namespace: Namespace) -> None:
    html = signed_in(client, namespace, Role.EDITOR).get(url(namespace)).content.decode()
    assert "No triggers yet" in html
    assert f"/n/{namespace.slug}/rules/new/" in html


def test_the_page_shows_rules_payloads_commands_and_no_key(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace, parameters=[{"key": "size", "value": 3}])
    make_rule(namespace)
    make_preset(namespace, action_path="", trigger_name="upload", name="a large one")
    html = signed_in(client, namespace, Role.ADMIN).get(url(namespace, f"{trigger.pk}/")).content.decode()
    assert "Its action resize does not exist any more." in html
    for piece in ("a large one", "aio rt trigger fire upload", "Show URI and authorization", "size"):
        assert piece in html
    assert AUTH not in html


def test_the_fires_can_be_asked_for_alone(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace)
    make_activation(namespace, "no_rule", kind="trigger", action_path="upload", summary="a: 1")
    html = (
        signed_in(client, namespace, Role.VIEWER)
        .get(url(namespace, f"{trigger.pk}/?part=fires"))
        .content.decode()
    )
    assert "Nobody listening" in html
    assert "<html" not in html


def test_what_rewiring_changes_can_be_asked_for_alone(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace, parameters=[{"key": "width", "value": 800}])
    make_action(namespace)
    rule = make_rule(namespace)
    signed_in(client, namespace, Role.EDITOR)
    html = client.get(url(namespace, f"{trigger.pk}/?part=wiring")).content.decode()
    assert f'id="rule-{rule.pk}"' in html
    for part in ("about", "schedule", "parameters"):
        assert f'id="trigger-{part}"' in html
    assert html.count('hx-swap-oob="true"') == 3
    assert f'name="next" value="{url(namespace)}{trigger.pk}/"' in html
    assert "fire-form" not in html
    page = client.get(url(namespace, f"{trigger.pk}/")).content.decode()
    assert "hx-swap-oob" not in page
    assert page.count('hx-trigger="live:rewired from:body"') == 1


def test_hostile_names_are_escaped(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace, name="<script>alert(1)</script>", feed="<script>2</script>")
    make_rule(namespace, trigger_name=trigger.name, action_path="<script>3</script>")
    signed_in(client, namespace, Role.ADMIN)
    for rest in ("", f"{trigger.pk}/", f"{trigger.pk}/delete/", f"{trigger.pk}/edit/"):
        assert "<script>alert" not in client.get(url(namespace, rest)).content.decode()


def test_an_editor_creates_a_trigger(
    editor: Client, guest: Namespace, upstream_client: OpenWhiskClient
) -> None:
    answer = editor.post(url(guest, "new/"), {"name": "upload", "parameters": '{"size": 3}', "schedule": ""})
    trigger = Trigger.objects.get(namespace=guest)
    assert answer["Location"] == url(guest, f"{trigger.pk}/")
    assert upstream_client.get_trigger("upload").parameters[0].value == 3
    assert AuditEntry.objects.filter(verb=Verb.TRIGGER_CREATED, target="upload").count() == 1


def test_a_name_taken_upstream_is_said_at_the_field_and_nothing_is_lost(
    editor: Client, guest: Namespace, upstream_client: OpenWhiskClient
) -> None:
    wire_upstream(upstream_client)  # Nothing of it is cached yet.
    answer = editor.post(url(guest, "new/"), {"name": "resize", "parameters": '{"a": 1}', "schedule": ""})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "share names" in html
    assert "&quot;a&quot;: 1" in html
    assert not Trigger.objects.exists()


def test_an_editor_changes_a_trigger(
    editor: Client, guest: Namespace, upstream_client: OpenWhiskClient
) -> None:
    wire_upstream(upstream_client)
    sync_namespace(guest)
    trigger = Trigger.objects.get(namespace=guest)
    form = {"parameters": '{"size": 5}', "schedule": "", "base_version": trigger.version}
    editor.post(url(guest, f"{trigger.pk}/edit/"), form)
    assert upstream_client.get_trigger("upload").parameters[0].value == 5
    trigger.refresh_from_db()
    assert trigger.default_parameters == {"size": 5}
    assert trigger.changed_outside_at is None


def test_a_colleagues_change_is_not_overwritten_unseen(
    editor: Client, guest: Namespace, upstream_client: OpenWhiskClient
) -> None:
    wire_upstream(upstream_client)
    sync_namespace(guest)
    trigger = Trigger.objects.get(namespace=guest)
    upstream_client.put_trigger("upload", annotations={"who": "colleague"}, overwrite=True)
    form = {"parameters": "{}", "schedule": "", "base_version": trigger.version}
    answer = editor.post(url(guest, f"{trigger.pk}/edit/"), form)
    assert answer.status_code == 422
    assert "Somebody has changed this trigger meanwhile" in answer.content.decode()
    assert upstream_client.get_trigger("upload").annotations["who"] == "colleague"


def test_deleting_names_the_rules_and_leaves_them_off(
    editor: Client, guest: Namespace, upstream_client: OpenWhiskClient
) -> None:
    wire_upstream(upstream_client)
    sync_namespace(guest)
    trigger = Trigger.objects.get(namespace=guest)
    address = url(guest, f"{trigger.pk}/delete/")
    assert "upload-resize" in editor.get(address).content.decode()
    assert editor.post(address)["Location"] == url(guest)
    assert not Trigger.objects.exists()
    assert not Rule.objects.get(namespace=guest).is_active
    assert [item.name for item in upstream_client.iter_triggers()] == []


def test_trouble_upstream_is_said_and_deletes_nothing(client: Client, upstream: Upstream) -> None:
    namespace = make_namespace(api_host=upstream.url)
    trigger = make_trigger(namespace)
    upstream.script = lambda asked: Answer(503, {"error": "down", "code": "x"})
    answer = signed_in(client, namespace, Role.EDITOR).post(url(namespace, f"{trigger.pk}/delete/"))
    assert answer.status_code == 422
    assert Trigger.objects.filter(pk=trigger.pk).exists()


def test_the_preview_says_the_next_five_times(client: Client, namespace: Namespace) -> None:
    signed_in(client, namespace, Role.VIEWER)
    html = client.get(url(namespace, "schedule/?schedule=alarm&cron=0+8+*+*+*")).content.decode()
    assert html.count("<li>") == 5
    assert "08:00 UTC" in html
    html = client.get(url(namespace, "schedule/?schedule=alarm&cron=61+8+*+*+*")).content.decode()
    assert "out of range" in html


@pytest.mark.parametrize(
    "rest", ["", "new/", "schedule/", "{pk}/", "{pk}/edit/", "{pk}/delete/", "{pk}/fire/"]
)
def test_a_stranger_gets_404(client: Client, namespace: Namespace, rest: str) -> None:
    trigger = make_trigger(namespace)
    client.force_login(make_user())
    assert client.get(url(namespace, rest.format(pk=trigger.pk))).status_code == 404


@pytest.mark.parametrize("rest", ["new/", "{pk}/edit/", "{pk}/delete/"])
def test_an_operator_may_not_change_triggers(client: Client, namespace: Namespace, rest: str) -> None:
    trigger = make_trigger(namespace)
    address = url(namespace, rest.format(pk=trigger.pk))
    assert signed_in(client, namespace, Role.OPERATOR).post(address, {"name": "x"}).status_code == 403


@pytest.mark.parametrize("rest", ["{pk}/", "{pk}/edit/", "{pk}/delete/", "{pk}/fire/"])
def test_a_trigger_of_another_namespace_is_404(client: Client, namespace: Namespace, rest: str) -> None:
    elsewhere = make_trigger(make_namespace())
    signed_in(client, namespace, Role.ADMIN)
    assert client.get(url(namespace, rest.format(pk=elsewhere.pk))).status_code == 404


@pytest.mark.parametrize("rest", ["", "schedule/", "{pk}/"])
def test_what_only_shows_takes_no_post(client: Client, namespace: Namespace, rest: str) -> None:
    trigger = make_trigger(namespace)
    signed_in(client, namespace, Role.ADMIN)
    assert client.post(url(namespace, rest.format(pk=trigger.pk))).status_code == 405


def test_a_bad_schedule_is_said_once(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    fields = {"name": "nightly", "schedule": "alarm", "cron": "61 8 * * *"}
    html = client.post(url(namespace, "new/"), fields).content.decode()
    assert html.count("one of its numbers is out of range") == 1
    # The preview would say it again beneath, so it waits for the person to type.
    assert 'hx-trigger="input delay' in html


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("triggers/", ["aio rt trigger list"]),
        ("rules/", ["aio rt rule list"]),
        ("wiring/", ["aio rt trigger list", "aio rt rule list"]),
    ],
)
def test_each_list_of_the_wiring_offers_its_terminal_lines(
    client: Client, namespace: Namespace, page: str, lines: list[str]
) -> None:
    html = signed_in(client, namespace, Role.VIEWER).get(f"/n/{namespace.slug}/{page}").content.decode()
    assert all(line in html for line in lines)
