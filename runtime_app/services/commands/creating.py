"""What the forms for new entities would send, as commands: title, text and id of each box."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

from runtime_app.models import Namespace, Package, Rule, Trigger
from runtime_app.openwhisk import ActionPath, ActionSpec, InvalidName
from runtime_app.openwhisk.names import quote_name
from runtime_app.services.authoring.drafts import PROVIDE_KEY, ActionDraft, spec_for_new
from runtime_app.services.authoring.packages import PackageDraft
from runtime_app.services.authoring.sequences import SEQUENCE_KIND, SequenceDraft
from runtime_app.services.commands import packages as package_commands
from runtime_app.services.commands import wiring as wiring_commands
from runtime_app.services.commands.actions import action_url, aio_sequence
from runtime_app.services.commands.shell import (
    KEY_VARIABLE,
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
# Longer code is read from a file instead.
INLINE_CHARACTERS = 1_500
CHOSEN_ARCHIVE = '"$FILE"'
# What stands for the code until the file is read; no JSON text has a control character in it.
_CODE = "\x00code\x00"
_SUFFIXES = {"nodejs": "js", "python": "py"}


def for_action(namespace: Namespace, draft: ActionDraft, *, has_archive: bool = False) -> Boxes:
    """A new action. `has_archive`: its code is in an archive that was chosen, which is `$FILE` here."""
    file = CHOSEN_ARCHIVE if has_archive else shlex.quote(_file_name(draft))
    draft = replace(draft, is_binary=True) if has_archive else draft
    return [
        ("Create with curl", _curl_action(namespace, draft, file), "new-curl"),
        ("Create with aio", _aio_action(namespace, draft, file), "new-aio"),
    ]


def for_sequence(namespace: Namespace, draft: SequenceDraft) -> Boxes:
    """A new sequence; a component that is no path is left out."""
    components = tuple(path for path in map(_qualified, draft.components) if path)
    body = ActionSpec(kind=SEQUENCE_KIND, components=components).to_json()
    return [
        ("Create with curl", curl_put(_url(namespace, draft.path), body), "new-curl"),
        ("Create with aio", aio_sequence(namespace, draft.path, components), "new-aio"),
    ]


def for_trigger(namespace: Namespace, draft: TriggerDraft) -> Boxes:
    """A new trigger, with its alarm."""
    trigger = _trigger(namespace, draft)
    curl = wiring_commands.curl_create_trigger(namespace, trigger, overwrite=False)
    return [
        ("Create with curl", curl, "new-curl"),
        ("Create with aio", wiring_commands.aio_create_trigger(namespace, trigger), "new-aio"),
    ]


def for_rule(namespace: Namespace, draft: RuleDraft, *, makes_trigger: bool) -> Boxes:
    """A new rule, after its trigger where that is made too."""
    owner, path = _owner_and_path(draft.action_path)
    rule = Rule(
        namespace=namespace,
        name=draft.name,
        trigger_name=draft.trigger_name,
        action_path=path,
        action_namespace="" if owner in ("_", namespace.name) else owner,
    )
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
    package = Package(
        namespace=namespace,
        name=draft.name,
        is_shared=draft.is_shared,
        binding=draft.binding,
        parameters=_listed(draft.parameters),
    )
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


def _curl_action(namespace: Namespace, draft: ActionDraft, file: str) -> str:
    url, body = _url(namespace, draft.path), spec_for_new(draft).to_json()
    if not draft.is_binary and len(draft.code or "") <= INLINE_CHARACTERS:
        return curl_put(url, body)
    body = spec_for_new(replace(draft, code=_CODE)).to_json()
    # A JSON text is a jq program too, in which a dot is what was read.
    program = as_json(body).replace(as_json(_CODE), ".")
    read = f"jq -Rs {shlex.quote(program)} {file}"
    if draft.is_binary:
        read = f"base64 {file} | tr -d '\\n' | jq -Rs {shlex.quote(program)}"
    sent = lines(
        f'curl -u "{KEY_VARIABLE}" -X PUT {shlex.quote(url)}',
        "-H 'Content-Type: application/json'",
        "-d @-",
    )
    return f"{read} |\n{sent}"


def _url(namespace: Namespace, path: str) -> str:
    """Also of a name that is half typed, or that no platform would take."""
    try:
        return action_url(namespace, path)
    except InvalidName:
        return f"{namespace.api_host}/api/v1/namespaces/_/actions/{quote_name(path)}"


def _file_name(draft: ActionDraft) -> str:
    suffix = "zip" if draft.is_binary else _SUFFIXES.get(draft.kind.partition(":")[0], "txt")
    return f"{draft.path.rpartition('/')[2]}.{suffix}"


def _trigger(namespace: Namespace, draft: TriggerDraft) -> Trigger:
    return Trigger(
        namespace=namespace,
        name=draft.name,
        parameters=_listed(draft.parameters),
        feed=draft.feed.path if draft.feed else "",
        feed_parameters=draft.feed.parameters if draft.feed else {},
    )


def _listed(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in parameters.items()]


def _qualified(component: str) -> str:
    try:
        return ActionPath.parse(component).qualified
    except InvalidName:
        return ""


def _owner_and_path(action: str) -> tuple[str, str]:
    """`/namespace/package/name` in two; a path without a namespace is in one's own."""
    if not action.startswith("/"):
        return "_", action
    owner, _, path = action.removeprefix("/").partition("/")
    return owner, path
