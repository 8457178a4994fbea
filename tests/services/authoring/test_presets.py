"""Saving and deleting presets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime_app.models import AuditEntry, Preset, Verb
from runtime_app.services.authoring.presets import (
    PresetDraft,
    PresetExistsError,
    delete_preset,
    presets_of,
    save_preset,
)
from tests.factories import make_activation, make_namespace, make_user

pytestmark = pytest.mark.django_db
DRAFT = PresetDraft(action_path="resize", name="nightly", parameters={"width": 800}, waits=True)


def test_it_keeps_the_parameters_under_a_name() -> None:
    namespace, person = make_namespace(), make_user()
    preset = save_preset(namespace, DRAFT, person=person)
    assert presets_of(namespace, "resize") == [preset]
    assert (preset.parameters, preset.waits, preset.on_dashboard) == ({"width": 800}, True, True)
    assert preset.created_by == person
    assert AuditEntry.objects.get(verb=Verb.PRESET_SAVED).target == "resize: nightly"


def test_a_taken_name_is_refused() -> None:
    namespace, person = make_namespace(), make_user()
    save_preset(namespace, DRAFT, person=person)
    with pytest.raises(PresetExistsError):
        save_preset(namespace, replace(DRAFT, parameters={"width": 1}), person=person)
    assert Preset.objects.get().parameters == {"width": 800}
    assert AuditEntry.objects.count() == 1


def test_a_taken_name_is_replaced_on_request() -> None:
    namespace, first, second = make_namespace(), make_user("ann"), make_user("ben")
    save_preset(namespace, DRAFT, person=first)
    save_preset(namespace, replace(DRAFT, parameters={"width": 1}), person=second, replaces=True)
    preset = Preset.objects.get()
    assert preset.parameters == {"width": 1}
    assert preset.created_by == first


def test_the_same_name_serves_two_actions() -> None:
    namespace, person = make_namespace(), make_user()
    save_preset(namespace, DRAFT, person=person)
    save_preset(namespace, replace(DRAFT, action_path="crop"), person=person)
    assert Preset.objects.count() == 2


def test_deleting_keeps_the_launches() -> None:
    namespace, person = make_namespace(), make_user()
    preset = save_preset(namespace, DRAFT, person=person)
    activation = make_activation(namespace, preset=preset)
    delete_preset(preset, person=person)
    activation.refresh_from_db()
    assert activation.preset is None
    assert AuditEntry.objects.filter(verb=Verb.PRESET_DELETED, target="resize: nightly").exists()
