"""What the forms that change something would send, as commands: title, text and id of each box.

They say what differs from what is known of the runtime, as the form itself would send it.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any, TypeVar

from runtime_app.models import FEED_ANNOTATION, Action, Package, Rule, Trigger
from runtime_app.openwhisk import ActionSpec, Parameter
from runtime_app.services.authoring.actions import code_of
from runtime_app.services.authoring.drafts import (
    PROVIDE_KEY,
    ActionDraft,
    EncryptedParametersError,
    editable_parameters,
    provides_key,
    refuse_unreadable,
)
from runtime_app.services.authoring.inheritance import inherited_by
from runtime_app.services.authoring.packages import PackageDraft
from runtime_app.services.authoring.sequences import SEQUENCE_KIND, SequenceDraft
from runtime_app.services.commands import packages as package_commands
from runtime_app.services.commands import wiring as wiring_commands
from runtime_app.services.commands.actions import aio_sequence
from runtime_app.services.commands.code_bodies import curl_put_action, file_of, put_url
from runtime_app.services.commands.creating import (
    Boxes,
    package_from,
    qualified,
    rule_from,
    trigger_from,
)
from runtime_app.services.commands.shell import aio, as_json, curl_put, lines, option, target, with_parameters
from runtime_app.services.wiring.feeds import takes_back
from runtime_app.services.wiring.rules import RuleDraft
from runtime_app.services.wiring.triggers import TriggerDraft

Draft = TypeVar("Draft", ActionDraft, TriggerDraft, PackageDraft)
# The CLI leaves an empty set out, and the runtime then keeps the old one.
NO_EMPTY_SET = "# aio cannot take the last parameter away; curl does."


def for_action(action: Action, draft: ActionDraft, *, has_archive: bool = False) -> Boxes:
    """An action as it is to be. `has_archive`: its code is in an archive that was chosen, `$FILE` here."""
    before = editable_parameters(action, inherited_by(action))
    draft, note = _readable(draft, before, action.parameters)
    spec = _action_spec(action, draft, before, is_new_code=has_archive)
    file = file_of(draft, has_archive=has_archive)
    curl = curl_put_action(f"{put_url(action.namespace, action.path)}?overwrite=true", spec, file)
    return _boxes(note + curl, note + _aio_action(action, draft, spec, file))


def for_sequence(action: Action, draft: SequenceDraft) -> Boxes:
    """A sequence with these steps; one that is no path is left out."""
    namespace, components = action.namespace, tuple(path for path in map(qualified, draft.components) if path)
    body = ActionSpec(kind=SEQUENCE_KIND, components=components).to_json()
    return _boxes(
        curl_put(f"{put_url(namespace, action.path)}?overwrite=true", body),
        aio_sequence(namespace, action.path, components, exists=True),
    )


def for_trigger(trigger: Trigger, draft: TriggerDraft) -> Boxes:
    """A trigger with these parameters, after its feeds were told what they have to do from now on."""
    draft, note = _readable(draft, trigger.default_parameters, trigger.parameters)
    namespace, wanted = trigger.namespace, trigger_from(trigger.namespace, draft)
    told = _feed_events(trigger, wanted)
    annotations = {key: value for key, value in trigger.annotations.items() if key != FEED_ANNOTATION}
    if wanted.feed:
        annotations[FEED_ANNOTATION] = wanted.feed
    body = {"annotations": _listed(annotations)}
    if draft.parameters != trigger.default_parameters:
        body["parameters"] = _listed(draft.parameters)
    url = f"{wiring_commands.trigger_url(namespace, trigger.name)}?overwrite=true"
    curl = [
        *(wiring_commands.curl_tell_feed(namespace, item, event=event) for item, event in told),
        curl_put(url, body),
    ]
    typed = [
        *(wiring_commands.aio_tell_feed(namespace, item, event) for item, event in told),
        _aio_trigger(trigger, wanted, annotations),
    ]
    return _boxes(note + " &&\n".join(curl), note + " &&\n".join(typed))


def for_rule(rule: Rule, draft: RuleDraft, *, makes_trigger: bool) -> Boxes:
    """A rule with these ends, after its trigger where that is made first; and switching it on or off."""
    namespace, wanted = rule.namespace, rule_from(rule.namespace, draft)
    curl = wiring_commands.curl_create_rule(namespace, wanted)
    typed = wiring_commands.aio_create_rule(namespace, wanted, exists=True)
    if makes_trigger:
        trigger = Trigger(namespace=namespace, name=draft.trigger_name)
        curl_first = wiring_commands.curl_create_trigger(namespace, trigger, overwrite=False)
        curl = f"{curl_first} &&\n{curl}"
        typed = f"{wiring_commands.aio_create_trigger(namespace, trigger)} &&\n{typed}"
    switch = "Switch it off" if rule.is_active else "Switch it on"
    return [
        *_boxes(curl, typed),
        (f"{switch} with curl", wiring_commands.curl_switch_rule(namespace, rule), "rule-switch-curl"),
        (f"{switch} with aio", wiring_commands.aio_switch_rule(namespace, rule), "rule-switch-aio"),
    ]


def for_package(package: Package, draft: PackageDraft) -> Boxes:
    """A package or binding as it is to be. The CLI can point a binding elsewhere only by making it anew."""
    draft, note = _readable(draft, package.own_parameters, package.parameters)
    namespace, wanted = package.namespace, package_from(package.namespace, draft)
    is_same = draft.parameters == package.own_parameters
    body = package_commands.body_of(wanted, with_parameters=not is_same)
    curl = curl_put(f"{package_commands.package_url(namespace, package.name)}?overwrite=true", body)
    if package.is_binding and draft.binding != package.binding:
        _, gone, _ = package_commands.delete_commands(namespace, package, with_actions=False)[1]
        return _boxes(note + curl, f"{note}{gone} &&\n{package_commands.aio_create(namespace, wanted)}")
    shared = "" if package.is_binding else f" --shared {'yes' if wanted.is_shared else 'no'}"
    start = f"{aio(namespace)} package update {shlex.quote(package.name)}{shared}"
    typed = with_parameters(start, {} if is_same else draft.parameters, target(namespace))
    return _boxes(note + curl, note + _noting_empty(typed, package.own_parameters, draft.parameters))


def _boxes(curl: str, typed: str) -> Boxes:
    return [("Save with curl", curl, "edit-curl"), ("Save with aio", typed, "edit-aio")]


def _readable(draft: Draft, before: dict[str, Any], cached: list[dict[str, Any]]) -> tuple[Draft, str]:
    """The draft, and a comment: with the parameters of `before` where the form would refuse other ones.

    A value that the platform shows only encrypted would be stored as the encrypted text.
    """
    shown = (
        Parameter(item["key"], item.get("value"), bool(item.get("init")), bool(item.get("encrypted")))
        for item in cached
    )
    try:
        if draft.parameters != before:
            refuse_unreadable(tuple(shown), draft.parameters)
    except EncryptedParametersError as error:
        # A line end in a name would end the comment.
        return replace(draft, parameters=before), f"# {' '.join(str(error).split())}\n"
    return draft, ""


def _action_spec(
    action: Action, draft: ActionDraft, parameters: dict[str, Any], *, is_new_code: bool
) -> ActionSpec:
    """The limits, and what else differs: whatever a PUT leaves out stays. `parameters` are its own now."""
    code_now = code_of(action) or ""
    code = draft.code if draft.code is not None else code_now
    before = (action.kind, action.main, action.is_binary, code_now)
    is_binary = is_new_code or (action.is_binary if draft.code is None else draft.is_binary)
    has_code = action.kind != "blackbox"
    sends_code = has_code and (is_new_code or before != (draft.kind, draft.main, is_binary, code))
    return ActionSpec(
        kind=draft.kind if sends_code else None,
        code=code if sends_code else None,
        binary=is_binary,
        main=draft.main or None,
        parameters=None if draft.parameters == parameters else _action_parameters(action, draft),
        annotations=None
        if draft.provides_key == provides_key(action.annotations)
        else {PROVIDE_KEY: draft.provides_key},
        limits=draft.limits,
    )


def _action_parameters(action: Action, draft: ActionDraft) -> tuple[Parameter, ...]:
    """The whole list with those for initialisation, for a PUT replaces it."""
    for_init = (Parameter.from_json(item) for item in action.parameters if item.get("init"))
    return (*for_init, *(Parameter(key, value) for key, value in draft.parameters.items()))


def _aio_action(action: Action, draft: ActionDraft, spec: ActionSpec, file: str) -> str:
    namespace = action.namespace
    start = f"{aio(namespace, changes=True)} action update {shlex.quote(action.path)}"
    if spec.kind is not None:
        main = [f"--main {shlex.quote(draft.main)}"] if draft.main else []
        start = lines(f"{start} {file}", f"--kind {shlex.quote(draft.kind)}", *main)
    limits = f"-t {draft.timeout_ms} -m {draft.memory_mb} -l {draft.logs_mb}"
    start = lines(start, limits if draft.concurrency is None else f"{limits} -c {draft.concurrency}")
    given = spec.parameters or ()
    rest = [f"-e{option(item.key, item.value).removeprefix('-p')}" for item in given if item.init]
    if spec.annotations is not None:
        rest.append(f"-a {PROVIDE_KEY} {as_json(draft.provides_key)}")
    typed = {item.key: item.value for item in given if not item.init}
    text = with_parameters(start, typed, *rest, target(namespace))
    return text if spec.parameters is None or given else f"{NO_EMPTY_SET}\n{text}"


def _aio_trigger(trigger: Trigger, wanted: Trigger, annotations: dict[str, Any]) -> str:
    """`aio rt trigger update`, whose annotations replace all that are there."""
    noted = {}
    if wanted.feed != trigger.feed:
        # None at all would leave the old ones; an empty feed is none.
        noted = annotations or {FEED_ANNOTATION: ""}
    start = f"{aio(trigger.namespace, changes=True)} trigger update {shlex.quote(trigger.name)}"
    rest = [f"-a{option(key, value).removeprefix('-p')}" for key, value in noted.items()]
    after = wanted.default_parameters
    given = {} if after == trigger.default_parameters else after
    text = with_parameters(start, given, *rest, target(trigger.namespace))
    return _noting_empty(text, trigger.default_parameters, after)


def _feed_events(trigger: Trigger, wanted: Trigger) -> list[tuple[Trigger, str]]:
    """What the old and the new feed have to be told, each with the trigger that knows its settings."""
    before, after = trigger.feed_parameters, wanted.feed_parameters
    if wanted.feed and wanted.feed == trigger.feed and not takes_back(before, after):
        return [(wanted, "UPDATE")] if after != before else []
    old = [(trigger, "DELETE")] if trigger.feed else []
    return [*old, (wanted, "CREATE")] if wanted.feed else old


def _noting_empty(text: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    return f"{NO_EMPTY_SET}\n{text}" if before and not after else text


def _listed(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]
