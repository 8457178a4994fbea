"""Presets: saving, launching with one click, deleting."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from runtime_app.forms.launch import LaunchForm
from runtime_app.forms.presets import PresetForm
from runtime_app.models import Action, Namespace, Preset, Role
from runtime_app.services.authoring.presets import PresetExistsError, delete_preset, save_preset
from runtime_app.services.launching.launch import LaunchKeyTakenError, launch
from runtime_app.views.action_page import launch_context
from runtime_app.views.http import go_to, toast, wants_partial
from runtime_app.views.launch import KEY_TAKEN, PANEL, launch_page, launched
from runtime_app.views.launch_keys import key_of
from runtime_app.views.lookups import action_or_404, preset_or_404, signed_in_user

NO_ACTION = "There is no action “{}” any more, so this preset cannot be launched."
NO_KEY = "This button is out of date. Reload the page, then launch again."


@login_required
@require_POST
def preset_save(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Keep the launch form's parameters under a name."""
    namespace, action = action_or_404(request, slug, pk, role=Role.OPERATOR)
    form = PresetForm(request.POST, action=action)
    if not form.is_valid():
        return launch_page(request, namespace, action, form, status=422)
    draft, replaces = form.draft(action.path), form.cleaned_data["replaces"]
    try:
        preset = save_preset(namespace, draft, person=signed_in_user(request), replaces=replaces)
    except PresetExistsError:
        form.refuse_taken_name()
        return launch_page(request, namespace, action, form, status=422)
    return _saved(request, namespace, action, preset)


@login_required
@require_POST
def preset_launch(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Launch the preset's action with its parameters."""
    namespace, preset = preset_or_404(request, slug, pk, role=Role.OPERATOR)
    action = Action.objects.present().filter(namespace=namespace, path=preset.action_path).first()
    back, key = reverse("runtime_app:actions", args=[slug]), key_of(request)
    if action is None:
        return go_to(request, back, NO_ACTION.format(preset.action_path), "error")
    if key is None:
        return go_to(request, back, NO_KEY, "error")
    person, parameters = signed_in_user(request), preset.parameters
    try:
        activation = launch(
            action=action,
            person=person,
            parameters=parameters,
            launch_key=key,
            preset=preset,
            waits=preset.waits,
        )
    except LaunchKeyTakenError:
        return go_to(request, back, KEY_TAKEN, "error")
    return launched(request, namespace, action, activation)


@login_required
@require_POST
def preset_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove the preset for everybody."""
    namespace, preset = preset_or_404(request, slug, pk, role=Role.OPERATOR)
    delete_preset(preset, person=signed_in_user(request))
    action = Action.objects.filter(namespace=namespace, path=preset.action_path).first()
    page = reverse("runtime_app:actions", args=[slug])
    if action is not None:
        page = reverse("runtime_app:action", args=[slug, action.pk])
    return go_to(request, page, f"Deleted the preset “{preset.name}”.")


def _saved(request: HttpRequest, namespace: Namespace, action: Action, preset: Preset) -> HttpResponse:
    text = f"Saved the preset “{preset.name}”; everybody in this namespace can use it."
    if not wants_partial(request):
        return go_to(request, reverse("runtime_app:action", args=[namespace.slug, action.pk]), text)
    initial = {"parameters": preset.parameters, "waits": preset.waits}
    context = launch_context(request, namespace, action, LaunchForm(action=action, initial=initial))
    return toast(render(request, PANEL, context), text)
