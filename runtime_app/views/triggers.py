"""Triggers: the list, one of them, creating, changing and deleting."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from runtime_app.forms.triggers import TriggerForm
from runtime_app.models import Namespace, Role, Rule, Trigger
from runtime_app.openwhisk.errors import Conflict, OpenWhiskError
from runtime_app.services.authoring.actions import DeletedMeanwhileError
from runtime_app.services.authoring.drafts import EncryptedParametersError
from runtime_app.services.commands.wiring import delete_commands, list_commands
from runtime_app.services.live.changes import Cursor
from runtime_app.services.wiring.feeds import FeedError
from runtime_app.services.wiring.triggers import (
    TriggerChangedError,
    create_trigger,
    delete_trigger,
    update_trigger,
)
from runtime_app.views import form_commands
from runtime_app.views.http import go_to, never_kept, sentence_for, wants_partial
from runtime_app.views.lookups import namespace_or_404, signed_in_user, trigger_or_404
from runtime_app.views.permissions import who_may
from runtime_app.views.refusals import refuse
from runtime_app.views.trigger_page import fires_context, trigger_page, wiring_context
from runtime_app.views.trigger_rows import MOST_ROWS, trigger_rows

NAME_ELSEWHERE = (
    "The runtime has something else of this name: triggers, rules, actions and packages share names. "
    "Choose another name."
)
CHANGED_MEANWHILE = (
    "Somebody has changed this trigger meanwhile. Look at its page first: "
    "saving again replaces their change by yours."
)
DELETED_MEANWHILE = "Somebody has deleted this trigger meanwhile, so there is nothing to save it over."


@login_required
@require_GET
def trigger_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The namespace's triggers whose name holds `q`, with their rules and last fires."""
    namespace = namespace_or_404(request, slug)
    cursor, query = Cursor.now(), request.GET.get("q", "").strip()
    rows = trigger_rows(namespace, query)
    context = {
        "live_cursor": cursor,
        "rows": rows[:MOST_ROWS],
        "is_cut": len(rows) > MOST_ROWS,
        "query": query,
        "commands": list_commands(namespace, "triggers"),
        "fire_hint": who_may(request, namespace, Role.OPERATOR),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
    }
    template = "_list.html" if wants_partial(request) else "list.html"
    return never_kept(render(request, f"runtime_app/triggers/{template}", context))


@login_required
@require_GET
def trigger_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Everything about one trigger, with the fire form in place. `part`: only its `fires` or its `wiring`."""
    namespace, trigger = trigger_or_404(request, slug, pk)
    if request.GET.get("part") == "fires":
        return render(request, "runtime_app/triggers/_fires.html", fires_context(namespace, trigger))
    if request.GET.get("part") == "wiring":
        context = wiring_context(request, namespace, trigger)
        return never_kept(render(request, "runtime_app/triggers/_wiring.html", context))
    return trigger_page(request, namespace, trigger)


@login_required
@require_http_methods(["GET", "POST"])
def trigger_new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a new trigger; POST creates it upstream."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    if request.method == "GET":
        return _form_page(request, namespace, TriggerForm(namespace=namespace))
    form = TriggerForm(request.POST, namespace=namespace)
    if not form.is_valid():
        return _form_page(request, namespace, form, status=422)
    try:
        trigger = create_trigger(namespace, form.draft(), person=signed_in_user(request))
    except (FeedError, OpenWhiskError) as error:
        refuse_trigger(form, error)
        return _form_page(request, namespace, form, status=422)
    return go_to(request, page_of(trigger), f"Created the trigger {trigger.name}.")


@login_required
@require_http_methods(["GET", "POST"])
def trigger_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The form with the trigger as cached; POST saves it unless somebody else has changed it meanwhile."""
    namespace, trigger = trigger_or_404(request, slug, pk, role=Role.EDITOR)
    if request.method == "GET":
        return _form_page(request, namespace, TriggerForm(namespace=namespace, trigger=trigger))
    form = TriggerForm(request.POST, namespace=namespace, trigger=trigger)
    if not form.is_valid():
        return _form_page(request, namespace, form, status=422)
    version, person = form.cleaned_data["base_version"], signed_in_user(request)
    try:
        update_trigger(trigger, form.draft(), base_version=version, person=person)
    except TriggerChangedError:
        trigger.refresh_from_db()
        form.add_error(None, CHANGED_MEANWHILE)
        form.start_over_from(trigger.version)
    except DeletedMeanwhileError:
        form.add_error(None, DELETED_MEANWHILE)
    except EncryptedParametersError as error:
        form.add_error("parameters", str(error))
    except (FeedError, OpenWhiskError) as error:
        refuse_trigger(form, error)
    else:
        return go_to(request, page_of(trigger), f"Saved the trigger {trigger.name}.")
    return _form_page(request, namespace, form, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def trigger_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET names the rules that would hang in the air; POST deletes the trigger."""
    namespace, trigger = trigger_or_404(request, slug, pk, role=Role.EDITOR)
    error, feed_failed = "", False
    if request.method == "POST":
        anyway = bool(request.POST.get("even_if_the_feed_fails"))
        try:
            delete_trigger(trigger, person=signed_in_user(request), even_if_the_feed_fails=anyway)
        except FeedError as problem:
            error, feed_failed = str(problem), True
        except OpenWhiskError as problem:
            error = sentence_for(problem)
        else:
            page = reverse("runtime_app:triggers", args=[slug])
            return go_to(request, page, f"Deleted the trigger {trigger.name}.")
    rules = Rule.objects.present().for_list(namespace).filter(trigger_name=trigger.name)
    context = {
        "trigger": trigger,
        "rules": rules,
        "error": error,
        "feed_failed": feed_failed,
        "commands": delete_commands(namespace, trigger),
    }
    return render(request, "runtime_app/triggers/delete.html", context, status=422 if error else 200)


def page_of(trigger: Trigger) -> str:
    """The trigger's page."""
    return reverse("runtime_app:trigger", args=[trigger.namespace.slug, trigger.pk])


def refuse_trigger(form: Any, error: FeedError | OpenWhiskError, *, field: str = "name") -> None:
    """Put what the runtime or a feed said at the field it is about; `field` is the one with the name."""
    if isinstance(error, FeedError):
        form.add_error("schedule" if "schedule" in form.fields else None, str(error))
    elif isinstance(error, Conflict):
        form.add_error(field, NAME_ELSEWHERE)
    else:
        refuse(form, error, sentence_for(error))


def _form_page(
    request: HttpRequest, namespace: Namespace, form: TriggerForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "trigger": form.trigger, "namespace": namespace}
    context |= form_commands.of_trigger(form)
    template = "_form.html" if wants_partial(request) else "form.html"
    return render(request, f"runtime_app/triggers/{template}", context, status=status)
