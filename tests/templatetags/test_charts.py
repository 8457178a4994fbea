"""Drawings say in words what they show, and carry no style attributes."""

from __future__ import annotations

import re

import pytest

from runtime_app.models.statuses import Status
from runtime_app.templatetags.charts import MICRO_WIDTH, WIDTH, HistogramBar, histogram, micro_bar, timeline


def widths(html: str, css: str) -> float:
    """The widths of one class in the drawing, without the legend."""
    html = html.split("</svg>")[0]
    return sum(float(width) for width in re.findall(rf'width="([\d.]+)" height="[\d.]+" class="{css}"', html))


def test_a_timeline_shares_its_width_by_time() -> None:
    html = timeline(Status.SUCCESS, 250, 250, 500)
    assert widths(html, "fill-wait") == pytest.approx(WIDTH / 4)
    assert widths(html, "fill-run") == pytest.approx(WIDTH / 2)
    assert 'aria-label="Timeline: wait 250 ms, init 250 ms, run 500 ms"' in html


def test_a_warm_start_shows_no_init() -> None:
    assert "Init" not in timeline(Status.SUCCESS, 10, None, 500)


def test_a_timeline_without_times_says_so() -> None:
    assert "no times known" in timeline(Status.UNKNOWN)


def test_a_phase_too_short_to_draw_is_still_seen() -> None:
    assert widths(timeline(Status.SUCCESS, 1, None, 10_000_000), "fill-wait") >= 4


def test_a_micro_bar_is_drawn_on_the_scale_of_its_table() -> None:
    html = micro_bar(Status.SUCCESS, None, None, 500, 1000)
    assert widths(html, "fill-run") == pytest.approx(MICRO_WIDTH / 2)
    assert html.endswith("500 ms</span>")


def test_a_histogram_bar_stacks_its_statuses_and_links_to_its_interval() -> None:
    bars = [
        HistogramBar("09:00", {Status.SUCCESS: 3, Status.TIMED_OUT: 1}, href="?since=9&upto=10"),
        HistogramBar("10:00", {}),
    ]
    html = histogram(bars, "09:00", "now")
    assert 'aria-label="09:00: 3 success, 1 timed out"' in html
    assert 'href="?since=9&amp;upto=10"' in html
    assert "10:00: nothing" in html
    assert "Activity: 4 activations" in html


def test_an_empty_histogram_is_drawn_without_dividing_by_zero() -> None:
    assert "Activity: 0 activations" in histogram([HistogramBar("09:00", {})])
    assert "Activity: 0 activations" in histogram([])


def test_drawings_have_no_style_attributes() -> None:
    html = (
        timeline("success", 1, 2, 3)
        + micro_bar("success", 1, 2, 3)
        + histogram([HistogramBar("x", {"success": 1})])
    )
    assert "style=" not in html
