"""The edges of the wiring map as one string: there are hundreds, and a template's loop is slow at that."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from runtime_app.services.wiring.map_drawing import Edge

register = template.Library()


@register.filter
def as_paths(edges: Sequence[Edge]) -> SafeString:
    """SVG paths, each with the keys of the rows that it joins."""
    return format_html_join(
        "\n",
        '<path class="{}" data-ends="{}" d="{}"/>',
        ((edge.css, edge.ends, edge.path) for edge in edges),
    )
