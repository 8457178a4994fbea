"""`{% load gists %}`: a long error in one line, the rest behind it (templates/_gist.html)."""

from __future__ import annotations

from django import template

from runtime_app.services.history.gists import Gist, gist_of

register = template.Library()


@register.filter
def gist(text: str) -> Gist:
    """The useful line of an error, and the whole text where that is more."""
    return gist_of(text)
