"""Everybody who looks learns that triggers, rules, packages or actions are others than before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime_app.models import Namespace, Package, Role, Rule, Trigger, User
from runtime_app.services.authoring.packages import PackageDraft, create_package, delete_package
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.wiring.rules import (
    RuleDraft,
    create_rule,
    delete_rule,
    repoint_rule,
    set_rule_active,
)
from runtime_app.services.wiring.triggers import (
    TriggerDraft,
    create_trigger,
    delete_trigger,
    update_trigger,
)
from tests.factories import member
from tests.wiring import wire_upstream

LISTEN = RuleDraft(name="upload-resize", trigger_name="upload", action_path="resize")


@pytest.fixture
def person(guest: Namespace) -> User:
    return member(guest, Role.EDITOR, "eve")


def tells(namespace: Namespace, work: Callable[[], Any]) -> bool:
    """Whether `work` let the pages of the namespace know."""
    Namespace.objects.filter(pk=namespace.pk).update(rewired_at=None)
    work()
    namespace.refresh_from_db()
    return namespace.rewired_at is not None


def test_a_sync_tells_only_when_it_has_found_something(guest: Namespace) -> None:
    with client_for(guest) as client:
        wire_upstream(client)
    assert tells(guest, lambda: sync_namespace(guest))
    assert not tells(guest, lambda: sync_namespace(guest))
    with client_for(guest) as client:
        client.set_rule_status("upload-resize", active=False)
    assert tells(guest, lambda: sync_namespace(guest))


def test_every_deed_with_rules_tells(guest: Namespace, person: User) -> None:
    with client_for(guest) as client:
        wire_upstream(client)
        client.delete_rule("upload-resize")
    sync_namespace(guest)
    assert tells(guest, lambda: create_rule(guest, LISTEN, person=person))
    rule = Rule.objects.get()
    assert tells(guest, lambda: set_rule_active(rule, False, person=person))
    assert tells(guest, lambda: repoint_rule(rule, LISTEN, person=person))
    assert tells(guest, lambda: delete_rule(rule, person=person))


def test_every_deed_with_triggers_and_packages_tells(guest: Namespace, person: User) -> None:
    draft = TriggerDraft(name="upload")
    assert tells(guest, lambda: create_trigger(guest, draft, person=person))
    trigger = Trigger.objects.get()
    version = trigger.version
    assert tells(guest, lambda: update_trigger(trigger, draft, base_version=version, person=person))
    assert tells(guest, lambda: delete_trigger(trigger, person=person))
    assert tells(guest, lambda: create_package(guest, PackageDraft(name="images"), person=person))
    assert tells(guest, lambda: delete_package(Package.objects.get(), person=person))
