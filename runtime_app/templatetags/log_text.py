"""Log text as a page can show it."""

from __future__ import annotations

from django import template

from .json_tree import visible_text

register = template.Library()


@register.filter
def visible(text: str) -> str:
    """The text with direction overrides and lone surrogates spelled out; the template escapes it."""
    return visible_text(text)
