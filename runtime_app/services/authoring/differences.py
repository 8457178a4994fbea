"""How an action upstream differs from what a person wants to save."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from runtime_app.models import Action, AuditEntry
from runtime_app.openwhisk import RemoteAction
from runtime_app.services.authoring.actions import last_author
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.inheritance import inherited_by
from runtime_app.services.authoring.settings import (
    CODE,
    LABELS,
    Marks,
    compare,
    in_words,
    settings_of,
    settings_wanted,
)

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
    """A setting by the `key` of its field, in the words of the form; `mine` is empty if I left it alone."""

    key: str
    name: str
    theirs: str
    mine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The other side's version beside mine. `author` is None when it was changed outside this panel.

    `fields`, `code` and `code_note` are about what both have changed; `taken` only they.
    """

    version: str
    updated_ms: int | None
    author: AuditEntry | None
    fields: list[FieldDifference]
    taken: list[FieldDifference]
    code: list[DiffLine]
    code_note: str = ""

    @property
    def collides(self) -> bool:
        """Whether somebody has to choose between theirs and mine."""
        return bool(self.fields or self.code or self.code_note)


def conflict_between(
    action: Action, theirs: RemoteAction, draft: ActionDraft, base: Marks | None = None
) -> Conflict:
    """Compare. `action` is the cached row, already at the version of `theirs`.

    `base` are marks of what the person began with; without it whatever differs was changed by both.
    """
    there, wanted = settings_of(theirs, inherited_by(action)), settings_wanted(draft)
    found = compare(base or {}, there, wanted)
    code, note = _code_differences(theirs, draft) if CODE in found.both else ([], "")
    return Conflict(
        version=theirs.version,
        updated_ms=theirs.updated_ms,
        author=last_author(action),
        fields=[
            FieldDifference(key, LABELS[key], in_words(key, there), in_words(key, wanted))
            for key in found.both
            if key != CODE
        ],
        taken=[
            FieldDifference(key, LABELS[key], "" if key == CODE else in_words(key, there))
            for key in found.theirs
        ],
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
