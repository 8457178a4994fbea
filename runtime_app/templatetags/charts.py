"""Drawings as inline SVG: the timeline of one run, micro bars in rows, the activity histogram.

Widths are SVG attributes, because the content security policy forbids style attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from runtime_app.models.statuses import Status

from .figures import format_duration
from .markup import own_html

register = template.Library()

WIDTH = 1000
TIMELINE_HEIGHT = 20
HISTOGRAM_HEIGHT = 48
MIN_SEGMENT = 4
# A micro bar is drawn in CSS pixels (see `.micro-bar svg`).
MICRO_WIDTH = 64
MICRO_HEIGHT = 6
MICRO_MIN_SEGMENT = 1


@dataclass(frozen=True, slots=True)
class HistogramBar:
    """One bar: its interval in words, how many activations of each status, and where a click leads."""

    label: str
    counts: Mapping[str, int]
    href: str = ""

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def _phases(
    wait_ms: float | None, init_ms: float | None, run_ms: float | None
) -> list[tuple[str, str, float]]:
    """The phases that took any time as (css class, word, ms); a warm start has no init."""
    known = (("wait", "Wait", wait_ms), ("init", "Init", init_ms), ("run", "Run", run_ms))
    return [(css, word, ms) for css, word, ms in known if ms]


def _segments(
    phases: Sequence[tuple[str, str, float]], whole_ms: float, width: int, height: int, least: int
) -> SafeString:
    rectangles = ""
    x = 0.0
    for css, _word, ms in phases:
        length = max(least, width * ms / whole_ms)
        rectangles += f'<rect x="{x:.4g}" width="{length:.4g}" height="{height}" class="fill-{css}"/>'
        x += length
    return own_html(rectangles)


@register.simple_tag
def timeline(
    status: str, wait_ms: float | None = None, init_ms: float | None = None, run_ms: float | None = None
) -> SafeString:
    """The strip wait · init · run of one activation with a legend; in ms, `run_ms` without the init."""
    phases = _phases(wait_ms, init_ms, run_ms)
    whole = sum(ms for _css, _word, ms in phases) or 1
    words = ", ".join(f"{word.lower()} {format_duration(ms)}" for _css, word, ms in phases)
    return format_html(
        '<div class="timeline tone-{}"><svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="Timeline: {}"><rect width="{}" height="{}" class="fill-track"/>{}</svg>'
        '<ul class="timeline__legend">{}</ul></div>',
        Status(status).tone,
        WIDTH,
        TIMELINE_HEIGHT,
        words or "no times known",
        WIDTH,
        TIMELINE_HEIGHT,
        _segments(phases, whole, WIDTH, TIMELINE_HEIGHT, MIN_SEGMENT),
        _legend(phases),
    )


def _legend(phases: Sequence[tuple[str, str, float]]) -> SafeString:
    return format_html_join(
        "",
        '<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" class="fill-{}"/></svg>'
        '{} <span class="strong">{}</span></li>',
        ((css, word, format_duration(ms)) for css, word, ms in phases),
    )


@register.simple_tag
def micro_bar(
    status: str,
    wait_ms: float | None = None,
    init_ms: float | None = None,
    run_ms: float | None = None,
    scale_ms: float | None = None,
) -> SafeString:
    """The phases as a 64 px bar for a table row, with the total; `scale_ms` is the longest of the table."""
    phases = _phases(wait_ms, init_ms, run_ms)
    total = sum(ms for _css, _word, ms in phases)
    words = " · ".join(f"{word.lower()} {format_duration(ms)}" for _css, word, ms in phases)
    longest = max(scale_ms or 0, total) or 1
    segments = _segments(phases, longest, MICRO_WIDTH, MICRO_HEIGHT, MICRO_MIN_SEGMENT)
    return own_html(
        f'<span class="micro-bar tone-{Status(status).tone}" title="{words}">'
        f'<svg viewBox="0 0 {MICRO_WIDTH} {MICRO_HEIGHT}" aria-hidden="true">{segments}</svg>'
        f"{format_duration(total)}</span>"
    )


@register.simple_tag
def histogram(
    bars: Sequence[HistogramBar], start: datetime | str = "", end: datetime | str = ""
) -> SafeString:
    """Activity over time, stacked by status; `start` and `end` label the axis."""
    highest = max((bar.total for bar in bars), default=0) or 1
    step = WIDTH / max(len(bars), 1)
    total = sum(bar.total for bar in bars)
    return format_html(
        '<figure class="histogram"><svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="group" '
        'aria-label="Activity: {}">{}<line x1="0" x2="{}" y1="{}" y2="{}" class="histogram__base"/></svg>'
        '<figcaption class="histogram__axis"><span>{}</span><span>{}</span></figcaption></figure>',
        WIDTH,
        HISTOGRAM_HEIGHT,
        f"{total:,} activation{'' if total == 1 else 's'}",
        own_html("".join(_bar(bar, index * step, step, highest) for index, bar in enumerate(bars))),
        WIDTH,
        HISTOGRAM_HEIGHT,
        HISTOGRAM_HEIGHT,
        start,
        end,
    )


def _bar(bar: HistogramBar, x: float, step: float, highest: int) -> SafeString:
    words = ", ".join(
        f"{count} {Status(value).label.lower()}" for value, count in bar.counts.items() if count
    )
    label = escape(bar.label)
    drawing = (
        f"<title>{label}: {words or 'nothing'}</title>"
        f'<rect x="{x:.1f}" width="{step:.1f}" height="{HISTOGRAM_HEIGHT}" class="histogram__hit"/>'
        f"{_stack(bar, x, step, highest)}"
    )
    if bar.href and words:
        return own_html(f'<a href="{escape(bar.href)}" aria-label="{label}: {words}">{drawing}</a>')
    return own_html(f"<g>{drawing}</g>")


def _stack(bar: HistogramBar, x: float, step: float, highest: int) -> str:
    rectangles, left, width = "", f"{x + step * 0.1:.1f}", f"{step * 0.8:.1f}"
    y = float(HISTOGRAM_HEIGHT)
    for value, count in bar.counts.items():
        height = (HISTOGRAM_HEIGHT - 2) * count / highest
        y -= height
        if count:
            rectangles += (
                f'<rect x="{left}" y="{y:.1f}" width="{width}" height="{height:.1f}" '
                f'class="tone-{Status(value).tone} fill-tone"/>'
            )
    return rectangles
