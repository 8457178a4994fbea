from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.fields import JsonObject, ShapeError

Reader = Callable[[JsonObject, str], object]
READERS: list[Reader] = [
    fields.text,
    fields.optional_text,
    fields.optional_int,
    fields.flag,
    fields.optional_object,
    fields.optional_list,
    fields.texts,
    fields.epoch_ms,
    fields.optional_epoch_ms,
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@given(value=json_values)
def test_every_reader_answers_or_raises_a_shape_error(reader: Reader, value: object) -> None:
    with contextlib.suppress(ShapeError):
        reader({"key": value}, "key")


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_every_reader_names_the_field_it_refuses(reader: Reader) -> None:
    with pytest.raises(ShapeError, match="“key”"):
        reader({"key": object()}, "key")


@pytest.mark.parametrize("reader", [fields.optional_text, fields.optional_int, fields.optional_epoch_ms])
def test_absent_and_null_are_none(reader: Reader) -> None:
    assert reader({}, "key") is None
    assert reader({"key": None}, "key") is None


def test_true_is_no_number_but_a_whole_float_is() -> None:
    assert fields.optional_int({"n": 5.0}, "n") == 5
    for value in (True, 5.5, "5", float("inf")):
        with pytest.raises(ShapeError):
            fields.optional_int({"n": value}, "n")


@pytest.mark.parametrize("value", [-1, fields.LAST_MS + 1, 10**30])
def test_a_moment_that_no_calendar_holds_is_refused(value: int) -> None:
    with pytest.raises(ShapeError, match="not a moment"):
        fields.epoch_ms({"start": value}, "start")


def test_of_an_annotation_that_comes_twice_the_last_counts() -> None:
    pairs = [{"key": "a", "value": 1}, {"key": "b"}, {"key": "a", "value": 2}]
    assert fields.annotation_map({"annotations": pairs}) == {"a": 2, "b": None}
    assert fields.annotation_map({}) == {}


def test_annotations_go_back_as_they_came() -> None:
    pairs = [{"key": "a", "value": {"deep": [1]}}, {"key": "b", "value": False}]
    assert fields.annotation_list(fields.annotation_map({"annotations": pairs})) == pairs


@pytest.mark.parametrize("value", [2**31, -1, -1.0, 10**400, 1e300])
def test_a_number_that_no_column_holds_is_refused(value: float) -> None:
    with pytest.raises(ShapeError, match="is not between 0 and"):
        fields.optional_int({"n": value}, "n")
