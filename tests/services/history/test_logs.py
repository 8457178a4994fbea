"""Log lines in the platform's form, and whatever else a record holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.history.logs import LINE_CHARACTERS, as_text, log_page, parse_line


def test_a_line_has_time_stream_and_text() -> None:
    line = parse_line(1, "2026-01-01T10:20:30.123456789Z stdout: hello: world")
    assert (line.time, line.stream, line.text) == ("2026-01-01T10:20:30.123456789Z", "stdout", "hello: world")
    assert line.clock == "10:20:30.123"


def test_a_short_time_is_followed_by_more_spaces() -> None:
    line = parse_line(1, "2026-01-01T10:20:30.12Z        stderr: oh no\n")
    assert (line.clock, line.stream, line.text) == ("10:20:30.12", "stderr", "oh no")


@pytest.mark.parametrize(
    "text",
    [
        "Logs were truncated because the total bytes size exceeds the limit of 10485760 bytes.",
        '{"statusCode":0,"success":true,"activationId":"a","rule":"guest/r"}',
        "2026-01-01 stdout: no time",
        "stdout: no time",
        "",
    ],
)
def test_other_forms_are_kept_as_they_are(text: str) -> None:
    line = parse_line(1, text)
    assert (line.time, line.stream, line.text) == ("", "", text)


def test_an_empty_message_is_empty() -> None:
    assert parse_line(1, "2026-01-01T10:20:30Z stdout: ").text == ""


def test_a_very_long_line_is_cut_and_says_by_how_much() -> None:
    line = parse_line(1, "y" * (LINE_CHARACTERS + 10))
    assert (len(line.text), line.cut_characters) == (LINE_CHARACTERS, 10)


def test_pages_follow_one_another() -> None:
    logs = [f"line {number}" for number in range(7)]
    first = log_page(logs, 0, 3)
    assert [line.number for line in first.lines] == [1, 2, 3]
    assert (first.total, first.next_start) == (7, 3)
    last = log_page(logs, 6, 3)
    assert [line.text for line in last.lines] == ["line 6"]
    assert last.next_start is None


def test_beyond_the_end_is_nothing() -> None:
    page = log_page(["a"], 5)
    assert (page.lines, page.next_start) == ([], None)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_any_value_can_be_read(logs: Any) -> None:
    assert log_page(logs).total == (len(logs) if isinstance(logs, list) else 0)
    assert isinstance(as_text(logs), str)
