"""`{% icon %}`: symbols of the sprite `static/img/icons.svg`, which the browser fetches once."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPRITE = "img/icons.svg"
# Pages are full of the same few symbols.
SYMBOLS_KEPT = 512


@register.simple_tag
@lru_cache(maxsize=SYMBOLS_KEPT)
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """The symbol `name` as inline SVG; hidden from assistive technology unless `label` says what it means."""
    classes = f"icon {css}".strip()
    href = f"{static(SPRITE)}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', classes, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, href)
