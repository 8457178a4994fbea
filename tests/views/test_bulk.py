"""Bulk launches in the browser: the list, its preview, and one that runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from runtime_app.models import Action, Activation, BulkLaunch, BulkState, Namespace, Status
from runtime_app.services.launching.throttling import begin_rest
from tests.factories import make_action, make_activation, make_bulk, make_namespace, make_user, member

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HX-Request": "true"}
VERBS = ("launch", "pause", "resume", "stop", "discard")


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(limits={"invocationsPerMinute": 60})


@pytest.fixture
def action(namespace: Namespace) -> Action:
    return make_action(namespace)


def form_of(action: Action) -> str:
    return f"/n/{action.namespace.slug}/actions/{action.pk}/launch-many/"


def address(bulk: BulkLaunch, rest: str = "") -> str:
    return f"/n/{bulk.namespace.slug}/bulk/{bulk.pk}/{rest}"


def preview(client: Client, action: Action, rows: str, **fields: Any) -> tuple[BulkLaunch, str]:
    answer = client.post(form_of(action), {"rows": rows, **fields}, follow=True)
    return BulkLaunch.objects.latest("pk"), answer.content.decode()


def test_the_action_leads_to_the_form(operator: Client, action: Action) -> None:
    page = f"/n/{action.namespace.slug}/actions/{action.pk}/"
    assert form_of(action) in operator.get(page).content.decode()
    assert "Launch resize many times" in operator.get(form_of(action)).content.decode()


def test_the_preview_shows_what_would_be_launched_and_launches_nothing(
    operator: Client, action: Action
) -> None:
    bulk, html = preview(operator, action, "image,width\na.png,800\nb.png,900")
    assert bulk.is_draft
    assert "2 launches of resize" in html
    assert "{&quot;image&quot;: &quot;a.png&quot;, &quot;width&quot;: 800}" in html
    assert "about 1 minute until" in html
    assert not Activation.objects.exists()


def test_a_file_is_read_too(operator: Client, action: Action) -> None:
    file = SimpleUploadedFile("covers.csv", "\ufeffimage\na.png\n".encode())
    _, html = preview(operator, action, "", file=file)
    assert "1 launch of resize" in html
    assert "covers.csv" in html


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rows": ""}, "Paste the rows, or choose a file."),
        ({"rows": "a,a\n1,2"}, "named “a”"),
        ({"file": SimpleUploadedFile("x.csv", b"a\n\xff\n")}, "not in UTF-8"),
        ({"file": SimpleUploadedFile("x.csv", b"")}, "The file is empty."),
        ({"file": SimpleUploadedFile("x.csv", b"a\nb\x00\n")}, "holds zero bytes"),
        ({"rows": "{}", "source_format": "xml"}, "not one of the available choices"),
    ],
)
def test_what_has_no_rows_is_refused_at_its_field(
    operator: Client, action: Action, fields: dict[str, Any], words: str
) -> None:
    answer = operator.post(form_of(action), fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not BulkLaunch.objects.exists()


def test_bad_rows_are_listed_by_line_and_hold_everything_back(operator: Client, action: Action) -> None:
    bulk, html = preview(operator, action, '{"n": 1}\noops\n[2]')
    assert "2 bad rows" in html
    assert "Line 2" in html
    assert "Line 3" in html
    html = operator.post(address(bulk, "launch/"), follow=True).content.decode()
    assert "Some rows are bad, so nothing was launched." in html
    assert not Activation.objects.exists()


def test_a_list_is_corrected_from_its_preview_with_nothing_lost(operator: Client, action: Action) -> None:
    rows = 'n,note\n1,"first, <b>"\n2,second,too much\n'
    bulk, html = preview(operator, action, rows, source_format="csv")
    link = f"{form_of(action)}?draft={bulk.pk}"
    assert html.count(f'href="{link}"') == 2
    form = operator.get(link).context["form"]
    assert (form["rows"].value(), form["source_format"].value()) == (rows, "csv")


@pytest.mark.parametrize("draft", ["", "x", "99999999999999999999", "0"])
def test_a_draft_that_is_none_leaves_the_form_empty(operator: Client, action: Action, draft: str) -> None:
    assert not operator.get(f"{form_of(action)}?draft={draft}").context["form"]["rows"].value()


def test_a_list_that_was_launched_is_no_draft_any_more(operator: Client, action: Action) -> None:
    bulk = make_bulk(action.namespace, source="n\n1")
    assert not operator.get(f"{form_of(action)}?draft={bulk.pk}").context["form"]["rows"].value()


def test_bad_rows_can_be_left_out(operator: Client, action: Action) -> None:
    bulk, _ = preview(operator, action, '{"n": 1}\noops')
    html = operator.post(address(bulk, "launch/"), {"skip_bad": "on"}, follow=True).content.decode()
    assert "1 bad row left out" in html
    assert Activation.objects.get().bulk == bulk


def test_launching_twice_launches_once(operator: Client, action: Action) -> None:
    bulk, _ = preview(operator, action, '{"n": 1}\n{"n": 2}')
    operator.post(address(bulk, "launch/"))
    html = operator.post(address(bulk, "launch/"), follow=True).content.decode()
    assert "It has been launched already." in html
    assert Activation.objects.count() == 2


def test_an_action_that_is_gone_is_said_in_words(operator: Client, action: Action) -> None:
    bulk, _ = preview(operator, action, '{"n": 1}')
    action.delete()
    html = operator.post(address(bulk, "launch/"), follow=True).content.decode()
    assert "There is no action “resize” any more" in html


def test_a_running_one_shows_how_far_it_has_come(operator: Client, namespace: Namespace) -> None:
    bulk = make_bulk(namespace, total=3)
    for status in (Status.QUEUED, Status.PENDING, Status.SUCCESS):
        make_activation(namespace, status, bulk=bulk)
    html = operator.get(address(bulk)).content.decode()
    assert "1 of 3 have ended" in html
    assert f"?bulk={bulk.pk}&amp;status=success" in html
    part = operator.get(address(bulk), headers=HTMX).content.decode()
    assert 'id="bulk-progress"' in part
    assert "<html" not in part


def test_what_holds_a_running_one_back_is_said_below(operator: Client, namespace: Namespace) -> None:
    bulk = make_bulk(namespace, total=1)
    row = make_activation(namespace, Status.QUEUED, bulk=bulk)
    assert 'id="bulk-hold"' not in operator.get(address(bulk)).content.decode()
    begin_rest(row, 40)
    html = operator.get(address(bulk)).content.decode()
    assert "held back" in html
    assert "(429, too many requests). What waits goes on by itself at" in html


def test_pause_resume_and_stop(operator: Client, namespace: Namespace) -> None:
    bulk = make_bulk(namespace, total=1)
    row = make_activation(namespace, Status.QUEUED, bulk=bulk)
    for verb, state in (
        ("pause", BulkState.PAUSED),
        ("resume", BulkState.RUNNING),
        ("stop", BulkState.STOPPED),
    ):
        assert operator.post(address(bulk, f"{verb}/"))["Location"] == address(bulk)
        bulk.refresh_from_db()
        assert bulk.state == state
    row.refresh_from_db()
    assert row.status == Status.CANCELLED
    assert "What was sent runs on" in operator.get(address(bulk)).content.decode()


@pytest.mark.parametrize("verb", ["pause", "resume", "stop", "discard"])
def test_what_cannot_be_done_any_more_is_said_and_not_done(
    operator: Client, namespace: Namespace, verb: str
) -> None:
    bulk = make_bulk(namespace, state=BulkState.DONE)
    assert operator.post(address(bulk, f"{verb}/"), follow=True).status_code == 200
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE


def test_a_draft_can_be_discarded(operator: Client, action: Action) -> None:
    bulk, _ = preview(operator, action, '{"n": 1}')
    assert operator.post(address(bulk, "discard/"))["Location"] == form_of(action)
    assert not BulkLaunch.objects.exists()


def test_the_history_shows_only_its_rows_and_says_so(operator: Client, namespace: Namespace) -> None:
    bulk = make_bulk(namespace, total=1)
    make_activation(namespace, action_path="in-bulk", bulk=bulk)
    make_activation(namespace, action_path="alone")
    html = operator.get(f"/n/{namespace.slug}/activations/?bulk={bulk.pk}").content.decode()
    assert "Bulk launch: 1 × resize" in html
    assert "in-bulk" in html
    assert ">alone<" not in html


def test_a_viewer_sees_and_does_nothing(client: Client, namespace: Namespace, action: Action) -> None:
    client.force_login(member(namespace))
    bulk = make_bulk(namespace)
    assert client.get(address(bulk)).status_code == 200
    assert client.get(form_of(action)).status_code == 403
    assert {client.post(address(bulk, f"{verb}/")).status_code for verb in VERBS} == {403}


def test_a_stranger_gets_404(client: Client, namespace: Namespace, action: Action) -> None:
    client.force_login(make_user())
    bulk = make_bulk(namespace)
    assert client.get(form_of(action)).status_code == 404
    assert client.get(address(bulk)).status_code == 404
    assert {client.post(address(bulk, f"{verb}/")).status_code for verb in VERBS} == {404}


def test_the_wrong_method_and_a_bad_id_are_refused(operator: Client, namespace: Namespace) -> None:
    bulk = make_bulk(namespace)
    assert {operator.get(address(bulk, f"{verb}/")).status_code for verb in VERBS} == {405}
    assert operator.post(address(bulk)).status_code == 405
    assert operator.get(f"/n/{namespace.slug}/bulk/404/").status_code == 404
