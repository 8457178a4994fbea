"""Rules: the list, connecting a trigger to an action, switching, re-pointing, deleting."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runtime_app.forms.rules import RuleForm
from runtime_app.models import Namespace, Role, Rule, Trigger
from runtime_app.openwhisk.errors import Conflict, OpenWhiskError, Rejected
from runtime_app.services.commands.wiring import list_commands
from runtime_app.services.live.changes import Cursor
from runtime_app.services.wiring.feeds import FeedError
from runtime_app.services.wiring.rule_ends import ends_by_rule
from runtime_app.services.wiring.rule_states import rule_states
from runtime_app.services.wiring.rules import (
    OrphanRuleError,
    create_rule,
    delete_rule,
    repoint_rule,
    set_rule_active,
)
from runtime_app.services.wiring.triggers import TriggerDraft, create_trigger
from runtime_app.views import form_commands
from runtime_app.views.http import go_to, never_kept, sentence_for, wants_partial
from runtime_app.views.lookups import namespace_or_404, rule_or_404, signed_in_user
from runtime_app.views.permissions import who_may
from runtime_app.views.refusals import plain
from runtime_app.views.triggers import NAME_ELSEWHERE, refuse_trigger
from runtime_app.views.wiring import next_page

# A longer list is narrowed by searching.
MOST_ROWS = 100
ORPHAN = (
    "{} cannot be switched on: its trigger {} does not exist any more. Point it to another trigger first."
)


@login_required
@require_GET
def rule_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Rules with both ends, whether they listen, and what they did last; `q` is in their name or an end's."""
    namespace = namespace_or_404(request, slug)
    cursor, query = Cursor.now(), request.GET.get("q", "").strip()
    rules = Rule.objects.for_list(namespace)
    if query:
        ends = Q(trigger_name__icontains=query) | Q(action_path__icontains=query)
        rules = rules.filter(Q(name__icontains=query) | ends)
    states = rule_states(namespace, rules[: MOST_ROWS + 1])
    last = ends_by_rule(namespace, states)
    context = {
        "live_cursor": cursor,
        "rules": [(state, last.get(state.rule.name)) for state in states[:MOST_ROWS]],
        "is_cut": len(states) > MOST_ROWS,
        "query": query,
        "commands": list_commands(namespace, "rules"),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
    }
    template = "_list.html" if wants_partial(request) else "list.html"
    return never_kept(render(request, f"runtime_app/rules/{template}", context))


@login_required
@require_http_methods(["GET", "POST"])
def rule_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Connect a trigger to an action; the ends may be given by `?trigger=` and `?action=`."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    if request.method == "GET":
        given = {name: request.GET[name] for name in ("trigger", "action") if request.GET.get(name)}
        return _form_page(request, namespace, RuleForm(namespace=namespace, initial=given))
    form = RuleForm(request.POST, namespace=namespace)
    if not form.is_valid() or not _make_trigger(request, namespace, form):
        return _form_page(request, namespace, form, status=422)
    try:
        rule = create_rule(namespace, form.draft(), person=signed_in_user(request))
    except OpenWhiskError as error:
        _refuse(form, error)
        if form.makes_trigger:
            form.add_error(None, f"The trigger {form.cleaned_data['new_trigger']} was created all the same.")
        return _form_page(request, namespace, form, status=422)
    trigger = Trigger.objects.filter(namespace=namespace, name=rule.trigger_name).first()
    page = reverse("runtime_app:rules", args=[slug])
    if trigger is not None:
        page = reverse("runtime_app:trigger", args=[slug, trigger.pk])
    page = next_page(request, page)
    return go_to(request, page, f"{rule.trigger_name} starts {rule.action_label} from now on.")


@login_required
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give a rule another trigger or action."""
    namespace, rule = rule_or_404(request, slug, pk, role=Role.EDITOR)
    if request.method == "GET":
        return _form_page(request, namespace, RuleForm(namespace=namespace, rule=rule))
    form = RuleForm(request.POST, namespace=namespace, rule=rule)
    if not form.is_valid() or not _make_trigger(request, namespace, form):
        return _form_page(request, namespace, form, status=422)
    try:
        updated = repoint_rule(rule, form.draft(), person=signed_in_user(request))
    except OpenWhiskError as error:
        _refuse(form, error)
        return _form_page(request, namespace, form, status=422)
    text = f"{updated.name} ties {updated.trigger_name} to {updated.action_label} now."
    if not updated.is_active:
        text += " It is still off."
    return go_to(request, reverse("runtime_app:rules", args=[slug]), text)


@login_required
@require_POST
def rule_enable(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Switch the rule on."""
    return _switch(request, slug, pk, active=True)


@login_required
@require_POST
def rule_disable(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Switch the rule off."""
    return _switch(request, slug, pk, active=False)


@login_required
@require_POST
def rule_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Delete the rule; trigger and action stay."""
    _, rule = rule_or_404(request, slug, pk, role=Role.EDITOR)
    page = next_page(request, reverse("runtime_app:rules", args=[slug]))
    try:
        delete_rule(rule, person=signed_in_user(request))
    except OpenWhiskError as error:
        return go_to(request, page, f"{rule.name} was not deleted: {sentence_for(error)}", "error")
    return go_to(request, page, f"Deleted the rule {rule.name}; its trigger and its action are still there.")


def _switch(request: HttpRequest, slug: str, pk: int, *, active: bool) -> HttpResponse:
    _, rule = rule_or_404(request, slug, pk, role=Role.EDITOR)
    page = next_page(request, reverse("runtime_app:rules", args=[slug]))
    try:
        set_rule_active(rule, active, person=signed_in_user(request))
    except OrphanRuleError:
        return go_to(request, page, ORPHAN.format(rule.name, rule.trigger_name), "error")
    except OpenWhiskError as error:
        return go_to(request, page, f"{rule.name} was not switched: {sentence_for(error)}", "error")
    return go_to(request, page, f"{rule.name} is {'on' if active else 'off'}.")


def _make_trigger(request: HttpRequest, namespace: Namespace, form: RuleForm) -> bool:
    """Create the trigger that the form names, if it names a new one. False when that was refused."""
    if not form.makes_trigger:
        return True
    draft = TriggerDraft(name=form.cleaned_data["new_trigger"])
    try:
        create_trigger(namespace, draft, person=signed_in_user(request))
    except (FeedError, OpenWhiskError) as error:
        refuse_trigger(form, error, field="new_trigger")
        return False
    form.choose_new_trigger()
    return True


def _refuse(form: RuleForm, error: OpenWhiskError) -> None:
    """Put what the runtime said at the field it is about (core Rules.scala)."""
    if isinstance(error, Conflict):
        form.add_error("name", NAME_ELSEWHERE)
    elif isinstance(error, Rejected):
        field = "trigger" if error.message.lstrip().startswith("trigger ") else "action"
        form.add_error(field, f"The runtime refused it: {plain(error.message)}")
    else:
        form.add_error(None, sentence_for(error))


def _form_page(
    request: HttpRequest, namespace: Namespace, form: RuleForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "rule": form.rule, "namespace": namespace}
    context |= form_commands.of_rule(form)
    template = "_form.html" if wants_partial(request) else "form.html"
    return render(request, f"runtime_app/rules/{template}", context, status=status)
