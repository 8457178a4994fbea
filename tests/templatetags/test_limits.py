"""Limits and moments as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from runtime_app.templatetags.limits import from_ms, is_recent, time_limit


def test_a_limit_is_written_as_it_would_be_typed() -> None:
    assert [time_limit(ms) for ms in (100, 60_000, 90_000, 10_800_000)] == ["100 ms", "1 min", "90 s", "3 h"]


def test_epoch_milliseconds_are_a_moment() -> None:
    assert from_ms(1_767_225_600_500) == datetime(2026, 1, 1, 0, 0, 0, 500_000, UTC)
    assert from_ms(0) is None
    assert from_ms(None) is None


def test_recent_is_within_a_day() -> None:
    assert is_recent(timezone.now() - timedelta(hours=23))
    assert not is_recent(timezone.now() - timedelta(hours=25))
    assert not is_recent(None)
