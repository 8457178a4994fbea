"""From pasted or uploaded text to the parameters of many launches, or to a sentence for each bad line."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

MOST_ROWS = 10_000
ROW_BYTES = 1024 * 1024
SHOWN_CHARACTERS = 400
DELIMITERS = ",;\t"


class SourceFormat(StrEnum):
    """How the rows are written."""

    JSON_LINES = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One launch: the line it stands in, counted from 1, and its parameters."""

    line: int
    parameters: dict[str, Any]

    @property
    def shown(self) -> str:
        """The parameters as one short line of JSON."""
        return json.dumps(self.parameters, ensure_ascii=False)[:SHOWN_CHARACTERS]


@dataclass(frozen=True, slots=True)
class BadLine:
    """What is wrong with a line, in one sentence."""

    line: int
    sentence: str


@dataclass(slots=True)
class ParsedRows:
    """Good rows and bad lines, both in the order of the text."""

    rows: list[BulkRow] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Rows, good and bad."""
        return len(self.rows) + len(self.bad)


class BadRow(ValueError):
    """A row that cannot be launched. The text is one sentence."""


class UnreadableSource(ValueError):
    """A text that cannot be cut into rows, or holds too many. The text is one sentence."""


def format_of(text: str) -> SourceFormat:
    """How a text seems to be written: JSON lines begin with a brace."""
    return SourceFormat.JSON_LINES if text.lstrip()[:1] in ("{", "[") else SourceFormat.CSV


def parse_rows(text: str, source_format: str = "", *, row_bytes: int = ROW_BYTES) -> ParsedRows:
    """Cut a text into rows; `row_bytes` is the most that the parameters of one may take as JSON.

    Raises:
        UnreadableSource: it has no rows, too many, or no usable header.
    """
    wanted = SourceFormat(source_format) if source_format else format_of(text)
    lines = _json_lines(text) if wanted is SourceFormat.JSON_LINES else _csv_lines(text)
    parsed = ParsedRows()
    for line, content in lines:
        if parsed.total == MOST_ROWS:
            raise UnreadableSource(f"There are more than {MOST_ROWS:,} rows; cut the list into several.")
        try:
            parsed.rows.append(BulkRow(line, _checked(content, row_bytes)))
        except BadRow as error:
            parsed.bad.append(BadLine(line, str(error)))
    if not parsed.total:
        raise UnreadableSource("There are no rows in it.")
    return parsed


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, _json(line)
            except ValueError as error:
                yield number, BadRow(f"This line is no JSON: {_reason(error)}.")


def _csv_lines(text: str) -> Iterator[tuple[int, Any]]:
    first = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    csv.field_size_limit(ROW_BYTES * 2)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    header: list[str] = []
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # After a quote that never closes nothing can be told apart any more.
            yield begins, BadRow(f"This line is no CSV: {error}.")
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            if not header:
                header = _header(cells)
            else:
                yield begins, _csv_row(header, cells)
        begins = reader.line_num + 1


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if "" in names:
        raise UnreadableSource(
            f"Column {names.index('') + 1} of the first line has no name. "
            "The first line of CSV names the parameters."
        )
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise UnreadableSource(f"Two columns of the first line are named “{repeated}”.")
    return names


def _csv_row(header: Sequence[str], cells: Sequence[str]) -> Any:
    if len(cells) != len(header):
        return BadRow(f"This line has {len(cells)} cells, and the first line names {len(header)}.")
    return {name: _cell(cell) for name, cell in zip(header, cells, strict=True)}


def _cell(text: str) -> Any:
    """A JSON value where the cell is one, else its text."""
    try:
        return _json(text)
    except ValueError:
        return text


def _checked(content: Any, row_bytes: int) -> dict[str, Any]:
    if isinstance(content, BadRow):
        raise content
    if not isinstance(content, dict):
        raise BadRow('Each line is one JSON object, for example {"name": "Ada"}.')
    size = len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))
    if size > row_bytes:
        raise BadRow(
            f"Its parameters are {size / 1_048_576:.2f} MB long; {row_bytes / 1_048_576:g} MB is the most."
        )
    return content


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is a number that JSON does not know")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _reason(error: ValueError) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    here = error.doc[error.pos : error.pos + 12].strip()
    return f"column {error.colno} is wrong, at “{here}”" if here else "it ends too early"
