"""When to ask again: rare before the expected finish, dense around it, growing after it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.collecting.pacing import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    WATCHED_SECONDS,
    pause_seconds,
)
from runtime_app.services.launching.durations import Expectation

MINUTE = Expectation(median_ms=60_000, p90_ms=66_000, runs=20)


@given(
    st.floats(0, 20_000),
    st.none() | st.builds(Expectation, st.integers(0, 10**7), st.integers(0, 10**7), st.just(5)),
    st.booleans(),
)
def test_a_pause_is_never_shorter_than_the_floor_nor_longer_than_the_ceiling(
    waited: float, expectation: Expectation | None, watched: bool
) -> None:
    floor = WATCHED_SECONDS if watched else SHORTEST_SECONDS
    assert floor <= pause_seconds(waited, expectation, watched=watched) <= LONGEST_SECONDS


@given(st.floats(0, 20_000), st.none() | st.just(MINUTE))
def test_watching_never_makes_it_rarer(waited: float, expectation: Expectation | None) -> None:
    watched = pause_seconds(waited, expectation, watched=True)
    assert watched <= pause_seconds(waited, expectation, watched=False)


def test_without_a_history_the_pause_grows_with_the_time_waited() -> None:
    assert [pause_seconds(waited, None, watched=False) for waited in (0, 8, 40, 160, 7200)] == [
        1,
        1,
        5,
        20,
        20,
    ]


def test_what_fails_long_before_the_expected_finish_is_late_by_a_quarter_at_most() -> None:
    assert [pause_seconds(waited, MINUTE, watched=False) for waited in (0, 1, 8, 20)] == [1, 1, 2, 5]


def test_long_before_the_expected_finish_it_asks_rarely() -> None:
    hour = Expectation(median_ms=3_600_000, p90_ms=3_960_000, runs=20)
    assert pause_seconds(600, hour, watched=False) == LONGEST_SECONDS


def test_the_last_rare_pause_ends_where_the_finish_may_come() -> None:
    assert pause_seconds(40, MINUTE, watched=False) == pytest.approx(2)


def test_around_the_expected_finish_it_asks_densely() -> None:
    assert pause_seconds(60, MINUTE, watched=False) < 3


def test_a_job_that_is_slower_than_usual_is_asked_for_less_and_less() -> None:
    late = [pause_seconds(waited, MINUTE, watched=False) for waited in (100, 120, 180, 600)]
    assert late == sorted(late)
    assert late[-1] == LONGEST_SECONDS
