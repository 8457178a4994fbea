"""Which action the code of another one starts."""

from __future__ import annotations

import pytest

from runtime_app.models import Action, Namespace
from runtime_app.models.actions import STARTS_ANNOTATION
from runtime_app.openwhisk import ActionSpec
from runtime_app.services.authoring.actions import update_action
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.invoked import MOST_CODE_CHARACTERS, started_path
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.web_actions.starters import starter_code
from tests.factories import make_user


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("ow.actions.invoke({ name: 'worker', blocking: false })", "worker"),
        ('ow.actions.invoke({\n  params: { a: 1 }, // first\n  "name": "/_/pkg/worker" })', "pkg/worker"),
        ("ow.actions.invoke({actionName: `/guest/worker`})", "worker"),
        ('ow.actions.invoke({name: "/other/pkg/worker"})', "/other/pkg/worker"),
        (starter_code("images/resize"), "images/resize"),
        (starter_code('with "quotes"'), ""),
        ("ow.actions.invoke({ name: chosen })", ""),
        ("ow.actions.invoke({ name: `${chosen}` })", ""),
        ("ow.triggers.fire({ name: 'worker' })", ""),
        ("invoke({ name: 'worker' })", ""),
        ("ow.actions.invoke({ params: {} }); const me = { name: 'worker' }", ""),
        ("//" + "x" * MOST_CODE_CHARACTERS + "\now.actions.invoke({ name: 'worker' })", ""),
        (".invoke({" * 5_000, ""),
        (f"ow.actions.invoke({{ name: '{'x' * 600}' }})", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_name_in_the_code_is_found(code: str | None, path: str) -> None:
    assert started_path("guest", {}, code) == path


def test_what_was_noted_counts_where_the_code_says_nothing() -> None:
    noted = {STARTS_ANNOTATION: "worker"}
    assert started_path("guest", noted, None) == "worker"
    assert started_path("guest", noted, "exports.main = start;") == "worker"
    assert started_path("guest", noted, "ow.actions.invoke({ name: 'another' })") == "another"
    for nonsense in (5, None, ["worker"], {"a": 1}):
        assert started_path("guest", {STARTS_ANNOTATION: nonsense}, None) == ""


def test_it_is_kept_when_code_is_synced_and_when_it_is_saved(guest: Namespace) -> None:
    code = "exports.main = () => ow.actions.invoke({ name: 'NAME' });"
    with client_for(guest) as client:
        client.put_action("starter", ActionSpec(kind="nodejs:20", code=code.replace("NAME", "first")))
    sync_namespace(guest)
    action = Action.objects.get(path="starter")
    assert action.starts == "first"
    draft = ActionDraft(
        path="starter",
        kind="nodejs:20",
        code=code.replace("NAME", "second"),
        timeout_ms=action.timeout_ms,
        memory_mb=action.memory_mb,
        logs_mb=action.logs_mb,
    )
    assert update_action(action, draft, base_version=action.version, person=make_user()).starts == "second"
    with client_for(guest) as client:
        client.put_action(
            "starter", ActionSpec(kind="nodejs:20", code="exports.main = () => ({});"), overwrite=True
        )
    sync_namespace(guest)
    action.refresh_from_db()
    assert action.starts == ""
