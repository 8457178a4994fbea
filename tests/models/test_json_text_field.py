"""Foreign JSON in the database: everything comes back as it went in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime_app.models import Activation, ActivationPayload, Namespace, one_line
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db

VALUES = [
    None,
    True,
    0,
    1.5,
    "",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u2028\u202e",
    {"b": 1, "a": 2},
    {"\x00": "\ud800"},
    [[[]]],
    10**30,
    "☃" * 100,
]


@pytest.fixture
def activation() -> Activation:
    namespace: Namespace = make_namespace()
    return make_activation(namespace)


def kept(activation: Activation, value: Any) -> Any:
    ActivationPayload.objects.filter(activation=activation).update(result=value)
    return ActivationPayload.objects.get(activation=activation).result


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_value_comes_back_as_it_went_in(activation: Activation, value: Any) -> None:
    assert kept(activation, value) == value


def test_the_order_of_keys_is_kept(activation: Activation) -> None:
    assert list(kept(activation, {"z": 1, "a": 2, "m": 3})) == ["z", "a", "m"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_json_comes_back(activation: Activation, value: Any) -> None:
    assert kept(activation, value) == value


def test_the_column_is_plain_ascii(activation: Activation) -> None:
    kept(activation, "é\x00\ud800")
    with connection.cursor() as cursor:
        cursor.execute("SELECT result FROM runtime_app_activationpayload")
        (text,) = cursor.fetchone()
    assert text == '"\\u00e9\\u0000\\ud800"'


def test_nothing_is_null_where_it_may_be_and_json_null_where_not(activation: Activation) -> None:
    ActivationPayload.objects.filter(activation=activation).update(result=None, logs=None)
    assert ActivationPayload.objects.filter(result__isnull=True).count() == 1
    assert ActivationPayload.objects.get().logs is None


def test_fixtures_carry_it(activation: Activation) -> None:
    kept(activation, {"a": "\x00"})
    text = serializers.serialize("json", ActivationPayload.objects.all())
    (again,) = serializers.deserialize("json", text)
    assert again.object.result == {"a": "\x00"}


def test_text_that_is_no_json_is_refused() -> None:
    field = ActivationPayload._meta.get_field("result")
    with pytest.raises(ValidationError, match="not valid JSON"):
        field.to_python("{")


@given(st.text(), st.integers(1, 20))
def test_one_line_fits_and_can_be_stored(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert "\x00" not in line
    line.encode()
