"""Making and changing sequences."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from runtime_app.forms.sequences import MOST_CHARACTERS, SequenceForm, rearranged
from runtime_app.models import Action, Namespace, Role
from runtime_app.openwhisk.errors import OpenWhiskError
from runtime_app.services.authoring.actions import ChangedMeanwhileError, DeletedMeanwhileError
from runtime_app.services.authoring.sequences import MOST_ACTIONS, create_sequence, steps_of, update_sequence
from runtime_app.views import form_commands
from runtime_app.views.http import go_to, never_kept, sentence_for, wants_partial
from runtime_app.views.lookups import action_or_404, namespace_or_404, signed_in_user
from runtime_app.views.refusals import refuse

CHANGED_MEANWHILE = (
    "Somebody has changed this sequence meanwhile. Look at its page first: "
    "saving again replaces their change by yours."
)
DELETED_MEANWHILE = (
    "Somebody has deleted this sequence meanwhile. Saving creates it again as you see it here."
)


@login_required
@require_http_methods(["GET", "POST"])
def sequence_new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a new sequence. POST creates it, or moves its steps: `do` says which button it was."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    if request.method == "GET":
        first = [path for path in request.GET.getlist("first")[:1] if len(path) <= MOST_CHARACTERS]
        return _form_page(request, SequenceForm(namespace=namespace, components=first))
    return _posted(request, namespace, None)


@login_required
@require_http_methods(["GET", "POST"])
def sequence_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The same for one that exists."""
    namespace, action = action_or_404(request, slug, pk, role=Role.EDITOR)
    if not action.is_sequence:
        return go_to(request, _page_of(action), f"{action.path} is no sequence.", "info")
    if request.method == "GET":
        return _form_page(request, SequenceForm(namespace=namespace, action=action))
    return _posted(request, namespace, action)


def _posted(request: HttpRequest, namespace: Namespace, action: Action | None) -> HttpResponse:
    steps = [path[:MOST_CHARACTERS] for path in request.POST.getlist("component")][: MOST_ACTIONS + 1]
    do = request.POST.get("do", "save")
    if do != "save":
        return _rearrange(request, namespace, action, steps, do)
    form = SequenceForm(request.POST, namespace=namespace, action=action, components=steps)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        saved = _save(request, form)
    except ChangedMeanwhileError as error:
        form.add_error(None, CHANGED_MEANWHILE)
        form.start_over_from(error.theirs.version)
    except DeletedMeanwhileError:
        form.add_error(None, DELETED_MEANWHILE)
        form.start_over_from("")
    except OpenWhiskError as error:
        refuse(form, error, sentence_for(error))
    else:
        return go_to(request, _page_of(saved), f"Saved the sequence {saved.path}.")
    return _form_page(request, form, status=422)


def _save(request: HttpRequest, form: SequenceForm) -> Action:
    person, version = signed_in_user(request), form.cleaned_data["base_version"]
    if form.action is None or not version:
        return create_sequence(form.namespace, form.draft(), person=person)
    return update_sequence(form.action, form.draft(), base_version=version, person=person)


def _rearrange(
    request: HttpRequest, namespace: Namespace, action: Action | None, steps: list[str], do: str
) -> HttpResponse:
    """Show the form with its steps in another order; nothing is sent to the runtime."""
    typed: dict[str, Any] = {
        name: request.POST[name] for name in ("name", "add", "other", "base_version") if name in request.POST
    }
    chosen, note, about = request.POST.get("add") or typed.get("other", ""), "", -1
    try:
        steps, about = rearranged(steps, do, chosen)
        typed["other"] = ""
    except ValueError as error:
        note = str(error)
    form = SequenceForm(namespace=namespace, action=action, components=steps, initial=typed)
    return _form_page(request, form, note=note, about=about)


def _form_page(request: HttpRequest, form: SequenceForm, *, status: int = 200, **extra: Any) -> HttpResponse:
    context = {
        "form": form,
        "action": form.action,
        "steps": steps_of(form.namespace, form.components),
        "most": MOST_ACTIONS,
        "about": -1,
        **extra,
    }
    context |= form_commands.of_sequence(form)
    template = "_form.html" if wants_partial(request) else "form.html"
    return never_kept(render(request, f"runtime_app/sequences/{template}", context, status=status))


def _page_of(action: Action) -> str:
    return reverse("runtime_app:action", args=[action.namespace.slug, action.pk])
