"""Figures in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from runtime_app.templatetags.figures import ago, duration, size

from .rendering import render

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0, "0 ms"),
        (-20, "0 ms"),
        (999, "999 ms"),
        (1000, "1.0 s"),
        (12_345, "12.3 s"),
        (59_949, "59.9 s"),
        (59_960, "1m 00s"),
        (125_000, "2m 05s"),
        (3_599_000, "59m 59s"),
        (3_840_000, "1h 04m"),
        (86_400_000 * 3 + 7_200_000, "3d 02h"),
        (timedelta(seconds=90), "1m 30s"),
    ],
)
def test_a_duration_reads_in_the_unit_that_fits(value: float | timedelta | None, words: str) -> None:
    assert duration(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (12 * 1024, "12 KB"),
        (1_468_006, "1.4 MB"),
        (5 * 1024**3, "5.0 GB"),
    ],
)
def test_a_size_counts_1024_bytes_to_the_kilobyte(value: float | None, words: str) -> None:
    assert size(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2, "just now"),
        (-3, "just now"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7300, "2 h ago"),
        (86_400, "1 day ago"),
        (200_000, "2 days ago"),
        (-130, "in 2 min"),
    ],
)
def test_a_moment_reads_as_its_distance_from_now(seconds: int, words: str) -> None:
    assert ago(NOON - timedelta(seconds=seconds), NOON) == words


def test_what_is_due_since_a_while_is_due_now() -> None:
    template = "{% load figures %}{% due_time moment %}"
    assert render(template, moment=timezone.now() - timedelta(minutes=2)) == "now"
    assert render(template, moment=timezone.now() + timedelta(seconds=3)) == "now"
    later = render(template, moment=timezone.now() + timedelta(minutes=2, seconds=9))
    assert "in 2 min" in later
    assert 'data-relative="due"' in later
    assert "ago" not in render(template, moment=None)


def test_a_relative_time_holds_the_absolute_one_in_utc_for_hover_and_scripts() -> None:
    berlin = datetime.fromisoformat("2026-03-01T13:00:00.250+01:00")
    html = render("{% load figures %}{% relative_time moment %}", moment=berlin)
    assert 'datetime="2026-03-01T12:00:00.250Z"' in html
    assert 'title="2026-03-01 12:00:00 UTC"' in html
    assert "data-relative" in html


def test_a_clock_time_has_a_date_unless_it_is_todays_and_its_distance_on_hover() -> None:
    berlin = datetime.fromisoformat("2026-03-01T13:00:07.250+01:00")
    html = render("{% load figures %}{% clock_time moment %}", moment=berlin)
    assert 'datetime="2026-03-01T12:00:07.250Z"' in html
    assert ">2026-03-01 12:00:07 UTC<" in html
    now = timezone.now()
    html = render("{% load figures %}{% clock_time moment %}", moment=now)
    assert f">{now:%H:%M:%S} UTC<" in html
    assert 'title="just now"' in html


def test_a_missing_moment_reads_as_a_dash() -> None:
    template = "{% load figures %}{% relative_time moment %}{% elapsed moment %}{% clock_time moment %}"
    assert render(template, moment=None) == "–––"


def test_an_elapsed_time_starts_right_without_scripts() -> None:
    html = render("{% load figures %}{% elapsed since %}", since=timezone.now() - timedelta(minutes=5))
    assert "data-elapsed-since=" in html
    assert "5m 0" in html


@pytest.mark.usefixtures("clock")
def test_a_predicted_bar_stands_where_the_job_should_be() -> None:
    now = timezone.now()
    started, expected = now - timedelta(seconds=30), now + timedelta(seconds=90)
    html = render(
        "{% load figures %}{% predicted_bar started expected %}", started=started, expected=expected
    )
    assert 'value="0.25' in html
    assert "left" in html


@pytest.mark.usefixtures("clock")
def test_a_job_past_its_expected_finish_is_called_longer_than_usual() -> None:
    now = timezone.now()
    started, expected = now - timedelta(seconds=90), now - timedelta(seconds=30)
    html = render(
        "{% load figures %}{% predicted_bar started expected %}", started=started, expected=expected
    )
    assert "is-late" in html
    assert "30 s longer than usual" in html


@pytest.mark.usefixtures("clock")
def test_a_job_is_not_called_slow_as_long_as_others_took_as_long() -> None:
    now = timezone.now()
    times = {
        "started": now - timedelta(seconds=90),
        "expected": now - timedelta(seconds=30),
        "slow": now + timedelta(seconds=5),
    }
    html = render("{% load figures %}{% predicted_bar started expected slow %}", **times)
    assert "is-late" not in html
    assert "any moment now" in html


@pytest.mark.usefixtures("clock")
def test_a_job_at_its_expected_finish_is_due_any_moment() -> None:
    now = timezone.now()
    html = render(
        "{% load figures %}{% predicted_bar started now %}", started=now - timedelta(seconds=20), now=now
    )
    assert "any moment now" in html


def test_no_bar_is_drawn_where_nothing_is_predicted() -> None:
    started, expected = timezone.now(), None
    assert (
        render("{% load figures %}{% predicted_bar started expected %}", started=started, expected=expected)
        == ""
    )
