"""The wiring map as a page: drawing, table, filters, zoom, the panel of an edge."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, Role, RuleOutcome, Status
from tests.factories import (
    make_action,
    make_namespace,
    make_rule,
    make_trigger,
    make_user,
    member,
)
from tests.wiring import fire_rule, wire, wire_two_hundred

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HX-Request": "true"}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(synced_at=timezone.now())


def page(client: Client, namespace: Namespace, query: str = "", **headers: str) -> str:
    answer = client.get(f"/n/{namespace.slug}/wiring/{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def edges(html: str) -> list[tuple[str, str]]:
    """The classes and the ends of what is drawn."""
    return re.findall(r'<path class="(edge[^"]*)" data-ends="([^"]*)"', html)


def test_the_map_ties_trigger_rule_and_action(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    trigger, action = make_trigger(namespace), make_action(namespace)
    rule = make_rule(namespace)
    html = page(client, namespace)
    assert edges(html) == [
        ("edge edge--0", f"t{trigger.pk} r{rule.pk}"),
        ("edge edge--0", f"r{rule.pk} a{action.pk}"),
    ]
    for address in (f"triggers/{trigger.pk}/", f"wiring/rules/{rule.pk}/", f"actions/{action.pk}/"):
        assert f'href="/n/{namespace.slug}/{address}"' in html
    assert "upload → resize · never fired · 0 in 24 h" in html


def test_edges_wear_the_last_outcome_and_the_volume(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    for _ in range(11):
        fire_rule(namespace)
    fire_rule(namespace, status=Status.TIMED_OUT)
    for _ in range(9):
        fire_rule(namespace, outcome=RuleOutcome.Status.REFUSED)
    fire_rule(namespace, status=Status.TIMED_OUT)
    html = page(client, namespace)
    assert [css for css, _ in edges(html)] == ["edge edge--2 tone-timed-out"] * 2
    legend = html[html.index('class="map-legend"') :]
    assert "Timed out" in legend
    assert "Success" not in legend


def test_what_is_off_is_dashed_and_what_is_missing_is_marked(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_trigger(namespace)
    make_action(namespace, vanished_at=timezone.now())
    make_rule(namespace, is_active=False)
    html = page(client, namespace)
    assert [css for css, _ in edges(html)] == [
        "edge edge--0 edge--off",
        "edge edge--0 edge--broken edge--off",
    ]
    assert 'title="resize does not exist any more."' in html
    assert "Its action resize does not exist any more." in html


def test_a_sequence_shows_its_steps(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    make_trigger(namespace)
    scale = make_action(namespace, path="scale")
    steps = [f"/{namespace.name}/scale", *(f"/_/step-{number}" for number in range(10))]
    make_action(namespace, kind="sequence", components=steps)
    make_rule(namespace)
    html = page(client, namespace)
    assert f'href="/n/{namespace.slug}/actions/{scale.pk}/" title="scale" data-action><b>1</b>' in html
    assert "and 3 more" in html
    assert "Actions that nothing here starts" not in html


def test_actions_with_a_url_are_marked(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    assert "Has a URL" not in page(client, namespace)
    make_action(namespace, path="hook", annotations={"web-export": True})
    assert "Has a URL" in page(client, namespace)


def test_what_is_not_wired_stands_below(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    make_trigger(namespace, name="lonely")
    make_action(namespace, path="idle")
    html = page(client, namespace)
    assert html.index("Triggers that start nothing") < html.index(">lonely<")
    assert html.index("Actions that nothing here starts") < html.index(">idle<")


@pytest.mark.parametrize("view", ["map", "table"])
def test_the_search_and_the_chips_narrow_it(client: Client, namespace: Namespace, view: str) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    make_rule(namespace, name="sleeps", is_active=False)
    for query, shown, hidden in (
        ("q=SLEEP", "sleeps", "upload-resize"),
        ("only=off", "sleeps", "upload-resize"),
        ("q=upload-", "upload-resize", "sleeps"),
    ):
        html = page(client, namespace, f"?as={view}&{query}", **HTMX)
        assert f">{shown}<" in html
        assert f">{hidden}<" not in html
    assert "Nothing here matches" in page(client, namespace, f"?as={view}&only=failing")


def test_choices_stay_in_every_address_of_the_page(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    html = page(client, namespace, "?q=up&zoom=large&only=&as=map")
    assert 'value="up"' in html
    assert "map--large" in html
    assert 'hx-get="/n/' in html
    assert "?q=up&amp;as=map&amp;zoom=large" in html
    assert "q=up&amp;zoom=compact" in html


def test_unknown_choices_stand_for_the_usual(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    html = page(client, namespace, "?zoom=huge&only=nonsense&as=pie")
    assert "map--normal" in html
    assert len(edges(html)) == 2


def test_the_table_says_the_same(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    fire = fire_rule(namespace, status=Status.APPLICATION_ERROR)
    html = page(client, namespace, "?as=table")
    assert edges(html) == []
    for text in (
        "upload-resize",
        ">upload<",
        ">resize<",
        "Application error",
        f"/activations/{fire.pk}/trace/",
    ):
        assert text in html


def test_two_hundred_entities_cost_as_many_queries_as_two(
    client: Client, namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    wire_two_hundred(namespace)
    page(client, namespace)
    for query in ("", "?as=table"):
        with django_assert_max_num_queries(17):
            html = page(client, namespace, query)
    assert len(edges(page(client, namespace))) == 160
    assert "80 rules" in html


def test_editors_connect_by_a_form(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    wire(namespace)
    html = page(client, namespace)
    assert f'action="/n/{namespace.slug}/rules/new/"' in html
    assert "<option>upload</option>" in html
    assert "<option>resize</option>" in html
    assert 'data-trigger draggable="true"' in html


def test_viewers_neither_connect_nor_drag(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    member(namespace, Role.EDITOR, "eve")
    wire(namespace)
    html = page(client, namespace)
    assert "/rules/new/" not in html
    assert "draggable" not in html
    assert "Ask eve." in html


def test_an_empty_namespace_explains_triggers_and_rules(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    html = page(client, namespace)
    assert "A rule ties it to an action" in html
    assert f'action="/n/{namespace.slug}/actions/sample/"' in html
    make_action(namespace)
    html = page(client, namespace)
    assert "/actions/sample/" not in html
    assert f'href="/n/{namespace.slug}/rules/new/"' in html


def test_hostile_names_are_escaped(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    name = '"><script>alert(1)</script>'
    make_trigger(namespace, name=name)
    make_rule(namespace, name=name, trigger_name=name, action_path=name)
    for query in ("", "?as=table", "?q=%22%3E%3Cscript%3E"):
        assert "<script>alert" not in page(client, namespace, query)


def test_htmx_gets_the_drawing_alone(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    wire(namespace)
    html = page(client, namespace, **HTMX)
    assert html.lstrip().startswith('<section id="wiring-map"')
    assert "<html" not in html


def test_the_panel_shows_the_latest_fires(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    trigger = make_trigger(namespace)
    make_action(namespace)
    rule = make_rule(namespace)
    fires = [fire_rule(namespace) for _ in range(11)]
    last = fire_rule(namespace, outcome=RuleOutcome.Status.INACTIVE)
    html = edge(client, namespace, rule.pk)
    assert f"/activations/{last.pk}/trace/" in html
    assert "Was off" in html
    assert html.count("/trace/") == 10
    assert f"/activations/{fires[0].pk}/trace/" not in html
    assert "12 fires in 24 h, 11 passed on" in html
    assert f"/triggers/{trigger.pk}/#fire-panel" in html
    assert f"/rules/{rule.pk}/disable/" in html


def edge(client: Client, namespace: Namespace, pk: int, **headers: str) -> str:
    answer = client.get(f"/n/{namespace.slug}/wiring/rules/{pk}/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_panel_of_a_broken_rule_says_what_is_missing(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    rule = make_rule(namespace)
    html = edge(client, namespace, rule.pk)
    assert "Its trigger upload does not exist any more." in html
    assert "/disable/" not in html
    assert f"/rules/{rule.pk}/edit/" in html
    assert "has not been fired yet" in html


def test_switching_in_the_panel_leads_back_to_the_map(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    wire(namespace)
    pk = namespace.rules.get().pk
    shown_on = {**HTMX, "HX-Current-URL": f"http://testserver/n/{namespace.slug}/wiring/?zoom=large"}
    html = edge(client, namespace, pk, **shown_on)
    assert html.lstrip().startswith('<section id="wiring-edge"')
    assert f'name="next" value="/n/{namespace.slug}/wiring/?zoom=large"' in html
    assert f'name="next" value="/n/{namespace.slug}/wiring/rules/{pk}/"' in edge(client, namespace, pk)


def test_a_rule_of_another_namespace_is_not_found(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    rule = make_rule(make_namespace())
    assert client.get(f"/n/{namespace.slug}/wiring/rules/{rule.pk}/").status_code == 404
    assert client.get(f"/n/{namespace.slug}/wiring/rules/0/").status_code == 404


@pytest.mark.parametrize("address", ["wiring/", "wiring/rules/{rule}/", "wiring/urls/{url}/"])
def test_strangers_get_404_and_nobody_is_sent_to_sign_in(
    client: Client, namespace: Namespace, address: str
) -> None:
    place = address.format(
        rule=make_rule(namespace).pk, url=make_action(namespace, path="hook", starts="resize").pk
    )
    url = f"/n/{namespace.slug}/{place}"
    assert "next=" in client.get(url)["Location"]
    client.force_login(make_user())
    assert client.get(url).status_code == 404
    client.force_login(member(namespace))
    assert client.post(url).status_code == 405
