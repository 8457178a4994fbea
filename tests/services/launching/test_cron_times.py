"""When a cron is due in a time zone, through both changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.launching.cron_times import check, exists, next_time, next_times, zone_names
from runtime_app.services.wiring.alarms import BadSchedule

BERLIN = ZoneInfo("Europe/Berlin")
# In Berlin the clock goes from 2:00 to 3:00 on 2026-03-29, and from 3:00 to 2:00 on 2026-10-25.
BEFORE_SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)
BEFORE_AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)


def local(cron: str, after: datetime, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{moment.astimezone(zone):%d %H:%M %Z}" for moment in next_times(cron, zone, after, count)]


def test_a_time_of_day_stays_that_time_of_day_through_both_changes() -> None:
    assert local("0 8 * * *", BEFORE_SPRING, 2) == ["29 08:00 CEST", "30 08:00 CEST"]
    assert local("0 8 * * *", BEFORE_AUTUMN - timedelta(days=1), 3) == [
        "24 08:00 CEST",
        "25 08:00 CET",
        "26 08:00 CET",
    ]


def test_a_time_that_does_not_exist_is_due_as_much_later() -> None:
    assert local("30 2 * * *", BEFORE_SPRING, 2) == ["29 03:30 CEST", "30 02:30 CEST"]


def test_a_time_that_exists_twice_is_due_once() -> None:
    assert local("30 2 * * *", BEFORE_AUTUMN, 2) == ["25 02:30 CEST", "26 02:30 CET"]
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert local("30 2 * * *", between, 1) == ["26 02:30 CET"]


@pytest.mark.parametrize("after", [BEFORE_SPRING, BEFORE_AUTUMN])
def test_every_quarter_of_an_hour_goes_on_through_both_changes(after: datetime) -> None:
    moments = next_times("*/15 * * * *", BERLIN, after, 96)
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(minutes=15)}


def test_two_times_that_fall_together_are_one() -> None:
    assert local("30 2,3 * * *", BEFORE_SPRING, 2) == ["29 03:30 CEST", "30 02:30 CEST"]


def test_a_change_of_half_an_hour_is_followed_too() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    after = datetime(2026, 10, 3, 0, tzinfo=UTC)  # the clock goes from 2:00 to 2:30 that night
    assert [at[:8] for at in local("15 2 * * *", after, 2, lord_howe)] == ["04 02:45", "05 02:15"]


def test_rare_dates_are_found_and_impossible_ones_are_none() -> None:
    assert local("0 0 29 2 *", BEFORE_SPRING, 1, ZoneInfo("UTC")) == ["29 00:00 UTC"]
    assert next_time("0 0 31 2 *", BERLIN, BEFORE_SPRING) is None


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("", "five parts"),
        ("0 8 * *", "five parts"),
        ("0 0 8 * * 1", "five parts"),
        ("61 * * * *", "is no cron"),
        ("x * * * *", "is no cron"),
        ("0 0 31 2 *", "never"),
    ],
)
def test_what_is_no_cron_is_refused_in_words(cron: str, words: str) -> None:
    with pytest.raises(BadSchedule, match=words):
        check(cron)


def test_spaces_do_not_matter() -> None:
    assert check("  0   8 * * 1-5 ") == "0 8 * * 1-5"


def test_a_skipped_time_does_not_exist() -> None:
    assert not exists(datetime(2026, 3, 29, 2, 30), BERLIN)
    assert exists(datetime(2026, 10, 25, 2, 30), BERLIN)


def test_places_are_offered_and_utc_first() -> None:
    names = zone_names()
    assert names[0] == "UTC"
    assert "Europe/Berlin" in names


CRONS = st.tuples(
    st.sampled_from(["0", "30", "*/7", "5,50"]), st.sampled_from(["*", "2", "1-3", "*/2", "23"])
).map(lambda parts: f"{parts[0]} {parts[1]} * * *")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(CRONS, ZONES, MOMENTS)
def test_times_ascend_lie_ahead_and_can_be_walked_one_by_one(cron: str, zone: str, after: datetime) -> None:
    moments = next_times(cron, ZoneInfo(zone), after, 4)
    assert moments == sorted(set(moments))
    assert moments[0] > after
    walked, at = [], after
    for _ in range(4):
        at = next_time(cron, ZoneInfo(zone), at) or at
        walked.append(at)
    assert walked == moments
