"""What the forms for new entities would send, as commands: title, text and id of each box."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

from runtime_app.models import Namespace, Package, Rule, Trigger
from runtime_app.openwhisk import ActionPath, ActionSpec, InvalidName
from runtime_app.services.authoring.drafts import PROVIDE_KEY, ActionDraft, spec_for_new
from runtime_app.services.authoring.packages import PackageDraft
from runtime_app.services.authoring.sequences import SEQUENCE_KIND, SequenceDraft
from runtime_app.services.commands import packages as package_commands
from runtime_app.services.commands import wiring as wiring_commands
from runtime_app.services.commands.actions import aio_sequence
from runtime_app.services.commands.code_bodies import curl_put_action, file_of, put_url
from runtime_app.services.commands.shell import (
    aio,
    as_json,
    curl_put,
    lines,
    target,
    with_parameters,
)
from runtime_app.services.wiring.rules import RuleDraft
from runtime_app.services.wiring.triggers import TriggerDraft

Boxes = list[tuple[str, str, str]]


def for_action(namespace: Namespace, draft: ActionDraft, *, has_archive: bool = False) -> Boxes:
    """A new action. `has_archive`: its code is in an archive that was chosen, which is `$FILE` here."""
    file = file_of(draft, has_archive=has_archive)
    draft = replace(draft, is_binary=True) if has_archive else draft
    return [
        (
            "Create with curl",
            curl_put_action(put_url(namespace, draft.path), spec_for_new(draft), file),
            "new-curl",
        ),
        ("Create with aio", _aio_action(namespace, draft, file), "new-aio"),
    ]


def for_sequence(namespace: Namespace, draft: SequenceDraft) -> Boxes:
    """A new sequence; a component that is no path is left out."""
    components = tuple(path for path in map(qualified, draft.components) if path)
    body = ActionSpec(kind=SEQUENCE_KIND, components=components).to_json()
    return [
        ("Create with curl", curl_put(put_url(namespace, draft.path), body), "new-curl"),
        ("Create with aio", aio_sequence(namespace, draft.path, components), "new-aio"),
    ]


def for_trigger(namespace: Namespace, draft: TriggerDraft) -> Boxes:
    """A new trigger, with its alarm."""
    trigger = trigger_from(namespace, draft)
    curl = wiring_commands.curl_create_trigger(namespace, trigger, overwrite=False)
    return [
        ("Create with curl", curl, "new-curl"),
        ("Create with aio", wiring_commands.aio_create_trigger(namespace, trigger), "new-aio"),
    ]


def for_rule(namespace: Namespace, draft: RuleDraft, *, makes_trigger: bool) -> Boxes:
    """A new rule, after its trigger where that is made too."""
    rule = rule_from(namespace, draft)
    curl = wiring_commands.curl_create_rule(namespace, rule, overwrite=False)
    typed = wiring_commands.aio_create_rule(namespace, rule)
    if makes_trigger:
        trigger = Trigger(namespace=namespace, name=draft.trigger_name)
        curl_first = wiring_commands.curl_create_trigger(namespace, trigger, overwrite=False)
        aio_first = wiring_commands.aio_create_trigger(namespace, trigger)
        curl, typed = f"{curl_first} &&\n{curl}", f"{aio_first} &&\n{typed}"
    return [("Connect with curl", curl, "new-curl"), ("Connect with aio", typed, "new-aio")]


def for_package(namespace: Namespace, draft: PackageDraft) -> Boxes:
    """A new package or binding."""
    package = package_from(namespace, draft)
    curl = package_commands.curl_create(namespace, package)
    return [
        ("Create with curl", curl, "new-curl"),
        ("Create with aio", package_commands.aio_create(namespace, package), "new-aio"),
    ]


def _aio_action(namespace: Namespace, draft: ActionDraft, file: str) -> str:
    limits = f"-t {draft.timeout_ms} -m {draft.memory_mb} -l {draft.logs_mb}"
    main = [f"--main {shlex.quote(draft.main)}"] if draft.main else []
    return with_parameters(
        lines(
            f"{aio(namespace, changes=True)} action create {shlex.quote(draft.path)} {file}",
            f"--kind {shlex.quote(draft.kind)}",
            *main,
            limits if draft.concurrency is None else f"{limits} -c {draft.concurrency}",
        ),
        draft.parameters,
        f"-a {PROVIDE_KEY} {as_json(draft.provides_key)}",
        target(namespace),
    )


def trigger_from(namespace: Namespace, draft: TriggerDraft) -> Trigger:
    """The trigger of the draft, not kept."""
    return Trigger(
        namespace=namespace,
        name=draft.name,
        parameters=_listed(draft.parameters),
        feed=draft.feed.path if draft.feed else "",
        feed_parameters=draft.feed.parameters if draft.feed else {},
    )


def package_from(namespace: Namespace, draft: PackageDraft) -> Package:
    """The package of the draft, not kept."""
    return Package(
        namespace=namespace,
        name=draft.name,
        is_shared=draft.is_shared,
        binding=draft.binding,
        parameters=_listed(draft.parameters),
    )


def _listed(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in parameters.items()]


def qualified(component: str) -> str:
    """The component's path with its namespace; empty when it is no path."""
    try:
        return ActionPath.parse(component).qualified
    except InvalidName:
        return ""


def rule_from(namespace: Namespace, draft: RuleDraft) -> Rule:
    """The rule of the draft, not kept."""
    owner, path = _owner_and_path(draft.action_path)
    return Rule(
        namespace=namespace,
        name=draft.name,
        trigger_name=draft.trigger_name,
        action_path=path,
        action_namespace="" if owner in ("_", namespace.name) else owner,
    )


def _owner_and_path(action: str) -> tuple[str, str]:
    """`/namespace/package/name` in two; a path without a namespace is in one's own."""
    if not action.startswith("/"):
        return "_", action
    owner, _, path = action.removeprefix("/").partition("/")
    return owner, path
