"""Cron expressions: which moment comes next."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest

from standalone.alarms.cron import parse_cron

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("expression", "following"),
    [
        ("* * * * *", "2026-01-31T12:01:00"),
        ("*/15 * * * *", "2026-01-31T12:15:00"),
        ("0 0 * * *", "2026-02-01T00:00:00"),
        ("30 11 * * *", "2026-02-01T11:30:00"),
        ("0 9 * * mon-fri", "2026-02-02T09:00:00"),
        ("0 9 * * 0", "2026-02-01T09:00:00"),
        ("0 9 * * 7", "2026-02-01T09:00:00"),
        ("0 0 1 jan *", "2027-01-01T00:00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 13 * fri", "2026-02-06T00:00:00"),
        ("5,10 12 * * *", "2026-01-31T12:05:00"),
        ("10-20/5 12 * * *", "2026-01-31T12:10:00"),
        ("*/10 * * * * *", "2026-01-31T12:00:10"),
        ("0 0 31 * *", "2026-03-31T00:00:00"),
    ],
)
def test_the_next_moment_is(expression: str, following: str) -> None:
    found = parse_cron(expression).next_after(NOON, UTC)
    assert found == datetime.fromisoformat(following).replace(tzinfo=UTC)


def test_what_never_comes_is_none() -> None:
    assert parse_cron("0 0 30 2 *").next_after(NOON, UTC) is None


def test_the_clock_may_be_another_zones() -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    found = parse_cron("0 8 * * *").next_after(NOON, berlin)
    assert found == datetime(2026, 2, 1, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "a * * * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "1- * * * *",
    ],
)
def test_what_is_no_cron_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        parse_cron(expression)


def moments(expression: str, start: str, amount: int) -> list[str]:
    """What comes after a moment of UTC in Berlin, one after the other, in UTC."""
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    told = []
    for _ in range(amount):
        found = parse_cron(expression).next_after(moment, zoneinfo.ZoneInfo("Europe/Berlin"))
        assert found is not None
        assert found > moment
        moment = found.astimezone(UTC)
        told.append(f"{moment:%d %H:%M}")
    return told


@pytest.mark.parametrize("start", ["2026-10-24T23:30:00", "2026-03-28T23:30:00"])
def test_what_happens_every_minute_goes_on_while_a_clock_is_set(start: str) -> None:
    found = moments("* * * * *", start, 200)
    first = datetime.fromisoformat(start)
    assert found == [f"{first + timedelta(minutes=number):%d %H:%M}" for number in range(1, 201)]


def test_what_happens_at_a_set_hour_happens_once_while_a_clock_is_set() -> None:
    assert moments("30 2 * * *", "2026-10-24T12:00:00", 3) == ["25 00:30", "26 01:30", "27 01:30"]
    assert moments("30 2 * * *", "2026-03-28T12:00:00", 3) == ["29 01:30", "30 00:30", "31 00:30"]


def test_in_the_second_of_two_hours_alike_the_next_moment_is_still_to_come() -> None:
    assert moments("*/20 2 * * *", "2026-10-25T01:10:00", 3) == ["25 01:20", "25 01:40", "26 01:00"]
