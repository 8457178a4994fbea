"""Sync now."""

from __future__ import annotations

import pytest
from django.test import Client

from runtime_app.models import Action, Namespace, Role
from runtime_app.openwhisk import ActionSpec
from runtime_app.services.connecting.connections import client_for
from tests.factories import make_action, make_namespace, make_user, member

pytestmark = pytest.mark.django_db


def address(namespace: Namespace) -> str:
    return f"/n/{namespace.slug}/actions/sync/"


def test_it_reads_the_runtime_and_says_what_is_new(client: Client, guest: Namespace) -> None:
    client.force_login(member(guest))
    with client_for(guest) as upstream:
        upstream.put_action("resize", ActionSpec(kind="nodejs:20", code="exports.main = x => x;"))
    answer = client.post(address(guest), follow=True)
    assert "Synced: 1 new." in answer.content.decode()
    assert Action.objects.get(namespace=guest).path == "resize"


def test_htmx_is_sent_to_the_list(client: Client, guest: Namespace) -> None:
    client.force_login(member(guest))
    answer = client.post(address(guest), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"/n/{guest.slug}/actions/"


def test_a_runtime_that_is_away_is_said_and_the_list_stays(client: Client) -> None:
    namespace = make_namespace()
    make_action(namespace)
    client.force_login(member(namespace))
    html = client.post(address(namespace), follow=True).content.decode()
    assert "Could not sync" in html
    assert "resize" in html
    assert "gone upstream" not in html


def test_a_stranger_gets_404(client: Client) -> None:
    client.force_login(make_user())
    assert client.post(address(make_namespace())).status_code == 404


def test_a_link_does_not_sync(client: Client) -> None:
    namespace = make_namespace()
    client.force_login(member(namespace, Role.ADMIN))
    assert client.get(address(namespace)).status_code == 405
