"""Renders a piece of template source, as a page would."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict
from django.template import engines


def render(source: str, query: str = "", **context: Any) -> str:
    request = HttpRequest()
    request.GET = QueryDict(query)
    return engines["django"].from_string(source).render(context, request)
