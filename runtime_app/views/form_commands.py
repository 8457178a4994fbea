"""What a form would send, as commands that follow what is typed. They send nothing.

Each address is there twice: for something new, and with a primary key for a change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

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
from runtime_app.models import Namespace, Role
from runtime_app.services.authoring.sequences import MOST_ACTIONS
from runtime_app.services.commands import changing, creating
from runtime_app.services.commands.actions import launch_commands
from runtime_app.services.commands.shell import OWN_KEY
from runtime_app.views.http import never_kept
from runtime_app.views.lookups import (
    action_or_404,
    namespace_or_404,
    package_or_404,
    rule_or_404,
    trigger_or_404,
)

Context = dict[str, Any]
Edited = TypeVar("Edited")


@login_required
@require_POST
def action_commands(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The form of an action. Of a file only archives are still one: scripts put source into the editor."""
    namespace, action = _edited(action_or_404, request, slug, pk)
    form = ActionForm(request.POST, namespace=namespace, action=action)
    return _boxes(request, of_action(form, has_archive="upload" in request.POST))


@login_required
@require_POST
def sequence_commands(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The form of a sequence."""
    namespace, action = _edited(action_or_404, request, slug, pk)
    steps = [path[:MOST_CHARACTERS] for path in request.POST.getlist("component")][:MOST_ACTIONS]
    form = SequenceForm(request.POST, namespace=namespace, action=action, components=steps)
    return _boxes(request, of_sequence(form))


@login_required
@require_POST
def trigger_commands(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The form of a trigger."""
    namespace, trigger = _edited(trigger_or_404, request, slug, pk)
    return _boxes(request, of_trigger(TriggerForm(request.POST, namespace=namespace, trigger=trigger)))


@login_required
@require_POST
def rule_commands(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The form that connects a trigger to an action, or re-points a rule."""
    namespace, rule = _edited(rule_or_404, request, slug, pk)
    return _boxes(request, of_rule(RuleForm(request.POST, namespace=namespace, rule=rule)))


@login_required
@require_POST
def package_commands(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The form of a package."""
    namespace, package = _edited(package_or_404, request, slug, pk)
    return _boxes(request, of_package(PackageForm(request.POST, namespace=namespace, package=package)))


@login_required
@require_POST
def schedule_commands(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a schedule: what it launches."""
    namespace = namespace_or_404(request, slug, role=Role.OPERATOR)
    return _boxes(request, of_schedule(ScheduleForm(request.POST, namespace=namespace)))


def of_action(form: ActionForm, *, has_archive: bool = False) -> Context:
    """For the page of the form, as it is."""
    unread, action = _unread(form), form.action
    draft = previews.action_draft(form)
    if action is None:
        boxes = creating.for_action(form.namespace, draft, has_archive=has_archive)
    else:
        boxes = changing.for_action(action, draft, has_archive=has_archive)
    return _context(form, "action-commands", boxes, unread, of=action, has_archive=has_archive)


def of_sequence(form: SequenceForm) -> Context:
    unread, action, draft = _unread(form), form.action, previews.sequence_draft(form)
    boxes = changing.for_sequence(action, draft) if action else creating.for_sequence(form.namespace, draft)
    return _context(form, "sequence-commands", boxes, unread, of=action)


def of_trigger(form: TriggerForm) -> Context:
    unread, trigger = _unread(form), form.trigger
    draft = previews.trigger_draft(form)
    boxes = changing.for_trigger(trigger, draft) if trigger else creating.for_trigger(form.namespace, draft)
    return _context(form, "trigger-commands", boxes, unread, of=trigger)


def of_rule(form: RuleForm) -> Context:
    unread, rule = _unread(form), form.rule
    draft, makes_trigger = previews.rule_draft(form)
    if rule is None:
        boxes = creating.for_rule(form.namespace, draft, makes_trigger=makes_trigger)
    else:
        boxes = changing.for_rule(rule, draft, makes_trigger=makes_trigger)
    return _context(form, "rule-commands", boxes, unread, of=rule)


def of_package(form: PackageForm) -> Context:
    unread, package = _unread(form), form.package
    draft = previews.package_draft(form)
    boxes = changing.for_package(package, draft) if package else creating.for_package(form.namespace, draft)
    return _context(form, "package-commands", boxes, unread, of=package)


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


def _edited(
    lookup: Callable[..., tuple[Namespace, Edited]], request: HttpRequest, slug: str, pk: int | None
) -> tuple[Namespace, Edited | None]:
    """The namespace and what is to be changed in it; None for something new."""
    if pk is None:
        return namespace_or_404(request, slug, role=Role.EDITOR), None
    return lookup(request, slug, pk, role=Role.EDITOR)


def _context(
    form: Any, url: str, boxes: creating.Boxes, unread: list[str], *, of: Any = None, **more: Any
) -> Context:
    place = [form.namespace.slug] if of is None else [form.namespace.slug, of.pk]
    address = reverse(f"runtime_app:{url}", args=place)
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
