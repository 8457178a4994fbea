"""What a form would send as it stands, also while it is half typed: for the commands beside it.

A bound form must have been asked `is_valid()`. Where something is changed, what cannot be read yet stays as
it is; of something new it is left out. Names stand as they are typed.
"""

from __future__ import annotations

from typing import Any

from django import forms

from runtime_app.forms.actions import ActionForm
from runtime_app.forms.packages import BINDING, PackageForm
from runtime_app.forms.rules import RuleForm
from runtime_app.forms.schedules import ScheduleForm
from runtime_app.forms.sequences import SequenceForm
from runtime_app.forms.triggers import BY_HAND, TriggerForm
from runtime_app.models import Action, Preset
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.packages import PackageDraft
from runtime_app.services.authoring.sequences import SequenceDraft
from runtime_app.services.wiring.alarms import Alarm, AlarmKind
from runtime_app.services.wiring.feeds import Feed
from runtime_app.services.wiring.rules import RuleDraft
from runtime_app.services.wiring.triggers import TriggerDraft

# What a command stands on is not left out when it is refused, but shown as it was typed.
NAMES = ("name", "kind", "action", "other_action", "trigger", "new_trigger", "target", "code", "upload")
WHEN = {AlarmKind.ALARM: "cron", AlarmKind.INTERVAL: "minutes", AlarmKind.ONCE: "date"}


def given(form: forms.Form, name: str) -> Any:
    """What a field says; while that cannot be read what is there, or None of something new and of names."""
    if form.is_bound and name in form.cleaned_data:
        return form.cleaned_data[name]
    if form.is_bound and (name in NAMES or not _exists(form)):
        return None
    return form.get_initial_for_field(form.fields[name], name)


def unread(form: forms.Form) -> list[str]:
    """The labels of the fields that say something which cannot be read yet."""
    refused = [name for name in form.errors if name in form.fields and name not in NAMES]
    return [str(form.fields[name].label) for name in refused if form[name].value()]


def action_draft(form: ActionForm) -> ActionDraft:
    """An action; of one that exists `code` is None where its archive is kept."""
    ranges, source = form.ranges, form.source
    typed = form["code"].value() or ""
    keeps_code = source is None and form.is_binary and not typed.strip()
    return ActionDraft(
        path=_typed(form, "name"),
        kind=given(form, "kind") or str(form["kind"].value() or ""),
        code=source.text if source else None if keeps_code else typed,
        is_binary=source.is_binary if source else keeps_code,
        main=given(form, "main") or "",
        timeout_ms=_timeout_ms(form),
        memory_mb=given(form, "memory") or ranges.memory_mb.usual,
        logs_mb=ranges.logs_mb.usual if given(form, "logs") is None else given(form, "logs"),
        concurrency=given(form, "concurrency"),
        parameters=given(form, "parameters") or {},
        provides_key=bool(given(form, "provides_key")),
    )


def sequence_draft(form: SequenceForm) -> SequenceDraft:
    """A sequence with its steps so far."""
    return SequenceDraft(path=_typed(form, "name"), components=tuple(form.components))


def trigger_draft(form: TriggerForm) -> TriggerDraft:
    """A trigger, with an alarm once it is known when that is to fire."""
    parameters = given(form, "parameters") or {}
    return TriggerDraft(name=_typed(form, "name"), parameters=parameters, feed=_feed(form))


def rule_draft(form: RuleForm) -> tuple[RuleDraft, bool]:
    """A rule, and whether its trigger is made too."""
    trigger, action = str(given(form, "trigger") or ""), str(given(form, "action") or "")
    trigger_name = trigger or _typed(form, "new_trigger")
    path = action or str(given(form, "other_action") or form["other_action"].value() or "").strip()
    path = path or "my-worker"
    name = str(form["name"].value() or "").strip() or f"{trigger_name}-to-{path.rpartition('/')[2]}"
    return RuleDraft(name=name, trigger_name=trigger_name, action_path=path), not trigger


def package_draft(form: PackageForm) -> PackageDraft:
    """A package or binding."""
    return PackageDraft(
        name=_typed(form, "name"),
        parameters=given(form, "parameters") or {},
        is_shared=bool(given(form, "is_shared")),
        binding=_typed(form, "target").strip("/") if given(form, "kind") == BINDING else "",
    )


def scheduled_launch(form: ScheduleForm) -> tuple[str, dict[str, Any]]:
    """The path of the action that a schedule launches, and with what; no path until one is chosen."""
    action, preset = given(form, "action"), given(form, "preset")
    if not form.is_bound:  # What the address names, which anybody may write.
        preset = _preset_of(form, preset)
        action = Action.objects.present().filter(namespace=form.namespace, path=str(action or "")).first()
    path = action.path if action else ""
    return path, preset.parameters if isinstance(preset, Preset) else given(form, "parameters") or {}


def _exists(form: forms.Form) -> bool:
    """Whether the form changes something that exists: names stay."""
    return form.fields["name"].disabled


def _typed(form: forms.Form, name: str) -> str:
    """A name as it is or was typed; the example in its field while it is empty."""
    text = str(given(form, name) or form[name].value() or "").strip()
    return text or str(form.fields[name].widget.attrs["placeholder"])


def _timeout_ms(form: ActionForm) -> int:
    """As typed; while that cannot be read as it is, or for a new action as is usual."""
    typed = form.cleaned_data.get("timeout_ms") if form.is_bound else None
    return typed or (form.action.timeout_ms if form.action else form.ranges.timeout_ms.usual)


def _feed(form: TriggerForm) -> Feed | None:
    """The alarm; of a trigger that has a feed that one, while it cannot be read what is to take its place."""
    schedule, trigger = given(form, "schedule"), form.trigger
    if schedule == BY_HAND:
        return None
    when = WHEN.get(schedule)
    if when is None or when in form.errors or not given(form, when):
        return Feed(trigger.feed, trigger.feed_parameters) if trigger and trigger.feed else None
    alarm = Alarm(
        kind=AlarmKind(schedule),
        cron=given(form, "cron") or "",
        minutes=given(form, "minutes"),
        date=given(form, "date"),
        payload=given(form, "payload") or {},
    )
    return form.with_what_was_told_elsewhere(alarm).feed


def _preset_of(form: ScheduleForm, pk: Any) -> Preset | None:
    text = str(pk)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return Preset.objects.filter(namespace=form.namespace, pk=int(text)).first()
