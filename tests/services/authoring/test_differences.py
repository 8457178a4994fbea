"""Their version beside mine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime_app.models import AuditEntry, Verb
from runtime_app.openwhisk import ActionLimits, Parameter, RemoteAction
from runtime_app.services.authoring.differences import Conflict, DiffLine, conflict_between, diff_lines
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.settings import marks_of, settings_wanted
from tests.factories import make_action, make_namespace, make_package, make_user

MINE = ActionDraft(
    path="resize",
    kind="nodejs:20",
    code="a\nmine\nc",
    timeout_ms=60_000,
    memory_mb=256,
    logs_mb=10,
    provides_key=True,
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


def conflict_since(before: ActionDraft, theirs: RemoteAction, mine: ActionDraft) -> Conflict:
    action = make_action(make_namespace(), version="0.0.2")
    return conflict_between(action, theirs, mine, marks_of(settings_wanted(before)))


@pytest.mark.django_db
def test_what_only_they_changed_is_taken_and_what_only_i_changed_is_mine() -> None:
    before = replace(MINE, code="a\nb\nc", memory_mb=128)
    theirs = replace(THEIRS, code="a\r\nb\r\nc", limits=ActionLimits(120_000, 128, 10))
    conflict = conflict_since(before, theirs, replace(MINE, main=""))
    assert (conflict.fields, conflict.code, conflict.collides) == ([], [], False)
    assert [(item.key, item.theirs) for item in conflict.taken] == [("timeout", "120 s")]


@pytest.mark.django_db
def test_what_both_changed_has_to_be_chosen() -> None:
    before = replace(MINE, code="a\nb\nc", timeout_ms=1_000)
    conflict = conflict_since(before, THEIRS, MINE)
    assert [(item.name, item.theirs, item.mine) for item in conflict.fields] == [("Timeout", "120 s", "60 s")]
    assert (conflict.taken, conflict.collides) == ([], True)
    assert DiffLine("-", "theirs") in conflict.code


@pytest.mark.django_db
def test_the_same_change_by_both_is_none() -> None:
    before = replace(MINE, code="a\nb\nc", timeout_ms=1_000)
    same = replace(THEIRS, code=MINE.code, limits=ActionLimits(60_000))
    conflict = conflict_since(before, same, MINE)
    assert (conflict.collides, conflict.taken) == (False, [])


@pytest.mark.django_db
def test_code_that_only_they_changed_is_said_without_being_shown() -> None:
    conflict = conflict_since(MINE, replace(THEIRS, limits=ActionLimits(60_000)), MINE)
    assert [(item.key, item.name, item.theirs) for item in conflict.taken] == [("code", "Code", "")]
    assert not conflict.collides


@pytest.mark.django_db
def test_parameters_of_the_package_are_not_their_change() -> None:
    namespace = make_namespace()
    make_package(namespace, parameters=[{"key": "quality", "value": 80}])
    action = make_action(namespace, path="images/resize", version="0.0.2")
    theirs = replace(THEIRS, parameters=(Parameter("quality", 80),), limits=ActionLimits(60_000))
    conflict = conflict_between(action, theirs, MINE, marks_of(settings_wanted(MINE)))
    assert [item.key for item in conflict.taken] == ["code"]


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
