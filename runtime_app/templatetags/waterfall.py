"""The bars of a fire's or a sequence's trace: where each activation waited and ran, on one scale.

Widths are SVG attributes, because the content security policy forbids style attributes.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from runtime_app.models.statuses import Status
from runtime_app.services.wiring.steps import Step, TimeScale

from .figures import format_duration

register = template.Library()

WIDTH = 1000
HEIGHT = 14
MIN_BAR = 4
TICKS = 4


@register.simple_tag
def waterfall_bar(trace: TimeScale, step: Step) -> SafeString:
    """Wait and run of one step; one that has not ended reaches until now."""
    status = Status(step.activation.status)
    run_ms = step.run_ms
    if run_ms is None:
        run_ms = 0 if status.is_final else max(0.0, trace.now_ms - step.start_ms - step.wait_ms)
    segments = [("wait", step.start_ms, step.wait_ms), ("run", step.start_ms + step.wait_ms, run_ms)]
    rectangles = [
        (f"{_x(trace, start):.1f}", f"{max(MIN_BAR, WIDTH * ms / trace.total_ms):.1f}", HEIGHT, css)
        for css, start, ms in segments
        # What took no time at all has its mark too, as long as it ran.
        if ms > 0 or (css == "run" and step.run_ms is not None)
    ]
    words = f"starts after {format_duration(step.start_ms)}"
    if step.run_ms is not None:
        words += f", waits {format_duration(step.wait_ms)}, runs {format_duration(step.run_ms)}"
    bars = format_html_join("", '<rect x="{}" width="{}" height="{}" class="fill-{}"/>', rectangles)
    return _drawing(status.tone, words, bars)


@register.simple_tag
def waterfall_mark(status: str) -> SafeString:
    """The moment of the fire itself."""
    mark = format_html('<rect width="{}" height="{}" class="fill-tone"/>', MIN_BAR * 2, HEIGHT)
    return _drawing(Status(status).tone, "the fire", mark)


@register.simple_tag
def waterfall_axis(trace: TimeScale) -> SafeString:
    """The scale above the bars, from the beginning to the end of the last step."""
    labels = [format_duration(trace.total_ms * number / TICKS) for number in range(TICKS + 1)]
    if len(set(labels)) <= TICKS:
        # A few milliseconds cannot be told apart in between.
        labels = [labels[0], labels[-1]]
    return format_html(
        '<span class="waterfall__axis" aria-hidden="true">{}</span>',
        format_html_join("", "<span>{}</span>", ((label,) for label in labels)),
    )


def _drawing(tone: str, words: str, content: SafeString) -> SafeString:
    return format_html(
        '<svg class="waterfall__bar tone-{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><rect width="{}" height="{}" class="fill-track"/>{}</svg>',
        tone,
        WIDTH,
        HEIGHT,
        words,
        WIDTH,
        HEIGHT,
        content,
    )


def _x(trace: TimeScale, ms: float) -> float:
    return min(WIDTH - MIN_BAR, WIDTH * ms / trace.total_ms)
