"""What stands in the form of an action before anybody types: for a new one, or as one is upstream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from runtime_app.forms.units import split_ms
from runtime_app.models import Action, Namespace
from runtime_app.services.authoring.actions import code_of
from runtime_app.services.authoring.drafts import editable_parameters, provides_key
from runtime_app.services.authoring.inheritance import inherited_by
from runtime_app.services.authoring.settings import LABELS, marks_of, settings_here
from runtime_app.services.connecting.limits import action_ranges, default_kind, offered_kinds

MOST_MARKS_CHARACTERS = 2_000
NEW_CODE = {
    "nodejs": """\
function main(args) {
  console.log("Started with", args);
  return { greeting: `Hello ${args.name || "world"}` };
}

exports.main = main;
""",
    "python": """\
def main(args):
    print("Started with", args)
    return {"greeting": f"Hello {args.get('name', 'world')}"}
""",
}


def initial_values(namespace: Namespace, action: Action | None) -> dict[str, Any]:
    ranges = action_ranges(namespace)
    if action is None:
        amount, unit = split_ms(ranges.timeout_ms.usual)
        kind = default_kind(namespace)
        return {
            "kind": kind,
            "code": NEW_CODE.get(kind.partition(":")[0], ""),
            "timeout": amount,
            "timeout_unit": unit,
            "memory": ranges.memory_mb.usual,
            "logs": ranges.logs_mb.usual,
        }
    amount, unit = split_ms(action.timeout_ms)
    return {
        "name": action.path,
        "kind": action.kind,
        "main": action.main,
        "timeout": amount,
        "timeout_unit": unit,
        "memory": action.memory_mb,
        "logs": action.logs_mb,
        "concurrency": action.concurrency,
        "parameters": editable_parameters(action, inherited_by(action)),
        "provides_key": provides_key(action.annotations),
        "code": "" if action.is_binary else code_of(action) or "",
        "base_version": action.version,
        "base": marks_text(action),
    }


def kind_choices(namespace: Namespace, action: Action | None) -> list[tuple[str, str]]:
    choices = [
        (kind.name, f"{kind.name}{' (deprecated)' if kind.is_deprecated else ''}")
        for kind in offered_kinds(namespace)
    ]
    if action is not None and action.kind not in dict(choices):
        choices.insert(0, (action.kind, action.kind))
    return choices


def marks_text(action: Action) -> str:
    """What the person begins with, as the form carries it along: see `services/authoring/settings.py`."""
    return json.dumps(marks_of(settings_here(action, code_of(action), inherited_by(action))))


def marks_from(text: str) -> Mapping[str, str] | None:
    """The marks in `text`; None when it holds none, since anybody may send it."""
    try:
        marks = json.loads(text) if len(text) <= MOST_MARKS_CHARACTERS else None
    except (ValueError, RecursionError):
        return None
    return {str(key): str(value) for key, value in marks.items()} if isinstance(marks, dict) else None


def values_of(action: Action, settings: Iterable[str]) -> dict[str, Any]:
    """What a browser would send for these settings if they stood in the form as they are upstream now."""
    wanted = [name for name in settings if name in LABELS]
    known = initial_values(action.namespace, action)
    values = {name: known[name] for name in wanted}
    if "timeout" in values:
        values["timeout_unit"] = known["timeout_unit"]
    if "parameters" in values:
        values["parameters"] = json.dumps(values["parameters"], indent=2, ensure_ascii=False)
    return values
