"""Creating, changing and deleting actions in the browser, against the real runtime."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from runtime_app.models import Action, AuditEntry, Namespace, Role, Verb
from runtime_app.openwhisk import ActionSpec, NotFound
from runtime_app.services.connecting.connections import client_for
from tests.factories import make_action, make_namespace, make_preset, make_trigger, make_user, member
from tests.views.action_forms import CODE, HTMX, TYPED, address, created, new

pytestmark = pytest.mark.django_db


def test_the_new_form_has_kinds_and_an_editor(editor: Client, guest: Namespace) -> None:
    html = editor.get(new(guest)).content.decode()
    assert 'data-editor="javascript"' in html
    assert 'data-editor-kind="#id_kind"' in html
    assert '<option value="python:3.11">' in html
    assert "100 ms to 3 h in this namespace" in html


def test_it_creates_the_action(editor: Client, guest: Namespace) -> None:
    answer = editor.post(new(guest), TYPED)
    action = Action.objects.get(namespace=guest)
    assert answer["Location"] == f"/n/{guest.slug}/actions/{action.pk}/"
    with client_for(guest) as upstream:
        assert upstream.get_action("resize").code == CODE


def test_htmx_is_sent_to_the_new_action(editor: Client, guest: Namespace) -> None:
    answer = editor.post(new(guest), TYPED, headers=HTMX)
    assert answer["HX-Redirect"] == f"/n/{guest.slug}/actions/{Action.objects.get().pk}/"


def test_what_was_typed_stays_after_a_mistake(editor: Client, guest: Namespace) -> None:
    answer = editor.post(new(guest), {**TYPED, "name": "a*b", "parameters": '{"a": 1,}'})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="a*b"' in html
    assert "exports.main = () =&gt; ({ one: 1 });" in html
    assert "Line 1, column 9" in html
    assert "{&quot;a&quot;: 1,}" in html
    assert not Action.objects.exists()


def test_htmx_gets_the_form_alone_after_a_mistake(editor: Client, guest: Namespace) -> None:
    answer = editor.post(new(guest), {**TYPED, "name": ""}, headers=HTMX)
    assert answer.status_code == 422
    assert answer.content.decode().lstrip().startswith('<div id="action-form"')


def test_a_name_that_a_trigger_has_is_said_before_the_runtime_is_asked(
    editor: Client, guest: Namespace
) -> None:
    make_trigger(guest, name="resize")
    html = editor.post(new(guest), TYPED).content.decode()
    assert "“resize” is the name of a trigger here" in html
    assert not Action.objects.exists()


def test_a_name_that_exists_is_said_at_the_name(editor: Client, guest: Namespace) -> None:
    with client_for(guest) as upstream:
        upstream.put_action("resize", ActionSpec(kind="nodejs:20", code=CODE))
    answer = editor.post(new(guest), {**TYPED, "code": "exports.main = () => ({});"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "already something of this name" in html
    assert "exports.main = () =&gt; ({});" in html


def test_a_runtime_that_is_away_loses_nothing(client: Client) -> None:
    namespace = make_namespace()
    client.force_login(member(namespace, Role.EDITOR))
    answer = client.post(new(namespace), {**TYPED, "kind": "nodejs:default"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "try again when the runtime is back" in html
    assert "exports.main = () =&gt; ({ one: 1 });" in html


def test_an_uploaded_file_is_the_code(editor: Client, guest: Namespace) -> None:
    upload = SimpleUploadedFile("worker.js", b"exports.main = () => ({ file: true });")
    editor.post(new(guest), {**TYPED, "upload": upload})
    with client_for(guest) as upstream:
        assert "file: true" in (upstream.get_action("resize").code or "")


def test_editing_shows_the_code(editor: Client, guest: Namespace) -> None:
    html = editor.get(address(created(editor, guest))).content.decode()
    assert "exports.main = () =&gt; ({ one: 1 });" in html
    assert 'name="base_version" value="0.0.1"' in html


def test_it_saves_a_change(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    answer = editor.post(address(action), {**TYPED, "memory": "512", "base_version": "0.0.1"})
    action.refresh_from_db()
    assert answer.status_code == 302
    assert (action.version, action.memory_mb) == ("0.0.2", 512)


def test_a_sequence_is_edited_by_its_steps(editor: Client, guest: Namespace) -> None:
    action = make_action(guest, kind="sequence")
    assert editor.get(address(action))["Location"] == f"/n/{guest.slug}/sequences/{action.pk}/edit/"


def test_deleting_asks_first_and_names_what_depends_on_it(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    make_preset(guest, name="nightly")
    html = editor.get(address(action, "delete")).content.decode()
    assert "nightly" in html
    assert Action.objects.filter(pk=action.pk).exists()


def test_it_deletes(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    answer = editor.post(address(action, "delete"), follow=True)
    assert "Deleted resize." in answer.content.decode()
    assert not Action.objects.exists()
    with client_for(guest) as upstream, pytest.raises(NotFound):
        upstream.get_action("resize")
    assert AuditEntry.objects.filter(verb=Verb.DELETED, target="resize").exists()


def test_a_delete_that_fails_says_why(client: Client) -> None:
    namespace = make_namespace()
    action = make_action(namespace)
    client.force_login(member(namespace, Role.EDITOR))
    answer = client.post(address(action, "delete"))
    assert answer.status_code == 422
    assert "try again when the runtime is back" in answer.content.decode()
    assert Action.objects.filter(pk=action.pk).exists()


def test_the_sample_is_one_click(editor: Client, guest: Namespace) -> None:
    html = editor.post(f"/n/{guest.slug}/actions/sample/", follow=True).content.decode()
    assert "Created my-worker." in html
    action = Action.objects.get(namespace=guest)
    assert (action.path, action.timeout_ms) == ("my-worker", 120_000)


def test_a_second_click_on_the_sample_finds_it(editor: Client, guest: Namespace) -> None:
    editor.post(f"/n/{guest.slug}/actions/sample/")
    html = editor.post(f"/n/{guest.slug}/actions/sample/", follow=True).content.decode()
    assert "my-worker is there already." in html
    assert Action.objects.count() == 1


def test_the_sample_without_a_runtime_says_why(client: Client) -> None:
    namespace = make_namespace()
    client.force_login(member(namespace, Role.EDITOR))
    html = client.post(f"/n/{namespace.slug}/actions/sample/", follow=True).content.decode()
    assert "The sample was not created" in html


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_editors_author(client: Client, role: Role) -> None:
    namespace = make_namespace()
    action = make_action(namespace)
    client.force_login(member(namespace, role))
    assert client.get(new(namespace)).status_code == 403
    assert client.post(new(namespace), TYPED).status_code == 403
    assert client.get(address(action)).status_code == 403
    assert client.post(address(action), TYPED).status_code == 403
    assert client.post(address(action, "delete")).status_code == 403
    assert client.post(f"/n/{namespace.slug}/actions/sample/").status_code == 403


def test_a_stranger_gets_404(client: Client) -> None:
    namespace = make_namespace()
    action = make_action(namespace)
    client.force_login(make_user())
    assert client.get(new(namespace)).status_code == 404
    assert client.get(address(action)).status_code == 404
    assert client.post(address(action, "delete")).status_code == 404


def test_the_sample_needs_a_post(client: Client) -> None:
    namespace = make_namespace()
    client.force_login(member(namespace, Role.EDITOR))
    assert client.get(f"/n/{namespace.slug}/actions/sample/").status_code == 405
