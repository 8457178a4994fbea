"""Their version beside mine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime_app.models import AuditEntry, Verb
from runtime_app.openwhisk import ActionLimits, RemoteAction
from runtime_app.services.authoring.differences import DiffLine, conflict_between, diff_lines
from runtime_app.services.authoring.drafts import ActionDraft
from tests.factories import make_action, make_namespace, make_user

MINE = ActionDraft(
    path="resize", kind="nodejs:20", code="a\nmine\nc", timeout_ms=60_000, memory_mb=256, logs_mb=10
)
DOCUMENT = {
    "namespace": "guest",
    "name": "resize",
    "version": "0.0.2",
    "exec": {"kind": "nodejs:20", "code": "a\ntheirs\nc", "binary": False},
    "limits": {"timeout": 120_000, "memory": 256, "logs": 10},
}
THEIRS = RemoteAction.from_json(DOCUMENT)


def test_lines_that_differ_are_signed() -> None:
    lines = diff_lines("a\ntheirs\nc", "a\nmine\nc")
    assert [line for line in lines if line.sign in "-+"] == [DiffLine("-", "theirs"), DiffLine("+", "mine")]


@pytest.mark.django_db
def test_it_names_settings_that_differ() -> None:
    action = make_action(make_namespace(), version="0.0.2")
    conflict = conflict_between(action, THEIRS, MINE)
    assert [(item.name, item.theirs, item.mine) for item in conflict.fields] == [("Timeout", "120 s", "60 s")]
    assert conflict.code
    assert conflict.author is None


@pytest.mark.django_db
def test_it_names_the_person_who_changed_it_here() -> None:
    namespace, person = make_namespace(), make_user("bob")
    action = make_action(namespace, version="0.0.2")
    AuditEntry.record(Verb.UPDATED, person=person, namespace=namespace, target="resize", version="0.0.2")
    conflict = conflict_between(action, THEIRS, MINE)
    assert conflict.author is not None
    assert conflict.author.person_name == "bob"


@pytest.mark.django_db
def test_archives_are_only_said_to_differ() -> None:
    action = make_action(make_namespace(), version="0.0.2")
    conflict = conflict_between(action, replace(THEIRS, binary=True), MINE)
    assert (conflict.code, bool(conflict.code_note)) == ([], True)


@pytest.mark.django_db
def test_equal_versions_differ_in_nothing() -> None:
    action = make_action(make_namespace(), version="0.0.2")
    same = replace(THEIRS, code=MINE.code, limits=ActionLimits(60_000))
    conflict = conflict_between(action, same, MINE)
    assert (conflict.fields, conflict.code, conflict.code_note) == ([], [], "")
