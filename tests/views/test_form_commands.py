"""Every form offers what it would send as commands, following what is typed."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client

from runtime_app.models import Action, Namespace, Package, Role, Rule, Schedule, Trigger
from tests.factories import (
    AUTH,
    make_action,
    make_bulk,
    make_namespace,
    make_package,
    make_preset,
    make_rule,
    make_schedule,
    make_trigger,
    make_user,
    member,
)

pytestmark = pytest.mark.django_db

ACTION = {
    "name": "resize",
    "kind": "nodejs:20",
    "code": "exports.main = () => ({});",
    "timeout": "2",
    "timeout_unit": "min",
    "memory": "256",
    "logs": "10",
    "parameters": '{"width": "800"}',
}
# The form's address, what is typed, and what the commands then say.
FORMS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "actions": (ACTION, ["action create resize resize.js", "-t 120000", "-p width 800", '"limits"']),
    "triggers": (
        {
            "name": "nightly",
            "parameters": "",
            "schedule": "alarm",
            "cron": "0 8 * * 1",
            "payload": '{"a": 1}',
        },
        [
            "trigger create nightly",
            "--feed /whisk.system/alarms/alarm",
            "-p cron '0 8 * * 1'",
            "lifecycleEvent",
        ],
    ),
    "rules": (
        {"trigger": "", "new_trigger": "upload", "action": "resize", "name": ""},
        ["trigger create upload", "rule create upload-to-resize upload resize", "/rules/upload-to-resize \\"],
    ),
    "packages": (
        {"name": "pics", "kind": "binding", "target": "other/images", "parameters": '{"q": "high"}'},
        ["package bind /other/images pics", "-p q high", '"binding"'],
    ),
    "sequences": (
        {"name": "both", "component": ["resize", "resize"]},
        ["action create both", "--sequence resize,resize", '"components"'],
    ),
    "schedules": (
        {"name": "n", "action": "resize", "parameters": '{"n": true}', "when": "cron", "cron": ""},
        ["action invoke resize", "-p n true", "actions/resize?blocking=false"],
    ),
}


def signed_in(client: Client, namespace: Namespace, role: Role = Role.EDITOR) -> Client:
    client.force_login(member(namespace, role))
    return client


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.mark.parametrize("form", FORMS)
def test_the_commands_say_what_the_form_would_send_and_send_nothing(
    client: Client, namespace: Namespace, form: str
) -> None:
    make_action(namespace)
    typed, expected = FORMS[form]
    answer = signed_in(client, namespace).post(f"/n/{namespace.slug}/{form}/new/commands/", typed)
    html = text_of(answer)
    for words in expected:
        assert words in html
    assert AUTH not in html
    assert "<html" not in html
    assert answer["Cache-Control"] == "no-store"
    assert not Trigger.objects.exists()
    assert not Rule.objects.exists()
    assert not Package.objects.exists()
    assert not Schedule.objects.exists()
    assert Action.objects.count() == 1


@pytest.mark.parametrize("form", FORMS)
def test_the_page_of_the_form_offers_them_and_follows_it(
    client: Client, namespace: Namespace, form: str
) -> None:
    make_action(namespace)
    html = text_of(signed_in(client, namespace).get(f"/n/{namespace.slug}/{form}/new/"))
    assert "From a terminal" in html
    assert f'hx-post="/n/{namespace.slug}/{form}/new/commands/"' in html
    assert ("There is nothing to launch yet" in html) == (form == "schedules")
    form_id = html.partition('hx-include="#')[2].partition('"')[0]
    assert f'id="{form_id}"' in html


@pytest.mark.parametrize("form", FORMS)
def test_nothing_typed_yet_gives_commands_too(client: Client, namespace: Namespace, form: str) -> None:
    answer = signed_in(client, namespace).post(f"/n/{namespace.slug}/{form}/new/commands/", {})
    assert answer.status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_only_who_may_use_the_form_gets_them(client: Client, namespace: Namespace, form: str) -> None:
    url = f"/n/{namespace.slug}/{form}/new/commands/"
    assert client.post(url).status_code == 302
    signed_in(client, namespace, Role.VIEWER)
    assert client.post(url).status_code == 403
    assert client.get(url).status_code == 405
    client.force_login(make_user("stranger"))
    assert client.post(url).status_code == 404


def an_edited(namespace: Namespace, form: str) -> int:
    """The primary key of something that the form changes."""
    if form == "sequences":
        return make_action(namespace, path="both", kind="sequence", components=["/_/resize"]).pk
    if form == "packages":
        return make_package(namespace, name="pics", binding="other/old").pk
    make_trigger(namespace, name="upload")
    feed = {"feed": "/whisk.system/alarms/alarm", "feed_parameters": {"cron": "0 1 * * *"}}
    return {
        "actions": lambda: Action.objects.get(path="resize"),
        "triggers": lambda: make_trigger(namespace, name="nightly", **feed),
        "rules": lambda: make_rule(namespace, name="r"),
    }[form]().pk


# What is typed over what is there, and what the commands then say.
CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "actions": (
        ACTION | {"timeout": "5"},
        ["action update resize resize.js", "-t 300000", "actions/resize?overwrite=true"],
    ),
    "triggers": (
        {"parameters": '{"p": "1"}', "schedule": "alarm", "cron": "0 8 * * 1", "payload": ""},
        ["trigger update nightly", "-p p 1", '"lifecycleEvent": "UPDATE"', "lifecycleEvent UPDATE"],
    ),
    "rules": (
        {"trigger": "", "new_trigger": "other", "action": "resize"},
        ["trigger create other", "rule update r other resize", "rules/r?overwrite=true", "Switch it off"],
    ),
    "packages": (
        {"target": "other/images", "parameters": '{"q": "high"}'},
        ["package delete pics", "package bind /other/images pics", "-p q high", '"name": "images"'],
    ),
    "sequences": (
        {"component": ["resize", "resize"]},
        ["action update both", "--sequence resize,resize", "actions/both?overwrite=true"],
    ),
}


@pytest.mark.parametrize("form", CHANGES)
def test_a_change_is_shown_as_it_is_typed_and_nothing_is_sent(
    client: Client, namespace: Namespace, form: str
) -> None:
    make_action(namespace)
    place = f"/n/{namespace.slug}/{form}/{an_edited(namespace, form)}/edit/"
    page = text_of(signed_in(client, namespace).get(place))
    assert f'hx-post="{place}commands/"' in page
    assert "Save with curl" in page
    form_id = page.partition('hx-include="#')[2].partition('"')[0]
    assert f'id="{form_id}"' in page
    typed, expected = CHANGES[form]
    answer = client.post(f"{place}commands/", typed)
    html = text_of(answer)
    for words in expected:
        assert words in html
    assert AUTH not in html
    assert answer["Cache-Control"] == "no-store"
    assert client.post(f"{place}commands/", {}).status_code == 200


@pytest.mark.parametrize("form", CHANGES)
def test_only_who_may_change_it_gets_the_commands(client: Client, namespace: Namespace, form: str) -> None:
    make_action(namespace)
    url = f"/n/{namespace.slug}/{form}/{an_edited(namespace, form)}/edit/commands/"
    signed_in(client, namespace, Role.VIEWER)
    assert client.post(url).status_code == 403
    signed_in(client, make_namespace())
    assert client.post(url).status_code == 404
    assert client.post(f"/n/{namespace.slug}/{form}/0/edit/commands/").status_code == 404


def test_a_cron_that_is_half_typed_stops_no_alarm(client: Client, namespace: Namespace) -> None:
    feed = {"feed": "/whisk.system/alarms/alarm", "feed_parameters": {"cron": "0 1 * * *"}}
    trigger = make_trigger(namespace, name="nightly", **feed)
    typed = {"parameters": "", "schedule": "alarm", "cron": "0 8 *"}
    url = f"/n/{namespace.slug}/triggers/{trigger.pk}/edit/commands/"
    html = text_of(signed_in(client, namespace).post(url, typed))
    assert "because it cannot be read yet: Cron." in html
    assert "lifecycleEvent" not in html
    assert '"key": "feed", "value": "/whisk.system/alarms/alarm"' in html


def test_a_failed_form_shows_what_was_typed_without_scripts(client: Client, namespace: Namespace) -> None:
    make_trigger(namespace, name="taken")
    typed = {"name": "taken", "parameters": '{"width": "1"}', "schedule": ""}
    answer = signed_in(client, namespace).post(f"/n/{namespace.slug}/triggers/new/", typed)
    html = text_of(answer)
    assert answer.status_code == 422
    assert "trigger create taken" in html
    assert "-p width 1" in html


def test_what_cannot_be_read_yet_is_named(client: Client, namespace: Namespace) -> None:
    typed = {**ACTION, "parameters": '{"width": ', "memory": "much"}
    html = text_of(signed_in(client, namespace).post(f"/n/{namespace.slug}/actions/new/commands/", typed))
    assert "because it cannot be read yet: Memory (MB), Default parameters." in html
    assert "action create resize" in html
    assert "-p width" not in html


def test_a_chosen_archive_stands_as_a_variable(client: Client, namespace: Namespace) -> None:
    typed = {**ACTION, "code": "", "upload": "[object File]"}
    html = text_of(signed_in(client, namespace).post(f"/n/{namespace.slug}/actions/new/commands/", typed))
    assert 'action create resize "$FILE"' in html
    assert "Set <code>FILE</code>" in html
    assert 'base64 "$FILE"' in html


def test_a_new_rule_is_named_after_both_ends_that_are_not_typed_yet(
    client: Client, namespace: Namespace
) -> None:
    make_action(namespace)
    typed = {"trigger": "", "new_trigger": "", "action": "resize", "name": ""}
    html = text_of(signed_in(client, namespace).post(f"/n/{namespace.slug}/rules/new/commands/", typed))
    assert "rule create my-worker-trigger-to-resize my-worker-trigger resize" in html


def test_a_schedules_commands_launch_what_its_preset_says(client: Client, namespace: Namespace) -> None:
    make_action(namespace)
    preset = make_preset(namespace, name="large", parameters={"size": "large"})
    signed_in(client, namespace, Role.OPERATOR)
    place = f"/n/{namespace.slug}/schedules/new/"
    for answer in (
        client.get(f"{place}?action=resize&preset={preset.pk}"),
        client.post(f"{place}commands/", {"action": "resize", "preset": preset.pk, "parameters": ""}),
    ):
        assert "-p size large" in text_of(answer)
    assert client.get(f"{place}?action=../x&preset=%C2%B2").status_code == 200


def test_schedules_bulk_launches_and_health_offer_theirs(client: Client, namespace: Namespace) -> None:
    action = make_action(namespace)
    make_schedule(namespace, name="Nightly report", parameters={"n": "7"})
    bulk = make_bulk(namespace)
    trigger = make_trigger(
        namespace, feed="/whisk.system/alarms/alarm", feed_parameters={"cron": "* * * * *"}
    )
    signed_in(client, namespace)
    for place, words in {
        "schedules/": ["“Nightly report” with curl", "-p n 7", "Schedules are Overtime's own"],
        f"actions/{action.pk}/launch-many/": ["done < rows.jsonl", "action invoke resize -P row.json"],
        f"bulk/{bulk.pk}/": ["done < rows.jsonl"],
        "health/": ["/namespaces/_/limits", "count=true&since=", "activation list --count --since"],
        f"triggers/{trigger.pk}/delete/": ["trigger delete upload", '"lifecycleEvent": "DELETE"'],
    }.items():
        html = text_of(client.get(f"/n/{namespace.slug}/{place}"))
        for part in words:
            assert part in html, place
        assert AUTH not in html


def test_the_health_of_all_namespaces_offers_the_probes(client: Client) -> None:
    client.force_login(make_user("root", is_superuser=True))
    html = text_of(client.get("/health/"))
    assert "curl -f http://testserver/readyz" in html
    assert "<code>AUTH</code>" not in html
