"""Waiting ends, but not because the machine stood still."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests import waiting
from tests.waiting import Patience, wait_until


def looks_at(monkeypatch: pytest.MonkeyPatch, *moments: float) -> list[bool]:
    """Whether the patience of 12 s is over at each of these seconds after its beginning."""
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=iter((0, *moments)).__next__))
    patience = Patience(12)
    return [patience.is_over for _ in moments]


def test_patience_ends_when_its_seconds_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks_at(monkeypatch, 4, 8, 12, 13) == [False, False, False, True]


def test_a_stop_of_minutes_uses_up_a_few_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks_at(monkeypatch, 4, 604, 606, 610) == [False, False, False, True]


def test_what_never_comes_true_fails_the_test() -> None:
    with pytest.raises(pytest.fail.Exception, match="did not come true within"):
        wait_until(lambda: False, 0.05)


def test_what_comes_true_is_returned() -> None:
    looks = iter([0, 0, 3])
    assert wait_until(lambda: next(looks)) == 3
