"""Firing a trigger, and how others may fire it: its URI and authorization."""

from __future__ import annotations

from base64 import b64encode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from runtime_app.forms.fire import FireForm
from runtime_app.models import Activation, CredentialUnreadableError, Namespace, Preset, Role, Status, Trigger
from runtime_app.services.commands import wiring as wiring_commands
from runtime_app.services.launching.launch import LaunchKeyTakenError
from runtime_app.services.wiring.firing import fire
from runtime_app.services.wiring.triggers import reveal_authorization
from runtime_app.views.http import go_to, never_kept, wants_partial
from runtime_app.views.lookups import signed_in_user, trigger_or_404
from runtime_app.views.trigger_page import trigger_page
from runtime_app.views.triggers import page_of

KEY_TAKEN = "This form has fired something else already. Reload the page, then fire again."


@login_required
@require_http_methods(["GET", "POST"])
def trigger_fire(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET shows the form, filled from the saved payload `?payload=` or the fire `?from=`; POST fires."""
    namespace, trigger = trigger_or_404(request, slug, pk, role=Role.OPERATOR)
    if request.method == "GET":
        form = FireForm(trigger=trigger, initial={"payload": _filled(request, namespace, trigger)})
        return trigger_page(request, namespace, trigger, form=form)
    form = FireForm(request.POST, trigger=trigger)
    if not form.is_valid():
        return trigger_page(request, namespace, trigger, form=form, status=422)
    data, person = form.cleaned_data, signed_in_user(request)
    try:
        activation = fire(
            trigger=trigger, person=person, payload=data["payload"], launch_key=data["launch_key"]
        )
    except LaunchKeyTakenError:
        form.add_error(None, KEY_TAKEN)
        return trigger_page(request, namespace, trigger, form=form, status=422)
    return fired(request, namespace, activation)


@login_required
@require_POST
def trigger_reveal(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The Authorization header and a curl line in clear; the audit log says who saw them."""
    namespace, trigger = trigger_or_404(request, slug, pk, role=Role.ADMIN)
    try:
        key = reveal_authorization(trigger, person=signed_in_user(request))
    except CredentialUnreadableError as error:
        return go_to(request, page_of(trigger), f"{error} Enter the key again.", "error")
    header = f"Basic {b64encode(key.encode()).decode()}"
    context = {
        "trigger": trigger,
        "request_text": wiring_commands.fire_request(namespace, trigger.name, header),
        "curl": wiring_commands.curl_fire(namespace, trigger.name, {}, header=header),
    }
    template = "_authorization.html" if wants_partial(request) else "authorization.html"
    return never_kept(render(request, f"runtime_app/triggers/{template}", context))


def fired(request: HttpRequest, namespace: Namespace, activation: Activation) -> HttpResponse:
    """Answer a fire: its trace."""
    level, text = outcome(activation)
    page = reverse("runtime_app:activation-trace", args=[namespace.slug, activation.pk])
    return go_to(request, page, text, level)


def outcome(activation: Activation) -> tuple[str, str]:
    """Toast level and sentence for a fire that has just been sent, or not."""
    name, why = activation.action_path, activation.error
    if activation.status == Status.NO_RULE:
        return "warning", "No active rule was listening, so the fire started nothing."
    if activation.status == Status.REFUSED:
        return "error", f"{name} was not fired: {why}"
    if activation.status == Status.UNKNOWN:
        return "warning", f"It is not known whether {name} was fired: {why}"
    if activation.status == Status.QUEUED and why:
        return "warning", f"The fire of {name} waits here and is sent as soon as possible: {why}"
    return "success", f"Fired {name}."


def _filled(request: HttpRequest, namespace: Namespace, trigger: Trigger) -> dict[str, object]:
    """The payload that the address names; empty when it names none of this trigger."""
    saved, earlier = request.GET.get("payload", ""), request.GET.get("from", "")
    if saved.isascii() and saved.isdigit():
        presets = Preset.objects.filter(namespace=namespace, trigger_name=trigger.name, pk=int(saved[:18]))
        payload = presets.values_list("parameters", flat=True).first()
    elif earlier.isascii() and earlier.isdigit():
        fires = Activation.objects.filter(
            namespace=namespace, action_path=trigger.name, pk=int(earlier[:18])
        ).select_related("payload")
        payload = next((row.payload.parameters or row.payload.result for row in fires), None)
    else:
        payload = None
    return payload if isinstance(payload, dict) else {}
