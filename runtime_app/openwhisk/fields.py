"""Typed reading of JSON that somebody else wrote.

Each function takes the object and a key and returns the value in the promised type, or raises ShapeError
with a text that names the field. Unknown fields are nobody's business here.
"""

from __future__ import annotations

from typing import cast

TYPE_NAMES = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a whole number"}
OTHER_NAMES = {float: "a number", type(None): "null"}

LAST_MS = 253_402_300_799_999  # the end of year 9999: no date type holds more
LARGEST_INT = 2**31 - 1  # what a database's integer column holds; no count, size or limit comes near

JsonObject = dict[str, object]


class ShapeError(ValueError):
    """A document whose fields do not have the documented types."""


def _wrong(key: str, wanted: type, value: object) -> ShapeError:
    found = (TYPE_NAMES | OTHER_NAMES).get(type(value), "something else")
    return ShapeError(f"“{key}” should be {TYPE_NAMES[wanted]}, not {found}")


def as_object(value: object, key: str = "the document") -> JsonObject:
    if not isinstance(value, dict):
        raise _wrong(key, dict, value)
    return cast(JsonObject, value)


def as_list(value: object, key: str = "the document") -> list[object]:
    if not isinstance(value, list):
        raise _wrong(key, list, value)
    return cast("list[object]", value)


def as_int(value: object, key: str) -> int:
    """A count, size or duration: whole, not negative, of a plausible size. 5.0 counts, true does not."""
    number = _whole(value, key)
    if not 0 <= number <= LARGEST_INT:
        raise ShapeError(f"“{key}” is not between 0 and {LARGEST_INT}")
    return number


def _whole(value: object, key: str) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(key, int, value)
    return value


def as_text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise _wrong(key, str, value)
    return value


def text(data: JsonObject, key: str) -> str:
    return as_text(data.get(key), key)


def optional_text(data: JsonObject, key: str) -> str | None:
    value = data.get(key)
    return None if value is None else as_text(value, key)


def optional_int(data: JsonObject, key: str) -> int | None:
    value = data.get(key)
    return None if value is None else as_int(value, key)


def flag(data: JsonObject, key: str, default: bool = False) -> bool:
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise _wrong(key, bool, value)
    return value


def optional_object(data: JsonObject, key: str) -> JsonObject:
    """The object at `key`; an absent or null one is empty."""
    value = data.get(key)
    return {} if value is None else as_object(value, key)


def optional_list(data: JsonObject, key: str) -> list[object]:
    """The list at `key`; an absent or null one is empty."""
    value = data.get(key)
    return [] if value is None else as_list(value, key)


def texts(data: JsonObject, key: str) -> tuple[str, ...]:
    return tuple(as_text(item, key) for item in optional_list(data, key))


def epoch_ms(data: JsonObject, key: str) -> int:
    """A moment in epoch milliseconds that a calendar can hold."""
    value = _whole(data.get(key), key)
    if not 0 <= value <= LAST_MS:
        raise ShapeError(f"“{key}” is not a moment in milliseconds")
    return value


def optional_epoch_ms(data: JsonObject, key: str) -> int | None:
    return None if data.get(key) is None else epoch_ms(data, key)


def annotation_map(data: JsonObject) -> JsonObject:
    """OpenWhisk's list of key and value as a dict; of a key that comes twice the last one counts."""
    pairs = (as_object(item, "annotations") for item in optional_list(data, "annotations"))
    return {text(pair, "key"): pair.get("value") for pair in pairs}


def annotation_list(values: JsonObject) -> list[JsonObject]:
    """The way back: what a PUT body wants."""
    return [{"key": key, "value": value} for key, value in values.items()]
