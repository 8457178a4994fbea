"""Figures that people read: durations, sizes, relative times and clocks that go on ticking in the browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .markup import own_html

register = template.Library()

MS_PER_SECOND = 1000
SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400
BYTES_PER_UNIT = 1024
NO_VALUE = "–"


def format_duration(ms: float) -> str:
    """Milliseconds as `850 ms`, `12.3 s`, `2m 05s`, `1h 04m` or `3d 02h`. time.js writes the same."""
    if ms < MS_PER_SECOND:
        return f"{max(0, round(ms))} ms"
    tenths = round(ms / 100)
    if tenths < SECONDS_PER_MINUTE * 10:
        return f"{tenths / 10:.1f} s"
    seconds = round(ms / MS_PER_SECOND)
    if seconds < SECONDS_PER_HOUR:
        return f"{seconds // SECONDS_PER_MINUTE}m {seconds % SECONDS_PER_MINUTE:02d}s"
    if seconds < SECONDS_PER_DAY:
        return f"{seconds // SECONDS_PER_HOUR}h {seconds % SECONDS_PER_HOUR // SECONDS_PER_MINUTE:02d}m"
    return f"{seconds // SECONDS_PER_DAY}d {seconds % SECONDS_PER_DAY // SECONDS_PER_HOUR:02d}h"


@register.filter
def duration(value: float | timedelta | None) -> str:
    """A number of milliseconds, or a timedelta, in words; a dash where there is none."""
    if value is None:
        return NO_VALUE
    if isinstance(value, timedelta):
        return format_duration(value / timedelta(milliseconds=1))
    return format_duration(value)


@register.filter
def size(value: float | None) -> str:
    """A number of bytes as `812 B`, `12 KB` or `1.4 MB` (1 KB = 1024 bytes, as OpenWhisk counts)."""
    if value is None:
        return NO_VALUE
    if value < BYTES_PER_UNIT:
        return f"{value:.0f} B"
    for unit in ("KB", "MB"):
        value /= BYTES_PER_UNIT
        if value < BYTES_PER_UNIT:
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{value / BYTES_PER_UNIT:.1f} GB"


def ago(moment: datetime, now: datetime) -> str:
    """How long before (or after) `now` a moment is, coarsely. time.js writes the same."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 5:
        return "just now"
    amount = _coarse(abs(seconds))
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def _coarse(seconds: float) -> str:
    if seconds < SECONDS_PER_MINUTE:
        return f"{seconds:.0f} s"
    if seconds < SECONDS_PER_HOUR:
        return f"{seconds // SECONDS_PER_MINUTE:.0f} min"
    if seconds < SECONDS_PER_DAY:
        return f"{seconds // SECONDS_PER_HOUR:.0f} h"
    days = seconds // SECONDS_PER_DAY
    return f"{days:.0f} day" if days == 1 else f"{days:.0f} days"


def iso(moment: datetime) -> str:
    """A moment in UTC as scripts read it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@register.simple_tag
def relative_time(moment: datetime | None, kind: str = "past") -> SafeString | str:
    """`3 min ago`, with the absolute time on hover; time.js keeps it true. What is `due` ends as `now`."""
    if moment is None:
        return NO_VALUE
    absolute = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    past = ago(moment, timezone.now())
    return own_html(f'<time datetime="{iso(moment)}" title="{absolute}" data-relative="{kind}">{past}</time>')


@register.simple_tag
def due_time(moment: datetime | None) -> SafeString | str:
    """`in 3 min`, or `now` for what is due or soon will be: since when tells nobody anything."""
    if moment is None:
        return NO_VALUE
    if moment <= timezone.now() + timedelta(seconds=5):
        return "now"
    return relative_time(moment, "due")


@register.simple_tag
def clock_time(moment: datetime | None) -> SafeString | str:
    """`14:03:20 UTC`, with the date in front when that is not today, and `3 min ago` on hover."""
    if moment is None:
        return NO_VALUE
    now, there = timezone.now(), moment.astimezone(UTC)
    form = "%H:%M:%S UTC" if there.date() == now.astimezone(UTC).date() else "%Y-%m-%d %H:%M:%S UTC"
    return own_html(
        f'<time class="nowrap" datetime="{iso(moment)}" title="{ago(moment, now)}" data-clock>'
        f"{there.strftime(form)}</time>"
    )


@register.simple_tag
def elapsed(since: datetime | None) -> SafeString | str:
    """The time since a moment, counted on by time.js."""
    if since is None:
        return NO_VALUE
    passed = (timezone.now() - since) / timedelta(milliseconds=1)
    return own_html(f'<span data-elapsed-since="{iso(since)}">{format_duration(passed)}</span>')


@register.simple_tag
def predicted_bar(
    started: datetime | None, expected: datetime | None, slow: datetime | None = None, label: str = "Progress"
) -> SafeString | str:
    """A bar from a job's start to its expected finish, moved on by time.js; nothing without both times.

    Half of all jobs outlast the finish that is expected; longer than usual is what outlasts `slow`.
    """
    if started is None or expected is None or expected <= started:
        return ""
    now, slow = timezone.now(), slow or expected
    share = (now - started) / (expected - started)
    return format_html(
        '<span class="predicted" data-started="{}" data-expected="{}" data-slow="{}">'
        '<progress class="progress{}" max="1" value="{}" aria-label="{}"></progress>'
        '<span class="predicted__text">{}</span></span>',
        iso(started),
        iso(expected),
        iso(slow),
        " is-late" if now > slow else "",
        f"{min(max(share, 0.0), 1.0):.3f}",
        label,
        _expectation(now, expected, slow),
    )


def _expectation(now: datetime, expected: datetime, slow: datetime) -> str:
    left = (expected - now).total_seconds()
    if left >= 1:
        return f"about {_coarse(left)} left"
    return f"{_coarse(-left)} longer than usual" if now > slow and left <= -1 else "any moment now"
