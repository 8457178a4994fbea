"""Presets: parameters under a name that launch an action with one click, shared by the team."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from runtime_app.models import AuditEntry, Namespace, Preset, User, Verb


class PresetExistsError(Exception):
    """There is a preset of this name already, and nobody asked to replace it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetDraft:
    """What a preset is to hold. `waits`: launch as a blocking call.

    It belongs to an action or, when `trigger_name` is given, to a trigger.
    """

    name: str
    action_path: str = ""
    trigger_name: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    waits: bool = False
    on_dashboard: bool = True


def save_preset(namespace: Namespace, draft: PresetDraft, *, person: User, replaces: bool = False) -> Preset:
    """Store the preset, over the one of this name when `replaces`.

    Raises:
        PresetExistsError: the name is taken.
    """
    key = {
        "namespace": namespace,
        "action_path": draft.action_path,
        "trigger_name": draft.trigger_name,
        "name": draft.name,
    }
    values = {"parameters": draft.parameters, "waits": draft.waits, "on_dashboard": draft.on_dashboard}
    with transaction.atomic():
        if replaces:
            created = {**values, "created_by": person}
            preset, _ = Preset.objects.update_or_create(**key, defaults=values, create_defaults=created)
        else:
            preset = _insert(Preset(**key, **values, created_by=person))
        _record(Verb.PRESET_SAVED, preset, person)
    return preset


def delete_preset(preset: Preset, *, person: User) -> None:
    """Remove the preset; launches that used it stay in the history."""
    with transaction.atomic():
        _record(Verb.PRESET_DELETED, preset, person)
        preset.delete()


def presets_of(namespace: Namespace, action_path: str) -> list[Preset]:
    """The presets of one action, by name."""
    return list(Preset.objects.filter(namespace=namespace, action_path=action_path))


def payloads_of(namespace: Namespace, trigger_name: str) -> list[Preset]:
    """The payloads that are saved for one trigger, by name."""
    return list(Preset.objects.filter(namespace=namespace, trigger_name=trigger_name))


def _insert(preset: Preset) -> Preset:
    try:
        with transaction.atomic():
            preset.save(force_insert=True)
    except IntegrityError as error:
        raise PresetExistsError(preset.name) from error
    return preset


def _record(verb: Verb, preset: Preset, person: User) -> None:
    target = f"{preset.trigger_name or preset.action_path}: {preset.name}"
    AuditEntry.record(verb, person=person, namespace=preset.namespace, target=target)
