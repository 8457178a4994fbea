"""When a crowd was looked at."""

from __future__ import annotations

from runtime_app.services.collecting.looks import KEPT_SECONDS, TOO_LATE_SECONDS, Looks, untended
from tests.waiting import wait_until

ACCEPTED = [100.0, 100.25, 101.5, 103.0]


def test_what_nobody_looked_for_counts_from_its_acceptance() -> None:
    assert Looks(1).latest(ACCEPTED) == ACCEPTED


def test_a_look_is_at_all_that_was_accepted_between_its_first_and_its_last() -> None:
    Looks(1).note(100.25, 101.5, 200.0)
    assert Looks(1).latest(ACCEPTED) == [100.0, 200.0, 200.0, 103.0]


def test_the_latest_look_counts() -> None:
    looks = Looks(1)
    looks.note(100.0, 103.0, 201.0)
    looks.note(100.0, 100.25, 200.0)
    looks.note(103.0, 103.0, 202.5)
    assert looks.latest(ACCEPTED) == [201.0, 201.0, 201.0, 202.5]


def test_moments_are_kept_exactly() -> None:
    accepted = [1795526620.123456, 1795526620.123457]
    Looks(1).note(accepted[1], accepted[1], 1795526621.5)
    assert Looks(1).latest(accepted) == [accepted[0], 1795526621.5]


def test_each_namespace_has_its_own() -> None:
    Looks(1).note(100.0, 103.0, 200.0)
    assert Looks(2).latest(ACCEPTED) == ACCEPTED


def test_old_looks_are_dropped() -> None:
    looks = Looks(1)
    looks.note(100.0, 103.0, 200.0)
    looks.note(100.0, 100.0, 200.5 + KEPT_SECONDS)
    assert looks.latest(ACCEPTED)[1:] == ACCEPTED[1:]


def test_they_are_there_until_they_are_forgotten() -> None:
    looks = Looks(1)
    assert not looks.are_there()
    looks.note(100.0, 103.0, 200.0)
    assert looks.are_there()
    looks.forget()
    assert not looks.are_there()
    assert looks.latest(ACCEPTED) == ACCEPTED


def test_a_namespace_is_tended_until_it_is_forgotten() -> None:
    Looks(1).tend(20.0)
    Looks(2).tend(20.0)
    Looks(2).forget()
    assert untended([1, 2, 3]) == [2, 3]
    assert untended([]) == []


def test_nobody_tends_for_longer_than_the_next_cycle_may_be_late() -> None:
    Looks(1).tend(0.01 - TOO_LATE_SECONDS)
    wait_until(lambda: untended([1]) == [1])
