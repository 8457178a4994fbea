"""The trace of a fire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace, Role, RuleOutcome, Status
from tests.factories import (
    make_action,
    make_activation,
    make_rule,
    make_trigger,
    make_user,
    member,
)

pytestmark = pytest.mark.django_db


def make_fire(namespace: Namespace, status: str = "success", **fields: Any) -> Activation:
    times = {"duration_ms": None, "ended_at": None} if status == "success" else {}
    return make_activation(namespace, status, kind="trigger", action_path="upload", **times, **fields)


def outcome(fire: Activation, rule: str = "upload-resize", status: str = "passed", **fields: Any) -> None:
    RuleOutcome.objects.create(fire=fire, rule_name=rule, action_path="resize", status=status, **fields)


def started(
    fire: Activation, status: str = "success", rule: str = "upload-resize", **fields: Any
) -> Activation:
    row = make_activation(fire.namespace, status, fired_by=fire, rule_name=rule, **fields)
    outcome(fire, rule, activation_id=row.activation_id)
    return row


def trace(client: Client, fire: Activation, role: str = Role.EDITOR, **headers: str) -> str:
    client.force_login(member(fire.namespace, role))
    answer = client.get(f"/n/{fire.namespace.slug}/activations/{fire.pk}/trace/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_leads_from_the_fire_to_the_result(client: Client, namespace: Namespace) -> None:
    make_trigger(namespace)
    fire = make_fire(namespace, parameters={"size": 3})
    row = started(fire, result={"resized": 7}, size=13)
    html = trace(client, fire)
    assert "upload-resize" in html
    assert f'href="/n/{namespace.slug}/activations/{row.pk}/"' in html
    assert "{&quot;resized&quot;: 7}" in html
    assert "1 of 1 rule started an action, and it has succeeded." in html


def test_what_still_runs_is_said_and_asked_for_again(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    started(fire, "pending", rule="one")
    started(fire, "success", rule="two")
    html = trace(client, fire)
    assert "2 of 2 rules started an action; 1 still runs." in html
    assert "every 3s" in html
    assert 'data-title-state="pending"' in html


def test_a_failed_action_shows_its_error_and_decides_the_whole(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    started(fire, "application_error", error="no such picture")
    html = trace(client, fire)
    assert "no such picture" in html
    assert "1 of 1 rule started an action; 1 failed." in html
    assert 'data-title-state="error"' in html


def test_a_refused_rule_shows_why_and_decides_the_whole(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    outcome(fire, status="refused", error="Too many requests in the last minute (count: 61, allowed: 60).")
    html = trace(client, fire)
    assert "Too many requests in the last minute" in html
    assert "0 of 1 rule started an action; 1 was refused." in html
    assert 'data-title-state="error"' in html
    assert "waterfall__axis" not in html


def test_a_rule_whose_action_is_gone_can_be_repointed_before_a_sync_tells(
    client: Client, namespace: Namespace
) -> None:
    make_trigger(namespace)
    make_action(namespace)
    rule = make_rule(namespace)
    fire = make_fire(namespace)
    outcome(fire, status="refused", error="The requested resource does not exist.")
    started(fire, rule="another")
    html = trace(client, fire)
    assert "The action resize does not exist." in html
    assert f'href="/n/{namespace.slug}/rules/{rule.pk}/edit/"' in html
    assert "1 of 2 rules started an action, and it has succeeded; 1 was refused." in html
    assert "/edit/" not in trace(client, fire, Role.OPERATOR)


def test_a_few_milliseconds_are_not_cut_into_four(client: Client, namespace: Namespace) -> None:
    began = timezone.now() - timedelta(minutes=5)
    fire = make_fire(namespace, listed_at=began, started_at=began)
    started(fire, listed_at=began, started_at=began, duration_ms=2, wait_ms=None)
    assert (
        '<span class="waterfall__axis" aria-hidden="true"><span>0 ms</span><span>2 ms</span></span>'
        in trace(client, fire)
    )


def test_an_inactive_rule_can_be_enabled_by_an_editor(client: Client, namespace: Namespace) -> None:
    make_trigger(namespace)
    make_action(namespace)
    rule = make_rule(namespace, is_active=False)
    fire = make_fire(namespace)
    outcome(fire, status="inactive")
    html = trace(client, fire)
    assert f"/n/{namespace.slug}/rules/{rule.pk}/enable/" in html
    assert f'name="next" value="/n/{namespace.slug}/activations/{fire.pk}/trace/"' in html
    assert "/enable/" not in trace(client, fire, Role.OPERATOR)


def test_a_rule_that_was_enabled_since_has_no_button(client: Client, namespace: Namespace) -> None:
    make_trigger(namespace)
    make_action(namespace)
    make_rule(namespace, is_active=True)
    fire = make_fire(namespace)
    outcome(fire, status="inactive")
    assert "/enable/" not in trace(client, fire)


def test_nobody_listening_offers_to_connect(client: Client, namespace: Namespace) -> None:
    html = trace(client, make_fire(namespace, "no_rule"))
    assert "No active rule was listening" in html
    assert f"/n/{namespace.slug}/rules/new/?trigger=upload" in html


def test_a_late_record_is_said_and_what_is_wired_is_shown(client: Client, namespace: Namespace) -> None:
    make_trigger(namespace)
    make_action(namespace)
    make_rule(namespace)
    html = trace(client, make_fire(namespace, "pending", polls=2))
    assert "its record, which says what the rules did, is not there yet" in html
    assert "Asked 2 times." in html
    assert "upload-resize" in html
    assert "Not known yet" in html


@pytest.mark.parametrize("status", ["unknown", "refused", "queued", "not_reported"])
def test_every_other_state_says_what_is_known(client: Client, namespace: Namespace, status: str) -> None:
    html = trace(client, make_fire(namespace, status, error="This is why."))
    assert "This is why." in html
    assert Status(status).label in html


def test_logs_that_are_no_outcomes_are_shown_as_text(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace, logs=["plain <b>words</b>", '{"json": "of another kind"}'])
    html = trace(client, fire)
    assert "plain &lt;b&gt;words&lt;/b&gt;" in html
    assert "of another kind" in html


def test_components_of_sequences_of_sequences_are_drawn(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    outer = started(fire, kind="sequence")
    inner = make_activation(namespace, kind="sequence", action_path="inner", cause=outer.activation_id)
    make_activation(namespace, action_path="leaf", cause=inner.activation_id)
    html = trace(client, fire)
    assert html.index("inner") < html.index("leaf")


def test_records_that_name_each_other_as_cause_end(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    one = started(fire)
    two = make_activation(namespace, action_path="two", cause=one.activation_id)
    Activation.objects.filter(pk=one.pk).update(cause=two.activation_id)
    assert "two" in trace(client, fire)


def test_the_bars_lie_where_the_times_say(client: Client, namespace: Namespace) -> None:
    began = timezone.now() - timedelta(minutes=5)
    fire = make_fire(namespace, listed_at=began, started_at=began)
    first = began + timedelta(milliseconds=500)
    started(fire, listed_at=first, started_at=first, duration_ms=500, wait_ms=250)
    html = trace(client, fire)
    assert '<rect x="250.0" width="250.0" height="14" class="fill-wait"/>' in html
    assert '<rect x="500.0" width="500.0" height="14" class="fill-run"/>' in html


def test_a_sequence_is_as_long_as_its_components_together(client: Client, namespace: Namespace) -> None:
    began = timezone.now() - timedelta(minutes=5)
    fire = make_fire(namespace, listed_at=began, started_at=began)
    times = {"listed_at": began, "started_at": began, "ended_at": began + timedelta(milliseconds=240)}
    # Its record counts the runs of its components, and not that they waited.
    row = started(fire, kind="sequence", duration_ms=12, wait_ms=None, **times)
    waited = began + timedelta(milliseconds=228)
    leaf = {"listed_at": waited, "started_at": waited, "duration_ms": 12, "wait_ms": 228}
    make_activation(namespace, action_path="leaf", cause=row.activation_id, **leaf)
    html = trace(client, fire)
    assert '<rect x="0.0" width="1000.0" height="14" class="fill-run"/>' in html
    assert html.count("240 ms</td>") == 2


def test_the_fire_says_how_long_it_took_until_the_last_result(client: Client, namespace: Namespace) -> None:
    began = timezone.now() - timedelta(minutes=5)
    fire = make_fire(namespace, listed_at=began, started_at=began)
    assert "From the fire to the last result" not in trace(client, fire)
    started(fire, listed_at=began, started_at=began, duration_ms=500, wait_ms=None)
    assert 'title="From the fire to the last result">500 ms<' in trace(client, fire)


def test_it_offers_to_fire_again_and_to_read_the_record_from_a_terminal(
    client: Client, namespace: Namespace
) -> None:
    fire = make_fire(namespace, parameters={"size": 3})
    html = trace(client, fire)
    assert "aio rt trigger fire upload" in html
    assert "{&quot;size&quot;: 3}" in html
    assert f"aio rt activation get {fire.activation_id}" in html
    assert "activation get" not in trace(client, make_fire(namespace, "no_rule"))


def test_htmx_gets_the_part_that_changes(client: Client, namespace: Namespace) -> None:
    html = trace(client, make_fire(namespace), **{"HX-Request": "true"})
    assert html.lstrip().startswith('<div id="trace"')


def test_an_action_leads_to_the_fire_that_caused_it(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    row = started(fire)
    client.force_login(member(namespace, Role.VIEWER))
    answer = client.get(f"/n/{namespace.slug}/activations/{row.pk}/trace/")
    assert answer["Location"] == f"/n/{namespace.slug}/activations/{fire.pk}/trace/"
    page = client.get(f"/n/{namespace.slug}/activations/{row.pk}/").content.decode()
    assert f"/n/{namespace.slug}/activations/{fire.pk}/trace/" in page
    assert "By the rule upload-resize" in page


def test_a_launch_has_no_trace(client: Client, namespace: Namespace) -> None:
    row = make_activation(namespace)
    client.force_login(member(namespace, Role.VIEWER))
    assert client.get(f"/n/{namespace.slug}/activations/{row.pk}/trace/").status_code == 404


def test_a_stranger_gets_404(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    client.force_login(make_user())
    assert client.get(f"/n/{namespace.slug}/activations/{fire.pk}/trace/").status_code == 404


def test_a_fire_of_many_rules_takes_the_same_queries(
    client: Client, namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fire = make_fire(namespace)
    for number in range(20):
        started(fire, rule=f"r{number}", result={"n": number}, size=8)
    trace(client, fire)
    with django_assert_max_num_queries(24):
        client.get(f"/n/{namespace.slug}/activations/{fire.pk}/trace/")
