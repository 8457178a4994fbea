"""Statuses as people see them: a shape, a word and a tone."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runtime_app.models.statuses import Status

from .icons import icon

register = template.Library()

# Lists are made of the same few.
BADGES_KEPT = 256


@register.simple_tag
@lru_cache(maxsize=BADGES_KEPT)
def status_badge(status: str, css: str = "") -> SafeString:
    """A pill with icon and word of `status` (a Status or its value); its tooltip explains the state.

    Success needs no explanation, and lists are made of it.
    """
    known = Status(status)
    classes = f"badge tone-{known.tone} {css}".strip()
    tooltip = format_html(' title="{}"', known.explanation) if known != Status.SUCCESS else ""
    return format_html('<span class="{}"{}>{}{}</span>', classes, tooltip, icon(known.icon), known.label)


@register.simple_tag
@lru_cache(maxsize=BADGES_KEPT)
def status_icon(status: str) -> SafeString:
    """Only the icon of `status`, labelled with its word, for narrow places."""
    known = Status(status)
    return format_html(
        '<span class="badge badge--bare tone-{}" title="{}">{}</span>',
        known.tone,
        known.label,
        icon(known.icon, label=known.label),
    )


@register.filter
def tone(status: str) -> str:
    """The class `tone-…` of `status`, for chips, bars and rows."""
    return f"tone-{Status(status).tone}"


@register.simple_tag
def all_statuses() -> list[Status]:
    """Every status in the order of its life, for legends and filter chips."""
    return list(Status)
