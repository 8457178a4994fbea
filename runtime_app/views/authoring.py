"""Creating, changing and deleting actions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from runtime_app.forms.actions import ActionForm
from runtime_app.models import Action, Namespace, Role
from runtime_app.openwhisk.errors import OpenWhiskError
from runtime_app.services.authoring.actions import (
    ChangedMeanwhileError,
    DeletedMeanwhileError,
    create_action,
    delete_action,
    update_action,
)
from runtime_app.services.authoring.dependents import dependents_of
from runtime_app.services.authoring.differences import conflict_between
from runtime_app.services.authoring.drafts import EncryptedParametersError
from runtime_app.services.authoring.inheritance import bound_to
from runtime_app.services.authoring.samples import create_sample
from runtime_app.services.commands.actions import delete_commands
from runtime_app.views import form_commands
from runtime_app.views.http import go_to, sentence_for, wants_partial
from runtime_app.views.lookups import action_or_404, namespace_or_404, signed_in_user
from runtime_app.views.refusals import refuse

DELETED_MEANWHILE = "Somebody has deleted this action meanwhile. Saving creates it again as you see it here."


@login_required
@require_http_methods(["GET", "POST"])
def action_new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a new action; POST creates it upstream."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    if request.method == "GET":
        folder = request.GET.get("package", "")[:256]
        initial = {"name": f"{folder}/"} if folder else {}
        return _form_page(request, namespace, ActionForm(namespace=namespace, initial=initial))
    form = ActionForm(request.POST, request.FILES, namespace=namespace)
    if not form.is_valid():
        return _form_page(request, namespace, form, status=422)
    try:
        action = create_action(namespace, form.draft(), person=signed_in_user(request))
    except OpenWhiskError as error:
        refuse(form, error, sentence_for(error))
        return _form_page(request, namespace, form, status=422)
    return go_to(request, _page_of(action), f"Created {action.path}.")


@login_required
@require_http_methods(["GET", "POST"])
def action_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The form with the action as cached; POST saves it unless somebody else has changed it meanwhile."""
    namespace, action = action_or_404(request, slug, pk, role=Role.EDITOR)
    if action.is_sequence:
        return go_to(request, reverse("runtime_app:sequence-edit", args=[slug, pk]))
    if package := bound_to(action):
        text = f"It belongs to the package {package}; change it there."
        return go_to(request, _page_of(action), text, "info")
    if request.method == "GET":
        return _form_page(request, namespace, ActionForm(namespace=namespace, action=action))
    form = ActionForm(request.POST, request.FILES, namespace=namespace, action=action)
    if not form.is_valid():
        return _form_page(request, namespace, form, status=422)
    return _save(request, namespace, action, form)


@login_required
@require_http_methods(["GET", "POST"])
def action_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET names what depends on the action; POST deletes it."""
    _, action = action_or_404(request, slug, pk, role=Role.EDITOR)
    error = ""
    if request.method == "POST":
        try:
            delete_action(action, person=signed_in_user(request))
        except OpenWhiskError as problem:
            error = sentence_for(problem)
        else:
            page = reverse("runtime_app:actions", args=[slug])
            return go_to(request, page, f"Deleted {action.path}.")
    context = {
        "action": action,
        "dependents": dependents_of(action),
        "error": error,
        "commands": delete_commands(action.namespace, action.path),
    }
    return render(request, "runtime_app/actions/delete.html", context, status=422 if error else 200)


@login_required
@require_POST
def sample_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Create the guide's long-running worker with one click."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    try:
        action, is_new = create_sample(namespace, person=signed_in_user(request))
    except OpenWhiskError as error:
        page = reverse("runtime_app:actions", args=[slug])
        return go_to(request, page, f"The sample was not created: {sentence_for(error)}", "error")
    text = f"Created {action.path}. Launch it and watch its result appear."
    return go_to(request, _page_of(action), text if is_new else f"{action.path} is there already.")


def _save(request: HttpRequest, namespace: Namespace, action: Action, form: ActionForm) -> HttpResponse:
    """Save the edited action; every obstacle shows the form again with what was typed."""
    draft, person, conflict = form.draft(), signed_in_user(request), None
    base_version = form.cleaned_data["base_version"]
    try:
        if base_version:
            update_action(action, draft, base_version=base_version, person=person)
        else:  # The form has said that it is gone, and that saving creates it again.
            create_action(namespace, draft, person=person)
        return go_to(request, _page_of(action), f"Saved {action.path}.")
    except ChangedMeanwhileError as error:
        action.refresh_from_db()
        conflict = conflict_between(action, error.theirs, draft, form.base_marks)
        form.take_over(setting.key for setting in conflict.taken)
        form.start_over_from(error.theirs.version)
    except DeletedMeanwhileError:
        form.add_error(None, DELETED_MEANWHILE)
        form.start_over_from("")
    except EncryptedParametersError as error:
        form.add_error("parameters", str(error))
    except OpenWhiskError as error:
        refuse(form, error, sentence_for(error))
    return _form_page(request, namespace, form, conflict=conflict, status=409 if conflict else 422)


def _form_page(
    request: HttpRequest, namespace: Namespace, form: ActionForm, *, status: int = 200, conflict: Any = None
) -> HttpResponse:
    # htmx swaps 422 but no other error.
    partial = wants_partial(request)
    context = {"form": form, "action": form.action, "conflict": conflict, "namespace": namespace}
    if not partial:
        context |= form_commands.of_action(form)
    template = "runtime_app/actions/_form.html" if partial else "runtime_app/actions/form.html"
    return render(request, template, context, status=422 if partial and status == 409 else status)


def _page_of(action: Action) -> str:
    return reverse("runtime_app:action", args=[action.namespace.slug, action.pk])
