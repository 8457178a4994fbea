"""What the page of one action, and the launch form that stands on it, show."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from runtime_app.forms.launch import LaunchForm
from runtime_app.models import Action, Activation, Namespace, Role
from runtime_app.services.authoring.actions import code_of, last_author
from runtime_app.services.authoring.inheritance import (
    bound_to,
    effective_parameters,
    inherited_parameters,
    own_parameters,
)
from runtime_app.services.authoring.presets import presets_of
from runtime_app.services.authoring.sequences import steps_of
from runtime_app.services.commands import actions as command_lines
from runtime_app.services.connecting.limits import action_ranges
from runtime_app.services.launching.durations import expectations
from runtime_app.services.live.changes import Cursor
from runtime_app.views.callable_at import callable_context
from runtime_app.views.launch_keys import new_key
from runtime_app.views.permissions import who_may

LATEST_SHOWN = 8
# Bundled code is often megabytes; a page that shows it all would be too heavy to open.
CODE_CHARACTERS_SHOWN = 32_000


def launch_context(
    request: HttpRequest, namespace: Namespace, action: Action, form: LaunchForm | None = None
) -> dict[str, Any]:
    """The launch panel: form, presets, and what one should know before launching."""
    cursor = Cursor.now()
    shown = form or LaunchForm(action=action)
    known = shown.cleaned_data if shown.is_bound and shown.is_valid() else shown.initial
    parameters = known.get("parameters") or {}
    return {
        "live_cursor": cursor,
        "action": action,
        "form": shown,
        "presets": presets_of(namespace, action.path),
        "presets_key": new_key(),
        "usual": expectations(namespace, [action.path]).get(action.path),
        "parameter_bytes": action_ranges(namespace).parameter_bytes,
        "default_parameters": effective_parameters(action),
        "curl": command_lines.curl_invoke(namespace, action.path, parameters),
        "aio": command_lines.aio_invoke(namespace, action.path, parameters),
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
    }


def latest_context(namespace: Namespace, action: Action) -> dict[str, Any]:
    """Its newest activations."""
    rows = Activation.objects.filter(namespace=namespace, action_path=action.path).for_rows()
    return {
        "namespace": namespace,
        "action": action,
        "activations": rows.newest_first()[:LATEST_SHOWN],
    }


def action_context(request: HttpRequest, namespace: Namespace, action: Action) -> dict[str, Any]:
    """The whole page."""
    code = code_of(action)
    return {
        **launch_context(request, namespace, action),
        **latest_context(namespace, action),
        **callable_context(namespace, action),
        "inherited": inherited_parameters(action),
        "own_parameters": own_parameters(action),
        "bound_to": bound_to(action),
        "steps": steps_of(namespace, action.components),
        "code": code if code is None or action.is_binary else code[:CODE_CHARACTERS_SHOWN],
        "code_length": len(code or ""),
        "code_is_cut": len(code or "") > CODE_CHARACTERS_SHOWN,
        "author": last_author(action),
        "more_commands": [
            ("Read with curl", command_lines.curl_get(namespace, action.path), "get-curl"),
            ("Read with aio", command_lines.aio_get(namespace, action.path), "get-aio"),
            ("Update with curl", command_lines.curl_update(namespace, action), "update-curl"),
            ("Update with aio", command_lines.aio_update(namespace, action), "update-aio"),
        ],
        "edit_hint": who_may(request, namespace, Role.EDITOR),
    }
