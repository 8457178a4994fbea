"""Times as people write them: a number and a unit."""

from __future__ import annotations

from decimal import Decimal

UNITS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}
UNIT_CHOICES = [
    ("ms", "milliseconds"),
    ("s", "seconds"),
    ("min", "minutes"),
    ("h", "hours"),
]


def to_ms(amount: Decimal, unit: str) -> int:
    """The number of whole milliseconds."""
    return int(amount * UNITS[unit])


def split_ms(ms: int) -> tuple[str, str]:
    """The shortest way to write it: an amount, and the largest unit that needs no fraction."""
    unit = next(name for name, factor in reversed(UNITS.items()) if ms % factor == 0)
    return f"{ms // UNITS[unit]}", unit


def in_words(ms: int) -> str:
    """`90000` as `90 s`, `300000` as `5 min`."""
    return " ".join(split_ms(ms))
