"""Log lines of an activation, read from the platform's form.

Reference: OpenWhisk `LogLine.toFormattedString`: a timestamp padded to 30 characters, the stream, a colon,
the text. Other forms (triggers, sequences, notes of the platform) are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PAGE_LINES = 500
LINE_CHARACTERS = 4_000

LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) +(?P<stream>stdout|stderr): ?(?P<text>.*)",
    re.DOTALL,
)
CLOCK = slice(11, 23)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: its number from 1, when and where it was written (empty if the form is another), its text."""

    number: int
    time: str
    stream: str
    text: str
    cut_characters: int = 0

    @property
    def clock(self) -> str:
        """The time of day to the millisecond."""
        return self.time[CLOCK].rstrip("Z")


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some lines in order, how many there are in all, and where the next page starts (None at the end)."""

    lines: list[LogLine]
    total: int
    next_start: int | None


def log_page(logs: Any, start: int = 0, size: int = PAGE_LINES) -> LogPage:
    """The lines from index `start`; `logs` is what the record held, which may be anything."""
    entries: Sequence[Any] = logs if isinstance(logs, list) else []
    end = min(start + size, len(entries))
    lines = [parse_line(index + 1, entries[index]) for index in range(start, end)]
    return LogPage(lines, len(entries), end if end < len(entries) else None)


def parse_line(number: int, entry: Any) -> LogLine:
    """One entry of a record's `logs`, shortened to what a page can show."""
    text = entry if isinstance(entry, str) else repr(entry)
    match = LINE.fullmatch(text.rstrip("\r\n"))
    time, stream, text = match.group("time", "stream", "text") if match else ("", "", text)
    shown = text[:LINE_CHARACTERS]
    return LogLine(number, time, stream, shown, len(text) - len(shown))


def as_text(logs: Any) -> str:
    """All lines as one text, for a file."""
    entries = logs if isinstance(logs, list) else []
    return "".join(f"{entry}\n" for entry in entries)
