"""How an action is called from outside, for its page."""

from __future__ import annotations

from typing import Any

from runtime_app.models import Action, Namespace
from runtime_app.services.web_actions.starters import starters_of
from runtime_app.services.web_actions.urls import web_place


def callable_context(namespace: Namespace, action: Action) -> dict[str, Any]:
    """Its own URL, and those of the web actions that start it."""
    return {
        "own_url": web_place(namespace, action.path).url if action.is_web else "",
        "starters": [(starter, web_place(namespace, starter.path).url) for starter in starters_of(action)],
    }
