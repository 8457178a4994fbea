"""A JSON object from text, or a sentence that says where the mistake is."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from runtime_app.forms.json_fields import JSONObjectField


def refusal(text: str, **options: int) -> str:
    with pytest.raises(ValidationError) as caught:
        JSONObjectField(**options).clean(text)
    (sentence,) = caught.value.messages
    return sentence


def test_it_gives_a_dict() -> None:
    assert JSONObjectField().clean('{"a": [1, null, "ü"]}') == {"a": [1, None, "ü"]}


@pytest.mark.parametrize("text", ["", "  \n", "{}"])
def test_nothing_is_an_empty_object(text: str) -> None:
    assert JSONObjectField().clean(text) == {}


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('{"a": 1,}', "Line 1, column 9", "one too many"),
        ("{'a': 1}", "Line 1, column 2", "double quotes"),
        ("{\"a\": 'x'}", "Line 1, column 7", "double quotes"),
        ('{"a" 1}', "Line 1, column 6", "colon"),
        ('{"a": 1\n"b": 2}', "Line 2, column 1", "comma"),
        ('{"a": }', "Line 1, column 7", "a value belongs here"),
        ('{"a": "x}', "Line 1, column 7", "no closing double quote"),
        ('{"a": "x\ny"}', "Line 1, column 9", "line break"),
        ('{"a": "\\q"}', "Line 1, column 8", "backslash"),
        ('{"a": 1', "Line 1, column 8", "ends too early"),
        ('{"a": 1} x', "Line 1, column 10", "remove the rest"),
    ],
)
def test_it_says_where_the_mistake_is(text: str, place: str, reason: str) -> None:
    sentence = refusal(text)
    assert sentence.startswith(f"{place}: ")
    assert reason in sentence


@pytest.mark.parametrize("text", ["[1]", "1", '"x"', "null", "true"])
def test_only_objects_are_parameters(text: str) -> None:
    assert "one JSON object" in refusal(text)


def test_a_key_that_stands_twice_is_named() -> None:
    assert "“a” stands twice" in refusal('{"b": {"a": 1, "c": 2, "a": 3}}')


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_are_no_json_are_refused(number: str) -> None:
    assert "number" in refusal(f'{{"a": {number}}}')


def test_nesting_without_end_is_refused() -> None:
    assert "nested too deeply" in refusal('{"a":' * 100_000)


def test_the_size_is_counted_as_it_is_sent() -> None:
    text = json.dumps({"a": "ü" * 10}, indent=8)
    assert JSONObjectField(max_bytes=28).clean(text) == {"a": "ü" * 10}
    assert "is the most" in refusal(text, max_bytes=27)


def test_one_megabyte_is_the_most() -> None:
    assert "1 MB is the most" in refusal('{"a": "' + "x" * 1024 * 1024 + '"}')
