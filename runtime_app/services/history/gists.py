"""Errors in one line: what a failed action said, without the frames of the runtime that ran it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

GIST_CHARACTERS = 120
LOOKED_AT_CHARACTERS = 2_000
# Not the action's own files: a line number in them would mislead.
_RUNNERS = frozenset({"runner.js", "node_runner.js", "service.js"})

# `SyntaxError: …`, up to the first frame of a stack; texts may have lost their line ends.
_NAMED = re.compile(
    r"\b(?P<name>(?:[A-Z]\w*)?(?:Error|Exception)): *"
    r"(?P<message>[^\n]+?)(?= *(?:\n|\bRequire stack:|\bat [^\n]{0,80}?[(/:]|$))"
)
# Where an error is said to be before it is named: Node.js `/…/action.js:3`, Python `File "…", line 3`.
_BEFORE = re.compile(r'(?:\.[cm]?js:|", line |<anonymous>:)(?P<line>\d+)')
_FRAME = re.compile(r"\s*at [^\n()]*?\(?(?P<file>[^()\s]+):(?P<line>\d+):\d+\)?")


@dataclass(frozen=True, slots=True)
class Gist:
    """`line` says it; `rest` is the whole text, empty when the line says all."""

    line: str
    rest: str = ""


def gist_of(text: str) -> Gist:
    """The useful part of an error: its name, its message, and the line of code if the text tells."""
    whole = text.strip()
    flat = " ".join(whole.split())
    if "\n" not in whole and len(flat) <= GIST_CHARACTERS:
        return Gist(flat)
    looked_at = whole[:LOOKED_AT_CHARACTERS]
    named = _NAMED.search(looked_at)
    if named is None:
        return Gist(_cut(" ".join(whole.partition("\n")[0].split())), whole)
    line = _cut(f"{named['name']}: {named['message'].rstrip('. ')}")
    at = _code_line(looked_at, named)
    return Gist(f"{line} at line {at}" if at else line, whole)


def error_text(result: Any) -> str:
    """All that a failed result says, line ends kept: the text of its `error`, that one's stack, or what it
    would answer the web with."""
    error = result.get("error") if isinstance(result, dict) else None
    if isinstance(error, dict):
        error = next((error[key] for key in ("stack", "message", "error") if error.get(key)), _of_web(error))
    return error if isinstance(error, str) else ""


def _of_web(error: dict[str, Any]) -> str | None:
    """`{statusCode, body}`, as web actions fail, in words."""
    body = error.get("body")
    if isinstance(body, dict):
        body = body.get("error") or body.get("message")
    if not isinstance(body, str) or not body:
        return None
    status = error.get("statusCode")
    return f"{status}: {body}" if isinstance(status, int | str) and status else body


def _code_line(whole: str, named: re.Match[str]) -> str:
    before = _BEFORE.search(whole, 0, named.start())
    if before:
        return before["line"]
    frame = _FRAME.match(whole, named.end())
    if frame is None or frame["file"].startswith("node:"):
        return ""
    return "" if frame["file"].rpartition("/")[2] in _RUNNERS else frame["line"]


def _cut(text: str) -> str:
    return text if len(text) <= GIST_CHARACTERS else f"{text[: GIST_CHARACTERS - 1].rstrip()}…"
