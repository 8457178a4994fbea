"""One activation: its page, its logs and files, running it again, taking it back."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from runtime_app.models import Activation, ActivationPayload, Namespace, Role, Status, User
from runtime_app.services.collecting.jobs import is_crowded
from runtime_app.services.commands import activations as activation_commands
from runtime_app.services.history.logs import as_text, log_page
from runtime_app.services.launching import launch
from runtime_app.services.launching.durations import Forecast, forecasts
from runtime_app.services.launching.room import why_waiting
from runtime_app.services.live.changes import Cursor
from runtime_app.services.wiring.sequence_runs import sequence_run_of, whole_of

from .http import go_to, never_kept, toast, wants_partial
from .launch import outcome
from .launch_keys import key_of, new_key
from .lookups import activation_or_404, signed_in_user
from .lost_launches import candidates_context
from .permissions import who_may

# A result up to this size lies in the page as text too, for copying; a longer one is a download.
INLINE_RESULT_BYTES = 64 * 1024
OUT_OF_DATE = "The page was out of date. Press the button again."


@login_required
@require_GET
@vary_on_headers("HX-Request")
def activation(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One activation: the page, or for htmx its body."""
    cursor = Cursor.now()
    namespace, activation = activation_or_404(request, slug, pk)
    context = {
        "live_cursor": cursor,
        "live_show": pk,
        "back": back_link(request, namespace),
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
        **context_of(namespace, activation),
    }
    template = "_body.html" if wants_partial(request) else "activation.html"
    return never_kept(render(request, f"runtime_app/activations/{template}", context))


@login_required
@require_GET
def facts(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The card of facts: how often it was asked for, and when it is next."""
    namespace, activation = activation_or_404(request, slug, pk)
    payload = ActivationPayload.objects.filter(activation=activation).only("size").first()
    context = {"payload": payload, **facts_of(namespace, activation)}
    return render(request, "runtime_app/activations/_facts.html", context)


@login_required
@require_GET
def steps(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The steps of a sequence or composition, again."""
    namespace, activation = activation_or_404(request, slug, pk)
    action = namespace.actions.filter(path=activation.action_path).first()
    payload = ActivationPayload.objects.filter(activation=activation).only("logs").first()
    run = sequence_run_of(namespace, activation, action, payload)
    if run is None:
        raise Http404
    context = {"namespace": namespace, "activation": activation, "run": run}
    return never_kept(render(request, "runtime_app/activations/_steps.html", context))


def facts_of(namespace: Namespace, activation: Activation) -> dict[str, Any]:
    """What the card of facts says, beside the size of the payload."""
    return {
        "namespace": namespace,
        "activation": activation,
        "action": namespace.actions.filter(path=activation.action_path).first(),
        "whole": whole_of(namespace, activation),
        "in_crowd": activation.status == Status.PENDING and is_crowded(namespace),
    }


def context_of(namespace: Namespace, activation: Activation) -> dict[str, Any]:
    payload = ActivationPayload.objects.filter(activation=activation).first()
    known = facts_of(namespace, activation)
    action = known["action"]
    forecast = forecasts(namespace, [activation]).get(activation.pk, Forecast())
    return {
        **known,
        "payload": payload,
        "why_waiting": why_waiting(activation),
        "expectation": forecast.expectation,
        "expected_at": forecast.expected_at,
        "forecast": forecast,
        "result_is_long": payload is not None and (payload.size or 0) > INLINE_RESULT_BYTES,
        "logs": log_page(payload.logs if payload else []),
        "can_rerun": action is not None and action.vanished_at is None and parameters_of(payload) is not None,
        "launch_key": new_key(),
        "commands": commands_for(namespace, activation),
        "run": sequence_run_of(namespace, activation, action, payload),
        **candidates_context(activation),
    }


def commands_for(namespace: Namespace, activation: Activation) -> list[tuple[str, str]]:
    """What a terminal would say to read this record, with a name for each; none before there is an id."""
    if not activation.activation_id:
        return []
    return [
        ("curl", activation_commands.curl_activation(namespace, activation.activation_id)),
        ("aio", activation_commands.aio_activation(namespace, activation.activation_id)),
    ]


def back_link(request: HttpRequest, namespace: Namespace) -> str:
    """The history, with its filters if the person came from there."""
    history = reverse("runtime_app:activations", args=[namespace.slug])
    _, found, rest = request.headers.get("Referer", "").partition(request.get_host() + history)
    return history + rest if found and rest.startswith("?") else history


@login_required
@require_POST
def rerun(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Launch the same action with the same parameters once more, and lead to the new activation."""
    namespace, activation = activation_or_404(request, slug, pk, role=Role.OPERATOR)
    action = namespace.actions.present().filter(path=activation.action_path).first()
    payload = ActivationPayload.objects.filter(activation=activation).first()
    parameters, launch_key = parameters_of(payload), key_of(request)
    page = reverse("runtime_app:activation", args=[slug, pk])
    if action is None or parameters is None:
        return go_to(request, page, "Its action or its parameters are no longer known.", level="warning")
    if launch_key is None:
        return go_to(request, page, OUT_OF_DATE, level="warning")
    try:
        started = launch.launch(
            action=action,
            person=signed_in_user(request),
            parameters=parameters,
            launch_key=launch_key,
            waits=activation.waits,
            rerun_of=activation,
        )
    except launch.LaunchKeyTakenError:
        return go_to(request, page, OUT_OF_DATE, level="warning")
    level, text = outcome(started)
    return go_to(request, reverse("runtime_app:activation", args=[slug, started.pk]), text, level)


def parameters_of(payload: ActivationPayload | None) -> dict[str, Any] | None:
    """What it was launched with; None where that is not known, so that it cannot be launched again."""
    parameters = payload.parameters if payload else None
    return parameters if isinstance(parameters, dict) else None


@login_required
@require_POST
def cancel(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take back a launch that still waits here; htmx, from a list, gets its row anew."""
    namespace, activation = activation_or_404(request, slug, pk, role=Role.OPERATOR)
    level, text = _taken_back(activation, signed_in_user(request))
    if not wants_partial(request):
        return go_to(request, reverse("runtime_app:activation", args=[slug, pk]), text, level=level)
    row = {"namespace": namespace, "activation": activation, "is_fragment": True}
    return toast(render(request, "runtime_app/live/_row.html", row), text, level)


def _taken_back(activation: Activation, person: User) -> tuple[str, str]:
    """Toast level and sentence; the activation is as it stands afterwards."""
    if launch.cancel(activation, person=person):
        return "success", f"The {activation.noun} was taken back; nothing was sent."
    activation.refresh_from_db()
    if activation.status == Status.CANCELLED:
        return "info", f"The {activation.noun} was taken back already."
    return "warning", "It has left already, so it cannot be taken back."


@login_required
@require_GET
def logs(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The log lines from index `?start=` on."""
    namespace, activation = activation_or_404(request, slug, pk)
    start = request.GET.get("start", "0")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        raise Http404
    payload = payload_or_404(activation)
    context = {"namespace": namespace, "activation": activation, "logs": log_page(payload.logs, int(start))}
    return render(request, "runtime_app/activations/_log_lines.html", context)


@login_required
@require_GET
def download(request: HttpRequest, slug: str, pk: int, what: str) -> HttpResponse:
    """The whole result, parameters or logs: a file, or with `?raw=1` plain text to look at; never HTML."""
    _, activation = activation_or_404(request, slug, pk)
    payload = payload_or_404(activation)
    if what == "logs":
        content, content_type, suffix = as_text(payload.logs), "text/plain", "log"
    elif what in ("result", "parameters"):
        content, content_type, suffix = as_json(getattr(payload, what)), "application/json", "json"
    else:
        raise Http404
    disposition = "attachment"
    if request.GET.get("raw"):
        content_type, disposition = "text/plain", "inline"
    name = f"{activation.activation_id or activation.pk}-{what}.{suffix}"
    return HttpResponse(
        content.encode("utf-8", "backslashreplace"),
        content_type=f"{content_type}; charset=utf-8",
        headers={"Content-Disposition": f'{disposition}; filename="{name}"'},
    )


def as_json(value: Any) -> str:
    """Indented where the nesting allows it."""
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return json.dumps(value, ensure_ascii=False)


def payload_or_404(activation: Activation) -> ActivationPayload:
    payload = ActivationPayload.objects.filter(activation=activation).first()
    if payload is None:
        raise Http404
    return payload
