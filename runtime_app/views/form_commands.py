"""What a form for something new would send, as commands that follow what is typed. They send nothing."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from runtime_app.forms import previews
from runtime_app.forms.actions import ActionForm
from runtime_app.forms.packages import PackageForm
from runtime_app.forms.rules import RuleForm
from runtime_app.forms.schedules import ScheduleForm
from runtime_app.forms.sequences import MOST_CHARACTERS, SequenceForm
from runtime_app.forms.triggers import TriggerForm
from runtime_app.models import Role
from runtime_app.services.authoring.sequences import MOST_ACTIONS
from runtime_app.services.commands import creating
from runtime_app.services.commands.actions import launch_commands
from runtime_app.services.commands.shell import OWN_KEY
from runtime_app.views.http import never_kept
from runtime_app.views.lookups import namespace_or_404

Context = dict[str, Any]


@login_required
@require_POST
def action_commands(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a new action. Of a file only archives are still one: scripts put source into the editor."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    form = ActionForm(request.POST, namespace=namespace)
    return _boxes(request, of_action(form, has_archive="upload" in request.POST))


@login_required
@require_POST
def sequence_commands(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a new sequence."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    steps = [path[:MOST_CHARACTERS] for path in request.POST.getlist("component")][:MOST_ACTIONS]
    return _boxes(request, of_sequence(SequenceForm(request.POST, namespace=namespace, components=steps)))


@login_required
@require_POST
def trigger_commands(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a new trigger."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    return _boxes(request, of_trigger(TriggerForm(request.POST, namespace=namespace)))


@login_required
@require_POST
def rule_commands(request: HttpRequest, slug: str) -> HttpResponse:
    """The form that connects a trigger to an action."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    return _boxes(request, of_rule(RuleForm(request.POST, namespace=namespace)))


@login_required
@require_POST
def package_commands(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a new package."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    return _boxes(request, of_package(PackageForm(request.POST, namespace=namespace)))


@login_required
@require_POST
def schedule_commands(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a schedule: what it launches."""
    namespace = namespace_or_404(request, slug, role=Role.OPERATOR)
    return _boxes(request, of_schedule(ScheduleForm(request.POST, namespace=namespace)))


def of_action(form: ActionForm, *, has_archive: bool = False) -> Context:
    """For the page of the form, as it is."""
    unread = _unread(form)
    boxes = creating.for_action(form.namespace, previews.action_draft(form), has_archive=has_archive)
    return _context(form, "action-commands", boxes, unread, has_archive=has_archive)


def of_sequence(form: SequenceForm) -> Context:
    unread = _unread(form)
    boxes = creating.for_sequence(form.namespace, previews.sequence_draft(form))
    return _context(form, "sequence-commands", boxes, unread)


def of_trigger(form: TriggerForm) -> Context:
    unread = _unread(form)
    boxes = creating.for_trigger(form.namespace, previews.trigger_draft(form))
    return _context(form, "trigger-commands", boxes, unread)


def of_rule(form: RuleForm) -> Context:
    unread = _unread(form)
    draft, makes_trigger = previews.rule_draft(form)
    boxes = creating.for_rule(form.namespace, draft, makes_trigger=makes_trigger)
    return _context(form, "rule-commands", boxes, unread)


def of_package(form: PackageForm) -> Context:
    unread = _unread(form)
    boxes = creating.for_package(form.namespace, previews.package_draft(form))
    return _context(form, "package-commands", boxes, unread)


def of_schedule(form: ScheduleForm) -> Context:
    unread = [label for label in _unread(form) if label == form.fields["parameters"].label]
    path, parameters = previews.scheduled_launch(form)
    boxes = launch_commands(form.namespace, path, parameters) if path else []
    return _context(form, "schedule-commands", boxes, unread)


def _unread(form: Form) -> list[str]:
    if not form.is_bound:
        return []
    form.is_valid()
    return previews.unread(form)


def _context(form: Any, url: str, boxes: creating.Boxes, unread: list[str], **more: Any) -> Context:
    address = reverse(f"runtime_app:{url}", args=[form.namespace.slug])
    uses_own_key = any(OWN_KEY in text for _, text, _ in boxes)
    return {
        "commands": boxes,
        "commands_url": address,
        "unread": unread,
        "uses_own_key": uses_own_key,
        **more,
    }


def _boxes(request: HttpRequest, context: Context) -> HttpResponse:
    return never_kept(render(request, "_command_boxes.html", context))
