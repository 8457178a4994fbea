"""The list of a namespace's actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, Role, Status
from tests.factories import make_action, make_activation, make_namespace, make_preset, make_user, member

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HX-Request": "true"}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(synced_at=timezone.now())


def page(client: Client, namespace: Namespace, query: str = "", **headers: str) -> str:
    answer = client.get(f"/n/{namespace.slug}/actions/{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_action_is_a_row_with_a_launch_button(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    action = make_action(namespace, path="images/resize", timeout_ms=120_000)
    html = page(client, namespace)
    assert "images/" in html
    assert "2 min" in html
    assert "async only" in html
    assert f'action="/n/{namespace.slug}/actions/{action.pk}/launch/' in html
    assert "never" in html


def test_a_short_action_is_not_called_async_only(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace, timeout_ms=60_000)
    html = page(client, namespace)
    assert "1 min" in html
    assert "async only" not in html


def test_it_shows_the_last_outcome_of_each(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace)
    make_action(namespace, path="crop")
    earlier = timezone.now() - timedelta(hours=1)
    make_activation(namespace, Status.SUCCESS, listed_at=earlier)
    latest = make_activation(namespace, Status.TIMED_OUT)
    make_activation(make_namespace(), Status.DEVELOPER_ERROR)
    html = page(client, namespace)
    assert f"/activations/{latest.pk}/" in html
    assert "Timed out" in html
    assert "Success" not in html
    assert "Developer error" not in html
    assert "never" in html


def test_it_costs_the_same_for_many_actions(
    client: Client, namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    for number in range(30):
        path = f"action-{number}"
        make_action(namespace, path=path)
        make_activation(namespace, action_path=path)
        make_preset(namespace, action_path=path)
    page(client, namespace)
    with django_assert_max_num_queries(11):
        page(client, namespace)


def test_a_long_list_has_pages_of_at_most_60_kilobytes(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.ADMIN))
    for number in range(65):
        make_action(namespace, path=f"a-package-name/worker-{number:02}")
        make_activation(namespace, action_path=f"a-package-name/worker-{number:02}")
        make_preset(namespace, action_path=f"a-package-name/worker-{number:02}")
    first, last = page(client, namespace), page(client, namespace, "?page=4")
    assert len(first.encode()) <= 60 * 1024
    assert "1–20 of 65" in first
    assert "worker-19" in first
    assert "worker-20" not in first
    assert "worker-64" in last
    assert "61–65 of 65" in page(client, namespace, "?page=99")
    assert "1–20 of 65" in page(client, namespace, "?page=x")


def test_an_empty_list_fills_by_itself_when_something_is_found(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    follows = 'hx-trigger="live:rewired from:body"'
    html = page(client, namespace)
    assert follows in html
    assert "Synced" in html
    assert "Sync now" in html
    make_action(namespace)
    html = page(client, namespace, **HTMX)
    assert follows not in html
    assert "resize" in html


def test_presets_are_in_the_rows_menu(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    make_action(namespace)
    preset = make_preset(namespace, name="nightly <b>")
    html = page(client, namespace)
    assert f"/presets/{preset.pk}/launch/" in html
    assert "nightly &lt;b&gt;" in html


def test_the_search_narrows_the_list(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace, path="images/resize")
    make_action(namespace, path="crop")
    html = page(client, namespace, "?q=RESIZE")
    assert "images/" in html
    assert "crop" not in html
    assert 'value="RESIZE"' in html


def test_a_search_without_a_match_leads_back(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace)
    html = page(client, namespace, "?q=nothing%20like%20it")
    assert "Show all actions" in html
    assert "Create the sample" not in html


def test_what_vanished_is_marked_and_cannot_be_launched(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    make_action(namespace, vanished_at=timezone.now())
    html = page(client, namespace)
    assert "gone upstream" in html
    assert "/launch/" not in html


def test_a_viewer_sees_who_may_launch_and_create(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.VIEWER))
    member(namespace, Role.OPERATOR, "olga")
    member(namespace, Role.EDITOR, "eve")
    make_action(namespace)
    html = page(client, namespace)
    assert "This needs the role operator. Ask eve or olga." in html
    assert "This needs the role editor. Ask eve." in html
    assert "/launch/" not in html


def test_an_empty_namespace_offers_the_sample(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    html = page(client, namespace)
    assert "No actions yet" in html
    assert f'action="/n/{namespace.slug}/actions/sample/"' in html
    assert f'href="/n/{namespace.slug}/actions/new/"' in html


def test_an_empty_namespace_tells_a_viewer_whom_to_ask(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    member(namespace, Role.EDITOR, "eve")
    html = page(client, namespace)
    assert "Ask eve." in html
    assert "/actions/sample/" not in html


def test_trouble_with_the_runtime_stands_above_the_list(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace)
    namespace.record_error("The host does not answer.")
    html = page(client, namespace)
    assert "The host does not answer." in html
    assert "resize" in html


def test_htmx_gets_the_list_alone(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_action(namespace)
    html = page(client, namespace, **HTMX)
    assert html.lstrip().startswith('<section id="action-list"')
    assert "<html" not in html


def test_htmx_gets_the_last_runs_alone(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    action = make_action(namespace)
    make_activation(namespace)
    html = page(client, namespace, "?part=runs", **HTMX)
    assert f'<td id="last-run-{action.pk}" data-label="Last run" hx-swap-oob="true">' in html
    assert "<tr" not in html


def test_a_page_with_launch_keys_is_never_cached(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    assert client.get(f"/n/{namespace.slug}/actions/")["Cache-Control"] == "no-store"


def test_a_stranger_gets_404(client: Client, namespace: Namespace) -> None:
    client.force_login(make_user())
    assert client.get(f"/n/{namespace.slug}/actions/").status_code == 404


def test_nobody_is_sent_to_sign_in(client: Client, namespace: Namespace) -> None:
    answer = client.get(f"/n/{namespace.slug}/actions/")
    assert answer.status_code == 302
    assert "next=" in answer["Location"]


def test_it_is_only_read(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    assert client.post(f"/n/{namespace.slug}/actions/").status_code == 405
