"""Firing from the page, saved payloads, and revealing the authorization."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from runtime_app.models import Activation, AuditEntry, Namespace, Preset, Role, Status, Trigger, Verb
from tests.factories import (
    AUTH,
    make_activation,
    make_namespace,
    make_preset,
    make_trigger,
    make_user,
    member,
)
from tests.upstream import Answer, Asked, Upstream

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace(upstream: Upstream) -> Namespace:
    upstream.script = fires
    return make_namespace(api_host=upstream.url)


@pytest.fixture
def trigger(namespace: Namespace) -> Trigger:
    return make_trigger(namespace)


def fires(asked: Asked) -> Answer:
    return Answer(202, {"activationId": uuid4().hex})


def url(trigger: Trigger, rest: str) -> str:
    return f"/n/{trigger.namespace.slug}/triggers/{trigger.pk}/{rest}"


def form(**fields: Any) -> dict[str, Any]:
    return {"launch_key": str(uuid4()), **fields}


def test_a_fire_leads_to_its_trace(operator: Client, trigger: Trigger, upstream: Upstream) -> None:
    answer = operator.post(url(trigger, "fire/"), form(payload='{"a": 1}'))
    fired = Activation.objects.get()
    assert answer["Location"] == f"/n/{trigger.namespace.slug}/activations/{fired.pk}/trace/"
    assert (fired.status, fired.payload.parameters) == (Status.PENDING, {"a": 1})
    assert [asked.body for asked in upstream.asked] == [{"a": 1}]


def test_a_double_click_fires_once(operator: Client, trigger: Trigger, upstream: Upstream) -> None:
    same = form(payload="")
    first, second = (operator.post(url(trigger, "fire/"), same) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert len(upstream.asked) == 1


def test_a_bad_payload_is_refused_and_stays_in_the_form(
    operator: Client, trigger: Trigger, upstream: Upstream
) -> None:
    answer = operator.post(url(trigger, "fire/"), form(payload='{"a": oops'))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 1, column 7" in html
    assert "{&quot;a&quot;: oops" in html
    assert upstream.asked == []


def test_a_fire_that_reached_nobody_offers_to_make_a_rule(
    client: Client, trigger: Trigger, upstream: Upstream
) -> None:
    client.force_login(member(trigger.namespace, Role.EDITOR))
    upstream.script = lambda asked: Answer(204, "")
    html = client.post(url(trigger, "fire/"), form(), follow=True).content.decode()
    assert "No active rule was listening" in html
    assert f"/n/{trigger.namespace.slug}/rules/new/?trigger=upload" in html


def test_the_form_is_filled_from_a_saved_payload_or_an_earlier_fire(
    operator: Client, trigger: Trigger
) -> None:
    saved = make_preset(trigger.namespace, action_path="", trigger_name="upload", parameters={"saved": 1})
    earlier = make_activation(trigger.namespace, kind="trigger", action_path="upload", parameters={"old": 2})
    assert "&quot;saved&quot;: 1" in operator.get(url(trigger, f"fire/?payload={saved.pk}")).content.decode()
    assert "&quot;old&quot;: 2" in operator.get(url(trigger, f"fire/?from={earlier.pk}")).content.decode()
    for nonsense in ("payload=999", "payload=x", "from=x", f"from={'9' * 40}"):
        assert operator.get(url(trigger, f"fire/?{nonsense}")).status_code == 200


def test_a_payload_is_saved_fired_and_deleted(operator: Client, trigger: Trigger, upstream: Upstream) -> None:
    operator.post(url(trigger, "payloads/"), {"payload": '{"big": true}', "payload_name": "big"})
    saved = Preset.objects.get()
    assert (saved.trigger_name, saved.action_path, saved.parameters) == ("upload", "", {"big": True})
    address = f"/n/{trigger.namespace.slug}/payloads/{saved.pk}/"
    operator.post(f"{address}fire/", form())
    assert upstream.asked[-1].body == {"big": True}
    assert Activation.objects.get().preset == saved
    operator.post(f"{address}delete/")
    assert not Preset.objects.exists()


def test_a_payload_of_a_taken_name_asks_whether_to_replace(operator: Client, trigger: Trigger) -> None:
    make_preset(trigger.namespace, action_path="", trigger_name="upload", name="big")
    answer = operator.post(url(trigger, "payloads/"), {"payload": '{"b": 2}', "payload_name": "big"})
    assert answer.status_code == 422
    assert "There is a payload of this name already" in answer.content.decode()
    operator.post(url(trigger, "payloads/"), {"payload": '{"b": 2}', "payload_name": "big", "replaces": "on"})
    assert Preset.objects.get().parameters == {"b": 2}


def test_a_payload_whose_trigger_is_gone_says_so(operator: Client, namespace: Namespace) -> None:
    saved = make_preset(namespace, action_path="", trigger_name="upload")
    answer = operator.post(f"/n/{namespace.slug}/payloads/{saved.pk}/fire/", form(), follow=True)
    assert "There is no trigger “upload” any more" in answer.content.decode()


def test_a_preset_of_an_action_is_not_deleted_as_a_payload(operator: Client, namespace: Namespace) -> None:
    preset = make_preset(namespace)
    assert operator.post(f"/n/{namespace.slug}/payloads/{preset.pk}/delete/").status_code == 404
    assert Preset.objects.filter(pk=preset.pk).exists()


def test_an_admin_reveals_the_authorization_and_it_is_noted(client: Client, trigger: Trigger) -> None:
    client.force_login(member(trigger.namespace, Role.ADMIN))
    header = f"Basic {b64encode(AUTH.encode()).decode()}"
    assert header not in client.get(url(trigger, "")).content.decode()
    answer = client.post(url(trigger, "reveal/"), headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert header in html
    assert f"{trigger.namespace.api_host}/api/v1/namespaces/_/triggers/upload" in html
    assert answer["Cache-Control"] == "no-store"
    assert "<html" not in html
    entry = AuditEntry.objects.get(verb=Verb.REVEALED)
    assert "upload" in entry.target
    assert AUTH not in str(entry.detail)


def test_revealing_works_without_htmx(client: Client, trigger: Trigger) -> None:
    client.force_login(member(trigger.namespace, Role.ADMIN))
    answer = client.post(url(trigger, "reveal/"))
    assert "<html" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_an_editor_may_not_reveal(client: Client, trigger: Trigger) -> None:
    client.force_login(member(trigger.namespace, Role.EDITOR))
    assert client.post(url(trigger, "reveal/")).status_code == 403
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("rest", ["fire/", "payloads/"])
def test_a_viewer_may_not_fire_or_save(client: Client, trigger: Trigger, rest: str) -> None:
    client.force_login(member(trigger.namespace, Role.VIEWER))
    assert client.post(url(trigger, rest), form()).status_code == 403


@pytest.mark.parametrize("rest", ["fire/", "payloads/", "reveal/", "read-feed/"])
def test_a_stranger_gets_404(client: Client, trigger: Trigger, rest: str) -> None:
    client.force_login(make_user())
    assert client.post(url(trigger, rest), form()).status_code == 404


@pytest.mark.parametrize("rest", ["payloads/", "reveal/", "read-feed/"])
def test_deeds_are_posts(client: Client, trigger: Trigger, rest: str) -> None:
    client.force_login(member(trigger.namespace, Role.ADMIN))
    assert client.get(url(trigger, rest)).status_code == 405
