"""An action's settings by the names of its form, and who of two people has changed which."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.models import Action
from runtime_app.openwhisk import RemoteAction
from runtime_app.services.authoring.drafts import (
    ActionDraft,
    editable_parameters,
    plain_parameters,
    provides_key,
    without_inherited,
)

# What is not known, or was left as it is, has no key.
Settings = dict[str, Any]
Marks = Mapping[str, str]
CODE = "code"
LABELS = {
    "kind": "Kind",
    "main": "Entry function",
    "timeout": "Timeout",
    "memory": "Memory",
    "logs": "Log size",
    "concurrency": "Concurrency",
    "parameters": "Default parameters",
    "provides_key": "The namespace's key",
    CODE: "Code",
}
MARK_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Comparison:
    """Names of settings, in the order of `LABELS`: changed by both in different ways, and only by them."""

    both: tuple[str, ...]
    theirs: tuple[str, ...]


def settings_of(remote: RemoteAction, inherited: dict[str, Any]) -> Settings:
    """As they are upstream. `inherited` are the default parameters of its package."""
    limits = remote.limits
    return _known(
        kind=remote.kind,
        main=remote.main or "main",
        timeout=limits.timeout_ms,
        memory=limits.memory_mb,
        logs=limits.logs_mb,
        concurrency=limits.concurrency or 1,
        parameters=without_inherited(plain_parameters(remote.parameters), inherited),
        provides_key=provides_key(remote.annotations),
        code=remote.code,
    )


def settings_here(action: Action, code: str | None, inherited: dict[str, Any]) -> Settings:
    """As they are cached; `code` is None when the runtime does not give it out."""
    return _known(
        kind=action.kind,
        main=action.main or "main",
        timeout=action.timeout_ms,
        memory=action.memory_mb,
        logs=action.logs_mb,
        concurrency=action.concurrency,
        parameters=editable_parameters(action, inherited),
        provides_key=provides_key(action.annotations),
        code=code,
    )


def settings_wanted(draft: ActionDraft) -> Settings:
    """As somebody wants them."""
    return _known(
        kind=draft.kind,
        main=draft.main or "main",
        timeout=draft.timeout_ms,
        memory=draft.memory_mb,
        logs=draft.logs_mb,
        concurrency=draft.concurrency,
        parameters=draft.parameters,
        provides_key=draft.provides_key,
        code=draft.code,
    )


def marks_of(settings: Settings) -> dict[str, str]:
    """A short text for each value, by which it is known again without being kept."""
    return {name: _mark(value) for name, value in settings.items()}


def compare(base: Marks, theirs: Settings, mine: Settings) -> Comparison:
    """Who has changed what since `base`. What has no mark there, both have changed where they differ."""
    both, only_theirs = [], []
    for name in LABELS:
        if name not in theirs or theirs[name] == mine.get(name):
            continue
        their_mark, began = _mark(theirs[name]), base.get(name)
        if name not in mine or began == _mark(mine[name]):
            only_theirs += [name] if began is not None and began != their_mark else []
        elif began != their_mark:
            both.append(name)
    return Comparison(tuple(both), tuple(only_theirs))


def in_words(name: str, settings: Settings) -> str:
    """The value of a setting, as the form would say it; empty for what is not known."""
    value = settings.get(name)
    if value is None:
        return ""
    if name == "timeout":
        return f"{value / 1000:g} s"
    if name in ("memory", "logs"):
        return f"{value} MB"
    if name == "provides_key":
        return "given to the code" if value else "not given"
    return json.dumps(value, ensure_ascii=False, indent=1) if name == "parameters" else str(value)


def _known(**values: Any) -> Settings:
    return {name: value for name, value in values.items() if value is not None}


def _mark(value: Any) -> str:
    if isinstance(value, str):  # Browsers send line ends of their own.
        value = value.replace("\r\n", "\n")
    text = json.dumps(value, sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()[:MARK_CHARACTERS]
