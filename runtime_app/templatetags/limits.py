"""Limits and moments of actions as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import template
from django.utils import timezone

from runtime_app.forms.units import in_words

register = template.Library()

RECENT = timedelta(days=1)


@register.filter
def time_limit(ms: int) -> str:
    """A limit as it would be typed: `120000` as `2 min`, `90000` as `90 s`."""
    return in_words(ms)


@register.filter
def is_recent(moment: datetime | None) -> bool:
    """Whether it was within the last day."""
    return moment is not None and timezone.now() - moment < RECENT


@register.filter
def from_ms(ms: int | None) -> datetime | None:
    """The moment that a number of epoch milliseconds stands for; None for none or zero."""
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None
