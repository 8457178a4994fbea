"""`{% kept "_nav.html" slug=namespace.slug %}`: a template rendered once for the same variables.

Rendering costs a page far more than its queries do, and much of every page is the same each time.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import URLResolver, get_resolver, get_script_prefix, get_urlconf
from django.utils.safestring import SafeString

register = template.Library()

# Some hundred bytes to some kilobytes each.
RENDERINGS_KEPT = 1024


@register.simple_tag(name="kept")
def kept_html(template_name: str, **variables: Hashable) -> SafeString:
    """The template's HTML with these variables and no others: nothing of the page's context reaches it.

    The variables are texts, numbers and flags. A model instance would do harm: equal to every other one of
    its row, it would show what the row was once. In debug mode nothing is kept, so that edits show at once.
    """
    if settings.DEBUG:
        return render_to_string(template_name, variables)
    # Addresses in the HTML depend on where the panel is mounted.
    mount = (get_resolver(get_urlconf()), get_script_prefix())
    return _rendered(template_name, mount, tuple(variables.items()))


@lru_cache(maxsize=RENDERINGS_KEPT)
def _rendered(
    template_name: str, _mount: tuple[URLResolver, str], variables: tuple[tuple[str, Any], ...]
) -> SafeString:
    return render_to_string(template_name, dict(variables))
