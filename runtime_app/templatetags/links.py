"""Addresses with one more or one fewer filter value. Single values: Django's own `{% querystring %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse

register = template.Library()

CURSOR_PARAMETERS = ("cursor", "before", "after")


@register.simple_tag(takes_context=True)
def query_toggle(context: Context, name: str, value: Any) -> str:
    """The page's query with `value` of the repeatable parameter `name` added, or removed if it is there.

    Cursors are dropped, because a changed filter starts at the first page. Always begins with `?`.
    """
    query = context["request"].GET.copy()
    values = query.getlist(name)
    text = str(value)
    query.setlist(name, [v for v in values if v != text] if text in values else [*values, text])
    for cursor in CURSOR_PARAMETERS:
        query.pop(cursor, None)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_has(context: Context, name: str, value: Any) -> bool:
    """Whether the page's query holds `value` for `name`."""
    return str(value) in context["request"].GET.getlist(name)


@register.simple_tag(takes_context=True)
def nav_current(context: Context, *names: str) -> str:
    """`page` when the shown page is one of these URL names (for `aria-current`), else an empty string."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    return "page" if match is not None and match.url_name in names else ""


@register.simple_tag
def panel_url(name: str, *args: Any) -> str:
    """Like `{% url %}`, with the panel's prefix; an empty string where the panel has no such page."""
    try:
        return reverse(f"runtime_app:{name}", args=args)
    except NoReverseMatch:
        return ""
