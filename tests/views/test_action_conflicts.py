"""Two people who change the same action: each sees what the other did, and neither change is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from runtime_app.models import Namespace
from runtime_app.openwhisk import ActionSpec
from runtime_app.services.authoring.actions import code_of
from runtime_app.services.connecting.connections import client_for
from tests.views.action_forms import CODE, HTMX, TYPED, address, created

pytestmark = pytest.mark.django_db


def test_somebody_elses_change_is_shown_and_kept(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    with client_for(guest) as upstream:
        theirs = ActionSpec(kind="nodejs:20", code="exports.main = () => ({ theirs: 1 });")
        upstream.put_action("resize", theirs, overwrite=True)
        mine = {**TYPED, "code": "exports.main = () => ({ mine: 1 });", "base_version": "0.0.1"}
        answer = editor.post(address(action), mine)
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "has changed this action meanwhile" in html
        assert "- exports.main = () =&gt; ({ theirs: 1 });" in html
        assert "+ exports.main = () =&gt; ({ mine: 1 });" in html
        assert "Save mine over version 0.0.2" in html
        assert upstream.get_action("resize").code == theirs.code
        (version,) = re.findall(r'name="base_version" value="([^"]*)"', html)
        editor.post(address(action), {**mine, "base_version": version})
        assert "mine" in (upstream.get_action("resize").code or "")


def fields_of(html: str) -> dict[str, str]:
    """The hidden fields of the form, as a browser would send them."""
    found = re.findall(r'name="(base|base_version)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


def test_what_only_they_changed_is_taken_over_and_both_changes_are_saved(
    editor: Client, guest: Namespace
) -> None:
    action = created(editor, guest)
    begun = fields_of(editor.get(address(action)).content.decode())
    with client_for(guest) as upstream:
        theirs = ActionSpec(kind="nodejs:20", code="exports.main = () => ({ theirs: 1 });")
        upstream.put_action("resize", theirs, overwrite=True)
        html = editor.post(address(action), {**TYPED, "memory": "512", **begun}).content.decode()
        assert "What only they have changed stands in the form now" in html
        assert "Save with their changes" in html
        assert "Save mine over" not in html
        assert "exports.main = () =&gt; ({ theirs: 1 });</textarea>" in html
        assert upstream.get_action("resize").limits.memory_mb != 512
        sent = {**TYPED, "code": theirs.code or "", "memory": "512", **fields_of(html)}
        editor.post(address(action), sent)
        saved = upstream.get_action("resize")
    assert (saved.code, saved.limits.memory_mb) == (theirs.code, 512)


def test_of_what_both_changed_theirs_can_be_ticked(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    begun = fields_of(editor.get(address(action)).content.decode())
    editor.post(address(action), {**TYPED, "code": "theirs", "memory": "384", **begun})
    mine = {**TYPED, "code": "mine", "memory": "512", "main": "go"}
    html = editor.post(address(action), {**mine, **begun}).content.decode()
    assert html.count('name="take_theirs"') == 2
    answer = editor.post(address(action), {**mine, **fields_of(html), "take_theirs": ["code", "memory"]})
    assert answer.status_code == 302
    action.refresh_from_db()
    assert (code_of(action), action.memory_mb, action.main) == ("theirs", 384, "go")


def test_a_colleague_who_was_faster_is_named(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    editor.post(address(action), {**TYPED, "memory": "512", "base_version": "0.0.1"})
    html = editor.post(address(action), {**TYPED, "base_version": "0.0.1"}).content.decode()
    assert "eve has changed this action meanwhile" in html
    assert "512 MB" in html


def test_htmx_gets_a_conflict_it_will_show(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    answer = editor.post(address(action), {**TYPED, "base_version": "0.0.0"}, headers=HTMX)
    assert answer.status_code == 422
    assert "meanwhile" in answer.content.decode()


def test_what_was_deleted_meanwhile_can_be_created_again(editor: Client, guest: Namespace) -> None:
    action = created(editor, guest)
    with client_for(guest) as upstream:
        upstream.delete_action("resize")
        answer = editor.post(address(action), {**TYPED, "base_version": "0.0.1"})
        assert answer.status_code == 422
        assert "has deleted this action meanwhile" in answer.content.decode()
        editor.post(address(action), {**TYPED, "base_version": ""})
        assert upstream.get_action("resize").code == CODE
    action.refresh_from_db()
    assert action.vanished_at is None
