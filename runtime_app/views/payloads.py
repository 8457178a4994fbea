"""Saved payloads: what a trigger is fired with, under a name, shared by the team."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from runtime_app.forms.fire import SavePayloadForm
from runtime_app.models import Role, Trigger
from runtime_app.services.authoring.presets import PresetExistsError, delete_preset, save_preset
from runtime_app.services.launching.launch import LaunchKeyTakenError
from runtime_app.services.wiring.firing import fire
from runtime_app.views.fire import KEY_TAKEN, fired
from runtime_app.views.http import go_to
from runtime_app.views.launch_keys import key_of
from runtime_app.views.lookups import preset_or_404, signed_in_user, trigger_or_404
from runtime_app.views.trigger_page import trigger_page
from runtime_app.views.triggers import page_of

NO_TRIGGER = "There is no trigger “{}” any more, so this payload cannot be fired."
NO_KEY = "This button is out of date. Reload the page, then fire again."


@login_required
@require_POST
def payload_save(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Keep the fire form's payload under a name."""
    namespace, trigger = trigger_or_404(request, slug, pk, role=Role.OPERATOR)
    form = SavePayloadForm(request.POST, trigger=trigger)
    if not form.is_valid():
        return trigger_page(request, namespace, trigger, form=form, status=422)
    draft, replaces = form.draft(trigger.name), form.cleaned_data["replaces"]
    try:
        preset = save_preset(namespace, draft, person=signed_in_user(request), replaces=replaces)
    except PresetExistsError:
        form.refuse_taken_name()
        return trigger_page(request, namespace, trigger, form=form, status=422)
    text = f"Saved the payload “{preset.name}”; everybody in this namespace can fire it."
    return go_to(request, page_of(trigger), text)


@login_required
@require_POST
def payload_fire(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Fire the payload's trigger with it."""
    namespace, preset = preset_or_404(request, slug, pk, role=Role.OPERATOR)
    trigger = Trigger.objects.present().filter(namespace=namespace, name=preset.trigger_name).first()
    back, key = reverse("runtime_app:triggers", args=[slug]), key_of(request)
    if trigger is None:
        return go_to(request, back, NO_TRIGGER.format(preset.trigger_name), "error")
    trigger.namespace = namespace
    if key is None:
        return go_to(request, page_of(trigger), NO_KEY, "error")
    person, payload = signed_in_user(request), preset.parameters
    try:
        activation = fire(trigger=trigger, person=person, payload=payload, launch_key=key, preset=preset)
    except LaunchKeyTakenError:
        return go_to(request, page_of(trigger), KEY_TAKEN, "error")
    return fired(request, namespace, activation)


@login_required
@require_POST
def payload_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove the payload for everybody."""
    namespace, preset = preset_or_404(request, slug, pk, role=Role.OPERATOR)
    if not preset.trigger_name:
        raise Http404
    delete_preset(preset, person=signed_in_user(request))
    trigger = Trigger.objects.filter(namespace=namespace, name=preset.trigger_name).first()
    page = reverse("runtime_app:triggers", args=[slug])
    if trigger is not None:
        page = reverse("runtime_app:trigger", args=[slug, trigger.pk])
    return go_to(request, page, f"Deleted the payload “{preset.name}”.")
