"""Results are strangers' text: the tree escapes it, and stays small whatever comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime_app.templatetags.json_tree import DEPTH_LIMIT, NODE_LIMIT, STRING_LIMIT, json_tree, pretty_json


def test_keys_and_values_are_escaped() -> None:
    html = json_tree({"<img src=x>": "<script>alert(1)</script>", 'a"b': "{{ x }} & more"})
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_braces_in_values_are_not_read_as_a_format() -> None:
    assert "{0} {missing}" in json_tree(["{0} {missing}", "%s"])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ">null<"), (True, ">true<"), (12.5, ">12.5<"), ("", "&quot;&quot;"), ({}, ">{}<"), ([], ">[]<")],
)
def test_every_kind_of_value_is_drawn(value: Any, shown: str) -> None:
    assert shown in json_tree(value)


def test_the_upper_levels_are_open_and_the_deeper_ones_closed() -> None:
    html = json_tree({"a": {"b": {"c": 1}}})
    assert html.count("<details open>") == 2
    assert html.count("<details>") == 1


def test_a_large_value_is_cut_and_says_so() -> None:
    html = json_tree(list(range(NODE_LIMIT * 10)))
    assert html.count("<li>") == NODE_LIMIT
    assert f"the first {NODE_LIMIT} values" in html


def test_many_small_lists_share_one_limit() -> None:
    assert json_tree([[1, 2, 3]] * NODE_LIMIT).count("<li>") == NODE_LIMIT


def test_deep_nesting_ends_with_a_note() -> None:
    value: Any = 1
    for _ in range(DEPTH_LIMIT * 5):
        value = [value]
    html = json_tree(value)
    assert "nested too deeply" in html
    assert html.count("<details") == DEPTH_LIMIT


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    html = json_tree("x" * (STRING_LIMIT + 1500))
    assert "1,500 more characters" in html
    assert len(html) < STRING_LIMIT + 500


def test_lone_surrogates_can_be_sent() -> None:
    value = json.loads('{"\\ud800": "\\udfff"}')
    assert "\\ud800" in json_tree(value)
    json_tree(value).encode()
    pretty_json(value).encode()


def test_direction_overrides_cannot_rewrite_the_line() -> None:
    html = json_tree("abc\u202egnp.exe")
    assert "\u202e" not in html
    assert "\\u202e" in html


def test_pretty_json_is_json_again() -> None:
    value = {"a": [1, {"ü": "\u202e"}]}
    assert json.loads(pretty_json(value)) == value
