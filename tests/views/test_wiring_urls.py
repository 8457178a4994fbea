"""URLs on the wiring map: drawing, table, and the panel of what a URL starts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from runtime_app.models import Action, Namespace, Status
from tests.factories import make_action, make_activation, make_namespace, member
from tests.views.test_wiring_map import HTMX, edges, page
from tests.wiring import call_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(synced_at=timezone.now())


def make_url(namespace: Namespace, **fields: Any) -> Action:
    return make_action(
        namespace, **{"path": "hook", "annotations": {"web-export": True}, "starts": "resize", **fields}
    )


def test_a_url_is_tied_to_what_its_code_starts(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    worker, url = make_action(namespace), make_url(namespace)
    html = page(client, namespace)
    assert edges(html) == [
        ("edge edge--0", f"u{url.pk} v{url.pk}"),
        ("edge edge--0", f"v{url.pk} a{worker.pk}"),
    ]
    assert f'id="map-u{url.pk}" href="/n/{namespace.slug}/actions/{url.pk}/url/"' in html
    assert "The code of hook starts resize · never called · 0 in 24 h" in html
    assert "0 rules, 1 URL" in html
    assert "Never fired or called" in html
    assert "Actions that nothing here starts" not in html


@pytest.mark.parametrize(
    ("secret", "words"), [(False, ">Anybody<"), ("•••", "Whoever has its secret or a key")]
)
def test_the_table_names_urls_and_who_may_call_them(
    client: Client, namespace: Namespace, secret: Any, words: str
) -> None:
    client.force_login(member(namespace))
    worker = make_action(namespace)
    url = make_url(namespace, annotations={"web-export": True, "require-whisk-auth": secret})
    html = page(client, namespace, "?as=table")
    assert f'href="/n/{namespace.slug}/actions/{url.pk}/url/"' in html
    assert f'href="/n/{namespace.slug}/actions/{worker.pk}/">resize<' in html
    assert words in html


def test_the_edge_of_a_url_wears_what_became_of_its_calls(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace)
    url = make_url(namespace)
    for _ in range(10):
        call_url(namespace)
    call_url(namespace, status=Status.TIMED_OUT)
    html = page(client, namespace)
    assert [css for css, _ in edges(html)] == ["edge edge--2 tone-timed-out"] * 2
    assert "The code of hook starts resize · Timed out · 11 in 24 h" in html
    assert f'href="/n/{namespace.slug}/wiring/urls/{url.pk}/" data-panel' in html
    assert "Timed out" in html[html.index('class="map-legend"') :]
    table = page(client, namespace, "?as=table&only=failing")
    assert "Timed out" in table
    assert f'href="/n/{namespace.slug}/wiring/urls/{url.pk}/"' in table


def test_the_panel_of_a_url_lists_its_latest_calls(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace)
    url = make_url(namespace)
    place = f"/n/{namespace.slug}/wiring/urls/{url.pk}/"
    assert "No call of it is known here yet" in client.get(place).content.decode()
    call_url(namespace, status=None)
    refused = make_activation(namespace, Status.DEVELOPER_ERROR, action_path="hook", error="No such worker.")
    call_url(namespace, status=Status.PENDING)
    html = client.get(place, headers=HTMX).content.decode()
    assert html.lstrip().startswith('<section id="wiring-edge"')
    started = namespace.activations.get(action_path="resize")
    for words in ("3 calls in 24 h", "Not heard of yet", "Pending", "Developer error", "No such worker."):
        assert words in html
    for pk in (refused.pk, started.pk):
        assert f'href="/n/{namespace.slug}/activations/{pk}/"' in html
    no_url = namespace.actions.get(path="resize")
    assert client.get(f"/n/{namespace.slug}/wiring/urls/{no_url.pk}/").status_code == 404


@pytest.mark.parametrize("view", ["map", "table"])
def test_a_url_of_an_action_that_is_gone_is_marked(client: Client, namespace: Namespace, view: str) -> None:
    client.force_login(member(namespace))
    make_url(namespace, starts="gone")
    html = page(client, namespace, f"?as={view}&only=failing")
    assert 'title="gone does not exist any more."' in html
    assert [css for css, _ in edges(html)] == (
        ["edge edge--0", "edge edge--0 edge--broken"] if view == "map" else []
    )
    assert "Nothing here matches" in page(client, namespace, f"?as={view}&only=off")
