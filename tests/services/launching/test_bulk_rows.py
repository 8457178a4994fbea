"""From text to rows: JSON lines and CSV, and a sentence with its line for whatever is wrong."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.launching.bulk_rows import MOST_ROWS, UnreadableSource, parse_rows

VALUES = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.just([1, {"a": []}])
)


def parameters(text: str, **options: Any) -> list[dict[str, Any]]:
    return [row.parameters for row in parse_rows(text, **options).rows]


def bad(text: str, **options: Any) -> dict[int, str]:
    return {line.line: line.sentence for line in parse_rows(text, **options).bad}


def test_each_json_line_is_a_row_and_blank_lines_are_none() -> None:
    found = parse_rows('{"a": 1}\n\n  {"b": [2]}\n')
    assert [(row.line, row.parameters) for row in found.rows] == [(1, {"a": 1}), (3, {"b": [2]})]


def test_csv_cells_are_json_where_they_parse_and_text_otherwise() -> None:
    text = 'name,width,crop,tags\nAda,800,true,"[1, 2]"\n007,,NaN,"say ""hi"""\n'
    assert parameters(text) == [
        {"name": "Ada", "width": 800, "crop": True, "tags": [1, 2]},
        {"name": "007", "width": "", "crop": "NaN", "tags": 'say "hi"'},
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_may_be_cut_by_comma_semicolon_or_tab(delimiter: str) -> None:
    assert parameters(f"a{delimiter}b\n1{delimiter}2") == [{"a": 1, "b": 2}]


def test_a_csv_cell_may_hold_line_breaks_and_lines_stay_true() -> None:
    found = parse_rows('a,b\n"x\ny",1\n2\n')
    assert found.rows[0].parameters == {"a": "x\ny", "b": 1}
    assert [line.line for line in found.bad] == [4]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "no JSON"),
        ("{'a': 1}", "no JSON"),
        ("[1]", "one JSON object"),
        ('"text"', "one JSON object"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1e999}', "too large"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_json_line_is_named_with_its_line(line: str, words: str) -> None:
    found = bad('{"a": 1}\n' + line)
    assert list(found) == [2]
    assert words in found[2]


def test_a_csv_row_with_too_many_cells_is_named() -> None:
    assert bad("a,b\n1,2\n1,2,3\n") == {3: "This line has 3 cells, and the first line names 2."}


def test_a_quote_that_never_closes_is_named() -> None:
    assert "no CSV" in bad('a,b\n1,2\n"x,3\n')[3]


def test_a_row_beyond_its_size_is_named() -> None:
    assert "is the most" in bad(json.dumps({"a": "x" * 2000}), row_bytes=1000)[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no rows"), ("a,b\n", "no rows"), ("a,,c\n1,2,3", "has no name"), ("a,a\n1,2", "named “a”")],
)
def test_a_text_without_usable_rows_is_refused_as_a_whole(text: str, words: str) -> None:
    with pytest.raises(UnreadableSource, match=words):
        parse_rows(text)


def test_ten_thousand_rows_are_read_in_a_second_and_one_more_is_refused() -> None:
    text = '{"image": "a.png", "width": 800}\n' * MOST_ROWS
    began = process_time()
    assert parse_rows(text).total == MOST_ROWS
    assert process_time() - began < 2
    with pytest.raises(UnreadableSource, match="more than 10,000"):
        parse_rows(text + "{}")


@given(st.lists(st.dictionaries(st.text(max_size=6), VALUES, max_size=3), min_size=1, max_size=5))
def test_whatever_json_lines_say_is_what_is_launched(rows: list[dict[str, Any]]) -> None:
    assert parameters("\n".join(json.dumps(row) for row in rows)) == rows


@given(st.text(max_size=200))
def test_no_text_makes_it_fall_over(text: str) -> None:
    for source_format in ("", "jsonl", "csv"):
        try:
            found = parse_rows(text, source_format)
        except UnreadableSource:
            continue
        assert found.total > 0
