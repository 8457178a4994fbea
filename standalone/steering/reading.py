"""From the JSON of a request to a fault, or to a sentence that says what is wrong with it."""

from __future__ import annotations

from typing import Any

from standalone.errors import ApiError
from standalone.steering import faults
from standalone.steering.faults import Fault

EVERYWHERE = {"kind", "seconds"}
IN_STORE = EVERYWHERE | {"ms", "namespace", "count"}
ON_REQUEST = EVERYWHERE | {"namespace", "count", "method", "path", "every"}
FIELDS = {
    faults.LATE_RECORDS: IN_STORE,
    faults.STALE_LISTS: IN_STORE,
    faults.CLOCK_SKEW: EVERYWHERE | {"ms"},
    faults.ERROR: ON_REQUEST | {"status", "retry_after", "html", "carried_out"},
    faults.SLOW: ON_REQUEST | {"ms"},
    faults.TRUNCATED: ON_REQUEST | {"bytes", "hang_up"},
    faults.WRONG_TYPES: ON_REQUEST | {"fields"},
    faults.DUPLICATES: ON_REQUEST,
}
NEEDS_MS = frozenset({faults.LATE_RECORDS, faults.STALE_LISTS, faults.CLOCK_SKEW, faults.SLOW})
TEXTS = frozenset({"kind", "namespace", "method", "path"})
FLAGS = frozenset({"html", "carried_out", "hang_up"})
MOST_MS = 10**11  # three years: beyond that no clock is off
POSITIVE = frozenset({"every", "count"})


def fault_from(document: dict[str, Any]) -> Fault:
    """ApiError 400 for what no fault can be made of."""
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise ApiError(400, f"kind must be one of {', '.join(FIELDS)}.")
    unknown = sorted(document.keys() - FIELDS[kind])
    if unknown:
        raise ApiError(400, f"{kind} has no {unknown[0]}; it has {', '.join(sorted(FIELDS[kind]))}.")
    if kind in NEEDS_MS and "ms" not in document:
        raise ApiError(400, f"{kind} needs ms.")
    return Fault(**{name: _checked(name, value, kind) for name, value in document.items()})


def _checked(name: str, value: Any, kind: str) -> Any:
    if name in TEXTS:
        return _wanted(name, value, isinstance(value, str), "text")
    if name in FLAGS:
        return _wanted(name, value, isinstance(value, bool), "true or false")
    if name == "fields":
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return tuple(_wanted(name, value, fits, "a list of texts"))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name == "seconds":
        return _wanted(name, value, number and value > 0, "a number above 0")
    whole = number and isinstance(value, int)
    if name == "status":
        return _wanted(name, value, whole and 200 <= value <= 599, "a status from 200 to 599")
    if name in POSITIVE:
        return _wanted(name, value, whole and value > 0, "a whole number above 0")
    if name == "ms" and whole and abs(value) > MOST_MS:
        raise ApiError(400, f"ms must not be beyond {MOST_MS}.")
    if kind == faults.CLOCK_SKEW:
        return _wanted(name, value, whole, "a whole number")
    return _wanted(name, value, whole and value >= 0, "a whole number from 0 on")


def _wanted(name: str, value: Any, fits: bool, wanted: str) -> Any:
    if not fits:
        raise ApiError(400, f"{name} must be {wanted}.")
    return value
