"""The trace of one fire: what its rules did, what they started, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from runtime_app.models import Activation, Namespace, Role, Trigger
from runtime_app.services.commands import activations as activation_commands
from runtime_app.services.commands import wiring as wiring_commands
from runtime_app.services.live.changes import Cursor
from runtime_app.services.wiring.traces import trace_of
from runtime_app.views.http import never_kept, wants_partial
from runtime_app.views.lookups import activation_or_404
from runtime_app.views.permissions import who_may


@login_required
@require_GET
@vary_on_headers("HX-Request")
def trace(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The trace of a fire; for an activation that a fire has started, leads to the fire's."""
    cursor = Cursor.now()
    namespace, activation = activation_or_404(request, slug, pk)
    if activation.fired_by_id and not activation.is_fire:
        return redirect("runtime_app:activation-trace", slug, activation.fired_by_id)
    if not activation.is_fire:
        raise Http404
    trigger = Trigger.objects.filter(namespace=namespace, name=activation.action_path).first()
    shown = trace_of(namespace, activation)
    context = {
        "live_cursor": cursor,
        "namespace": namespace,
        "trace": shown,
        "trigger": trigger,
        "commands": _commands(namespace, activation, shown.payload),
        "fire_hint": who_may(request, namespace, Role.OPERATOR),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
    }
    template = "_trace.html" if wants_partial(request) else "trace.html"
    return never_kept(render(request, f"runtime_app/traces/{template}", context))


def _commands(namespace: Namespace, fire: Activation, payload: Any) -> list[tuple[str, str, str]]:
    """The same from a terminal: title, text and the id of the box."""
    given = payload if isinstance(payload, dict) else {}
    commands = [
        ("Fire again with curl", wiring_commands.curl_fire(namespace, fire.action_path, given), "fire-curl"),
        ("Fire again with aio", wiring_commands.aio_fire(namespace, fire.action_path, given), "fire-aio"),
    ]
    if fire.activation_id:
        read = activation_commands.curl_activation(namespace, fire.activation_id)
        commands.append(("Read the record with curl", read, "record-curl"))
        read = activation_commands.aio_activation(namespace, fire.activation_id)
        commands.append(("Read the record with aio", read, "record-aio"))
    return commands
