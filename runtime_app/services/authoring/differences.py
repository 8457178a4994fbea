"""How an action upstream differs from what a person wants to save."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from runtime_app.models import Action, AuditEntry
from runtime_app.openwhisk import RemoteAction
from runtime_app.services.authoring.actions import last_author
from runtime_app.services.authoring.drafts import ActionDraft, plain_parameters

# difflib's time grows with the square of the lines, so longer code is only said to differ.
MOST_LINES = 3_000
CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff. `sign` is `-` (only theirs), `+` (only mine), a space (both) or `@` (a gap)."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A setting that differs, in the words of the form."""

    name: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The other side's version beside mine. `author` is None when it was changed outside this panel."""

    version: str
    updated_ms: int | None
    author: AuditEntry | None
    fields: list[FieldDifference]
    code: list[DiffLine]
    code_note: str = ""


def conflict_between(action: Action, theirs: RemoteAction, draft: ActionDraft) -> Conflict:
    """Compare. `action` is the cached row, already at the version of `theirs`."""
    code, note = _code_differences(theirs, draft)
    return Conflict(
        version=theirs.version,
        updated_ms=theirs.updated_ms,
        author=last_author(action),
        fields=list(_field_differences(theirs, draft)),
        code=code,
        code_note=note,
    )


def diff_lines(theirs: str, mine: str) -> list[DiffLine]:
    """A unified diff from `theirs` to `mine`, without the file names."""
    lines = difflib.unified_diff(theirs.splitlines(), mine.splitlines(), lineterm="", n=CONTEXT_LINES)
    return [DiffLine(line[0], line[1:]) for line in list(lines)[2:]]


def _code_differences(theirs: RemoteAction, draft: ActionDraft) -> tuple[list[DiffLine], str]:
    if draft.code is None or theirs.code is None or draft.code == theirs.code:
        return [], ""
    if theirs.binary or draft.is_binary:
        return [], "The code differs; archives cannot be compared line by line."
    if max(theirs.code.count("\n"), draft.code.count("\n")) > MOST_LINES:
        return [], f"The code differs; it is longer than {MOST_LINES:,} lines, too long to compare here."
    return diff_lines(theirs.code, draft.code), ""


def _field_differences(theirs: RemoteAction, draft: ActionDraft) -> Iterator[FieldDifference]:
    concurrency = theirs.limits.concurrency
    pairs = (
        ("Kind", theirs.kind, draft.kind),
        ("Entry function", theirs.main or "main", draft.main or "main"),
        ("Timeout", _seconds(theirs.limits.timeout_ms), _seconds(draft.timeout_ms)),
        ("Memory", f"{theirs.limits.memory_mb} MB", f"{draft.memory_mb} MB"),
        ("Log size", f"{theirs.limits.logs_mb} MB", f"{draft.logs_mb} MB"),
        ("Concurrency", str(concurrency or 1), str(draft.concurrency or concurrency or 1)),
        ("Default parameters", _shown(plain_parameters(theirs.parameters)), _shown(draft.parameters)),
    )
    return (FieldDifference(name, old, new) for name, old, new in pairs if old != new)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g} s"


def _shown(parameters: dict[str, object]) -> str:
    return json.dumps(parameters, ensure_ascii=False, indent=1)
