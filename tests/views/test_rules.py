"""Rules: connecting, switching, re-pointing and deleting, against the real runtime."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import (
    Activation,
    AuditEntry,
    Namespace,
    Role,
    Rule,
    RuleOutcome,
    Status,
    Trigger,
    Verb,
)
from runtime_app.openwhisk import OpenWhiskClient
from runtime_app.services.authoring.sync import sync_namespace
from tests.factories import (
    make_action,
    make_activation,
    make_namespace,
    make_rule,
    make_trigger,
    make_user,
    member,
)
from tests.upstream import Answer, Upstream
from tests.wiring import fire_rule, put_action, wire_upstream

pytestmark = pytest.mark.django_db


@pytest.fixture
def wired(guest: Namespace, upstream_client: OpenWhiskClient) -> Rule:
    """The rule `upload-resize` on the runtime and here."""
    wire_upstream(upstream_client)
    sync_namespace(guest)
    return Rule.objects.get(namespace=guest)


def url(namespace: Namespace, rest: str = "") -> str:
    return f"/n/{namespace.slug}/rules/{rest}"


def test_a_new_trigger_is_connected_in_one_form(
    editor: Client, guest: Namespace, upstream_client: OpenWhiskClient
) -> None:
    put_action(upstream_client, "resize")
    sync_namespace(guest)
    answer = editor.post(url(guest, "new/"), {"new_trigger": "upload", "action": "resize", "name": "my-rule"})
    trigger = Trigger.objects.get(namespace=guest)
    assert answer["Location"] == f"/n/guest/triggers/{trigger.pk}/"
    assert upstream_client.get_rule("my-rule").status == "active"
    assert Rule.objects.get(namespace=guest).is_active
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs == {Verb.TRIGGER_CREATED, Verb.RULE_CREATED}


def test_the_form_is_filled_from_the_address(client: Client) -> None:
    namespace = make_namespace()
    make_trigger(namespace)
    make_action(namespace, path="images/resize")
    client.force_login(member(namespace, Role.EDITOR))
    html = client.get(url(namespace, "new/?trigger=upload&action=images/resize")).content.decode()
    assert '<option value="upload" selected>' in html
    assert '<option value="images/resize" selected>' in html


def test_the_new_trigger_has_a_free_name_to_begin_with(client: Client) -> None:
    namespace = make_namespace()
    make_action(namespace, path="images/resize")
    client.force_login(member(namespace, Role.EDITOR))
    page = url(namespace, "new/?action=images/resize")
    assert 'value="resize-trigger"' in client.get(page).content.decode()
    make_trigger(namespace, name="resize-trigger")
    assert 'value="resize-trigger-2"' in client.get(page).content.decode()


def test_an_action_that_is_gone_upstream_is_said_at_the_field(
    editor: Client, guest: Namespace, upstream_client: OpenWhiskClient
) -> None:
    make_action(guest)  # Cached, and deleted elsewhere since.
    answer = editor.post(url(guest, "new/"), {"new_trigger": "upload", "action": "resize"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "The runtime refused it" in html
    assert "The trigger upload was created all the same." in html
    assert '<option value="upload" selected>' in html


def test_a_name_taken_upstream_is_said_at_the_name(editor: Client, guest: Namespace, wired: Rule) -> None:
    Rule.objects.all().delete()  # Not cached yet.
    form = {"trigger": "upload", "action": "resize", "name": "upload-resize"}
    answer = editor.post(url(guest, "new/"), form)
    assert answer.status_code == 422
    assert "share names" in answer.content.decode()


def test_a_rule_is_switched_off_and_on(
    editor: Client, guest: Namespace, wired: Rule, upstream_client: OpenWhiskClient
) -> None:
    editor.post(url(guest, f"{wired.pk}/disable/"))
    wired.refresh_from_db()
    assert (wired.is_active, upstream_client.get_rule(wired.name).status) == (False, "inactive")
    editor.post(url(guest, f"{wired.pk}/enable/"))
    wired.refresh_from_db()
    assert (wired.is_active, upstream_client.get_rule(wired.name).status) == (True, "active")
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == [Verb.RULE_DISABLED, Verb.RULE_ENABLED]


def test_switching_leads_back_to_where_it_was_asked_and_nowhere_else(
    editor: Client, guest: Namespace, wired: Rule
) -> None:
    address = url(guest, f"{wired.pk}/disable/")
    assert editor.post(address, {"next": "/n/guest/"})["Location"] == "/n/guest/"
    assert editor.post(address, {"next": "https://evil.example/"})["Location"] == url(guest)


def test_a_rule_without_its_trigger_cannot_be_switched_on(
    editor: Client, guest: Namespace, wired: Rule, upstream_client: OpenWhiskClient
) -> None:
    upstream_client.delete_trigger("upload")
    sync_namespace(guest)
    answer = editor.post(url(guest, f"{wired.pk}/enable/"), follow=True)
    html = answer.content.decode()
    assert "Point it to another trigger first" in html
    assert "Its trigger upload does not exist any more." in html
    assert "Re-point" in html


def test_a_rule_that_was_deleted_elsewhere_is_said_to_be_gone(
    editor: Client, guest: Namespace, wired: Rule, upstream_client: OpenWhiskClient
) -> None:
    upstream_client.delete_rule(wired.name)
    answer = editor.post(url(guest, f"{wired.pk}/disable/"), follow=True)
    said = f"{wired.name} was not switched: It does not exist on the runtime any more."
    assert said in answer.content.decode()


def test_a_broken_rule_is_re_pointed(
    editor: Client, guest: Namespace, wired: Rule, upstream_client: OpenWhiskClient
) -> None:
    upstream_client.delete_action("resize")
    put_action(upstream_client, "crop")
    sync_namespace(guest)
    assert "Its action resize does not exist any more." in editor.get(url(guest)).content.decode()
    editor.post(url(guest, f"{wired.pk}/edit/"), {"trigger": "upload", "action": "crop"})
    wired.refresh_from_db()
    assert wired.action_path == "crop"
    assert upstream_client.get_rule(wired.name).action.relative == "crop"
    assert "does not exist any more" not in editor.get(url(guest)).content.decode()


def test_a_rule_is_deleted_and_its_ends_stay(
    editor: Client, guest: Namespace, wired: Rule, upstream_client: OpenWhiskClient
) -> None:
    editor.post(url(guest, f"{wired.pk}/delete/"))
    assert not Rule.objects.exists()
    assert [rule.name for rule in upstream_client.iter_rules()] == []
    assert upstream_client.get_trigger("upload").name == "upload"


def test_the_list_shows_what_became_of_the_last_fire(client: Client) -> None:
    namespace = make_namespace()
    make_trigger(namespace)
    make_action(namespace)
    make_rule(namespace)
    client.force_login(member(namespace, Role.VIEWER))
    assert "None yet" in client.get(url(namespace)).content.decode()
    for outcome, status, words in (
        (RuleOutcome.Status.PASSED, Status.TIMED_OUT, "Timed out"),
        (RuleOutcome.Status.INACTIVE, Status.SUCCESS, "Was off"),
        (RuleOutcome.Status.REFUSED, Status.SUCCESS, "Refused"),
    ):
        fire = fire_rule(namespace, outcome=outcome, status=status)
        html = client.get(url(namespace)).content.decode()
        shown = html.partition(f"/activations/{fire.pk}/trace/")[2].partition("</td>")[0]
        assert words in shown
    assert "This needs the role editor" in html


def test_a_rule_without_its_trigger_offers_to_make_it_again(client: Client) -> None:
    namespace = make_namespace()
    make_trigger(namespace, name="another")
    make_action(namespace)
    make_trigger(namespace, vanished_at=timezone.now())
    rule = make_rule(namespace)
    client.force_login(member(namespace, Role.EDITOR))
    html = client.get(url(namespace, f"{rule.pk}/edit/")).content.decode()
    assert '<option value="" selected>A new trigger…</option>' in html
    assert 'name="new_trigger" value="upload"' in html
    assert "The name stays." in html


def test_a_search_looks_at_rules_triggers_and_actions(client: Client) -> None:
    namespace = make_namespace()
    make_rule(namespace)
    make_rule(namespace, name="nightly-report", trigger_name="nightly", action_path="report")
    client.force_login(member(namespace, Role.VIEWER))
    for word in ("night", "repo", "nightly-"):
        html = client.get(url(namespace, f"?q={word}"), headers={"HX-Request": "true"}).content.decode()
        assert "nightly-report" in html
        assert "upload-resize" not in html
        assert "<html" not in html
    assert "No rule matches" in client.get(url(namespace, "?q=nothing")).content.decode()


def test_a_long_list_is_cut_and_says_so(client: Client) -> None:
    namespace = make_namespace()
    for number in range(102):
        make_rule(namespace, name=f"r{number}")
    client.force_login(member(namespace, Role.VIEWER))
    html = client.get(url(namespace)).content.decode()
    assert html.count('<tr id="rule-') == 100
    assert "More rules match than are shown" in html


def test_the_list_takes_the_same_queries_for_many(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    namespace = make_namespace()
    client.force_login(member(namespace, Role.EDITOR))
    for number in range(20):
        make_rule(namespace, name=f"r{number}")
        RuleOutcome.objects.create(
            fire=make_fire(namespace), rule_name=f"r{number}", action_path="resize", status="passed"
        )
    client.get(url(namespace))
    with django_assert_max_num_queries(14):
        client.get(url(namespace))


def test_trouble_upstream_is_said_and_changes_nothing(client: Client, upstream: Upstream) -> None:
    namespace = make_namespace(api_host=upstream.url)
    rule = make_rule(namespace)
    client.force_login(member(namespace, Role.EDITOR))
    upstream.script = lambda asked: Answer(500, {"error": "broken", "code": "x"})
    for deed in ("disable", "delete"):
        answer = client.post(url(namespace, f"{rule.pk}/{deed}/"), follow=True)
        assert "upload-resize was not" in answer.content.decode()
    rule.refresh_from_db()
    assert rule.is_active


@pytest.mark.parametrize("deed", ["enable", "disable", "delete", "edit"])
def test_an_operator_may_not_change_rules(client: Client, deed: str) -> None:
    namespace = make_namespace()
    rule = make_rule(namespace)
    client.force_login(member(namespace, Role.OPERATOR))
    assert client.post(url(namespace, f"{rule.pk}/{deed}/")).status_code == 403
    assert client.post(url(namespace, "new/")).status_code == 403


@pytest.mark.parametrize("deed", ["enable", "disable", "delete", "edit"])
def test_a_stranger_gets_404(client: Client, deed: str) -> None:
    rule = make_rule(make_namespace())
    client.force_login(make_user())
    assert client.post(url(rule.namespace, f"{rule.pk}/{deed}/")).status_code == 404


@pytest.mark.parametrize("deed", ["enable", "disable", "delete"])
def test_deeds_are_posts(client: Client, deed: str) -> None:
    rule = make_rule(make_namespace())
    client.force_login(member(rule.namespace, Role.EDITOR))
    assert client.get(url(rule.namespace, f"{rule.pk}/{deed}/")).status_code == 405


def make_fire(namespace: Namespace) -> Activation:
    return make_activation(namespace, kind="trigger", action_path="upload", payload=False)
