"""Launching an action: with one click, or with parameters."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from runtime_app.forms.launch import LaunchForm
from runtime_app.models import Action, Activation, ActivationPayload, Namespace, Preset, Role, Status
from runtime_app.services.launching.launch import LaunchKeyTakenError, launch
from runtime_app.views.action_page import launch_context
from runtime_app.views.action_rows import action_row
from runtime_app.views.http import go_to, htmx_target, never_kept, toast, wants_partial
from runtime_app.views.lookups import action_or_404, activation_or_404, signed_in_user

KEY_TAKEN = "This form has launched something else already. Reload the page, then launch again."
PANEL = "runtime_app/actions/_launch_panel.html"


@login_required
@require_http_methods(["GET", "POST"])
def action_launch(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET shows the form, filled from `?preset=` or `?from=` (an activation); POST launches."""
    namespace, action = action_or_404(request, slug, pk, role=Role.OPERATOR)
    if request.method == "GET":
        form = LaunchForm(action=action, initial=_filled(request, namespace, action))
        return launch_page(request, namespace, action, form)
    form = LaunchForm(request.POST, action=action)
    if not form.is_valid():
        return launch_page(request, namespace, action, form, status=422)
    data = form.cleaned_data
    try:
        activation = launch(
            action=action,
            person=signed_in_user(request),
            parameters=data["parameters"],
            launch_key=data["launch_key"],
            waits=data["waits"],
        )
    except LaunchKeyTakenError:
        form.add_error(None, KEY_TAKEN)
        return launch_page(request, namespace, action, form, status=422)
    return launched(request, namespace, action, activation)


def launched(
    request: HttpRequest, namespace: Namespace, action: Action, activation: Activation
) -> HttpResponse:
    """Answer a launch: the row or panel it came from, with a toast; without htmx, the activation's page."""
    level, text = outcome(activation)
    if not wants_partial(request):
        page = reverse("runtime_app:activation", args=[namespace.slug, activation.pk])
        return go_to(request, page, text, level)
    if htmx_target(request).startswith("action-"):
        row = {"row": action_row(action), "rests": True}
        response = render(request, "runtime_app/actions/_row.html", row)
    else:
        form = LaunchForm(action=action, initial=_typed(request, action))
        context = launch_context(request, namespace, action, form) | {"receipt": activation}
        response = render(request, PANEL, context)
    return toast(response, text, level)


@login_required
@require_GET
def launch_receipt(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """How far a launch has come, for the panel that it was made from."""
    namespace, activation = activation_or_404(request, slug, pk)
    context = {"namespace": namespace, "activation": activation}
    return never_kept(render(request, "runtime_app/actions/_receipt.html", context))


def outcome(activation: Activation) -> tuple[str, str]:
    """Toast level and sentence for a launch that has just been sent, or not."""
    path, why = activation.action_path, activation.error
    if activation.status == Status.REFUSED:
        return "error", f"{path} was not launched: {why}"
    if activation.status == Status.UNKNOWN:
        return "warning", f"It is not known whether {path} runs: {why}"
    if activation.status == Status.QUEUED and why:
        return "warning", f"{path} waits here and is sent as soon as possible: {why}"
    return "success", f"Launched {path}."


def launch_page(
    request: HttpRequest, namespace: Namespace, action: Action, form: LaunchForm, *, status: int = 200
) -> HttpResponse:
    """The launch form as a page of its own, or only the panel for htmx."""
    template = PANEL if wants_partial(request) else "runtime_app/actions/launch.html"
    context = launch_context(request, namespace, action, form)
    return never_kept(render(request, template, context, status=status))


def _typed(request: HttpRequest, action: Action) -> dict[str, Any]:
    """What stands in the form for the next launch: what was sent, if the form was sent."""
    form = LaunchForm(request.POST, action=action)
    if "parameters" not in request.POST or not form.is_valid():
        return {}
    return {"parameters": form.cleaned_data["parameters"], "waits": form.cleaned_data["waits"]}


def _filled(request: HttpRequest, namespace: Namespace, action: Action) -> dict[str, Any]:
    """The form as a preset or an earlier activation of this action has it."""
    if preset_pk := _number(request.GET.get("preset")):
        presets = Preset.objects.filter(namespace=namespace, action_path=action.path)
        preset = presets.filter(pk=preset_pk).first()
        return {"parameters": preset.parameters, "waits": preset.waits} if preset else {}
    if activation_pk := _number(request.GET.get("from")):
        payload = ActivationPayload.objects.filter(
            pk=activation_pk, activation__namespace=namespace, activation__action_path=action.path
        ).first()
        return {"parameters": payload.parameters or {}} if payload else {}
    return {}


def _number(text: str | None) -> int | None:
    """A primary key from an address that anybody may type; what is none leads nowhere."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if text and is_number else None
