"""Addresses with one more or one fewer filter value. Single values: Django's own `{% querystring %}`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.urls import (
    NoReverseMatch,
    URLResolver,
    get_resolver,
    get_script_prefix,
    get_urlconf,
    reverse,
)

register = template.Library()

CURSOR_PARAMETERS = ("cursor", "before", "after")
ADDRESSES_KEPT = 1024


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
    """`page` when the shown page is one of these URL names (for `aria-current`), else an empty string.

    Where there is no request, in what `{% kept %}` renders, the variable `shown_page` is the URL name.
    """
    match = getattr(context.get("request"), "resolver_match", None)
    return "page" if (match.url_name if match else context.get("shown_page")) in names else ""


@register.simple_tag
def panel_url(name: str, *args: Any) -> str:
    """Like `{% url %}`, with the panel's prefix; an empty string where the panel has no such page."""
    return _address(get_resolver(get_urlconf()), get_script_prefix(), name, args)


@register.simple_tag
def row_url(name: str, slug: str, pk: int) -> str:
    """`panel_url` of a page whose last argument is a primary key, for lists: reversed once for all rows."""
    before, _, after = panel_url(name, slug, 0).rpartition("0")
    return f"{before}{pk}{after}"


@lru_cache(maxsize=ADDRESSES_KEPT)
def _address(_resolver: URLResolver, _prefix: str, name: str, args: tuple[Any, ...]) -> str:
    """Reversing takes longer than the rest of a link; it depends on the two that go unused here."""
    try:
        return reverse(f"runtime_app:{name}", args=args)
    except NoReverseMatch:
        return ""
