"""How likely a job is to end now: from runs that have ended and runs that have not."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.collecting.ending import UNKNOWN, end_rates

SECONDS = st.floats(0, 200_000)


def test_of_a_job_of_which_nothing_is_known_the_older_the_less_likely_it_ends_now() -> None:
    rates = [UNKNOWN.at(age) for age in (1, 10, 100, 1_000, 10_000)]
    assert rates == sorted(rates, reverse=True)
    assert 0.5 < UNKNOWN.at(60) * 60 < 2, "about once in as many seconds as it has been waited for"


def test_the_rate_of_jobs_that_end_by_chance_is_found_again() -> None:
    chance = random.Random(1)
    known = end_rates([chance.expovariate(1 / 40) for _ in range(4_000)], [])
    for age in (5, 20, 60):
        assert math.isclose(known.at(age), 1 / 40, rel_tol=0.3)


def test_jobs_still_under_way_keep_the_short_ones_from_telling_that_all_are_short() -> None:
    ended = [chance / 10 for chance in range(10, 60)]
    alone = end_rates(ended, [])
    together = end_rates(ended, [(6.0, 950)])
    assert together.at(5) < alone.at(5) / 5


def test_where_many_end_the_rate_is_high_and_before_it_is_low() -> None:
    minute = end_rates([60 + n / 100 for n in range(100)], [])
    assert minute.at(10) < 0.01
    assert minute.at(60) > 20 * minute.at(40)


@given(st.lists(SECONDS, max_size=50), st.lists(SECONDS, max_size=50), SECONDS)
def test_whatever_is_known_a_rate_is_positive_and_finite(
    ended: list[float], running: list[float], age: float
) -> None:
    assert 0 < end_rates(ended, [(seconds, 1) for seconds in running]).at(age) < math.inf


def test_a_clock_that_runs_backwards_counts_as_no_time() -> None:
    assert end_rates([-5.0], [(-1.0, 1)]).at(-3.0) > 0
