"""Schedules: the list, the form with its next times, and what one may do with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runtime_app.forms.schedules import ScheduleForm, WhenForm
from runtime_app.models import Namespace, Role, Schedule
from runtime_app.services.commands.actions import launch_commands
from runtime_app.services.launching import scheduling
from runtime_app.services.launching.cron_times import zone_names
from runtime_app.services.launching.launch import LaunchKeyTakenError
from runtime_app.services.launching.scheduling import ScheduleNameTakenError, save_schedule
from runtime_app.services.live.changes import Cursor
from runtime_app.views import form_commands
from runtime_app.views.http import go_to, never_kept, wants_partial
from runtime_app.views.launch import outcome
from runtime_app.views.launch_keys import key_of, new_key
from runtime_app.views.lookups import namespace_or_404, schedule_or_404, signed_in_user
from runtime_app.views.permissions import who_may

SCHEDULES_WITH_COMMANDS = 5
OUT_OF_DATE = "The page was out of date. Press the button again."


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule, its next time in its own zone, and a key for its button."""

    schedule: Schedule
    next_at: datetime | None
    launch_key: UUID


@login_required
@require_GET
def schedule_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The schedules of a namespace, what comes next first; htmx gets the table alone."""
    cursor = Cursor.now()
    namespace = namespace_or_404(request, slug)
    context = {
        "live_cursor": cursor,
        "rows": [_row(schedule) for schedule in Schedule.objects.for_list(namespace)],
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
    }
    context["commands"] = _commands(namespace, [row.schedule for row in context["rows"]])
    template = "_list.html" if wants_partial(request) else "list.html"
    return never_kept(render(request, f"runtime_app/schedules/{template}", context))


@login_required
@require_http_methods(["GET", "POST"])
def schedule_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a schedule; `?action=` (a path) and `?preset=` fill the form."""
    namespace = namespace_or_404(request, slug, role=Role.OPERATOR)
    if request.method == "POST":
        return _saved(request, namespace, ScheduleForm(request.POST, namespace=namespace))
    filled = {name: request.GET[name] for name in ("action", "preset") if request.GET.get(name)}
    return _form_page(request, ScheduleForm(namespace=namespace, initial=filled))


@login_required
@require_http_methods(["GET", "POST"])
def schedule_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change a schedule, whose launches are then made in this person's name."""
    namespace, schedule = schedule_or_404(request, slug, pk, role=Role.OPERATOR)
    if request.method == "POST":
        form = ScheduleForm(request.POST, namespace=namespace, schedule=schedule)
        return _saved(request, namespace, form)
    return _form_page(request, ScheduleForm(namespace=namespace, schedule=schedule))


@login_required
@require_GET
def schedule_times(request: HttpRequest, slug: str) -> HttpResponse:
    """The next times of what stands in the form now, or what is wrong with it."""
    namespace_or_404(request, slug)
    form = WhenForm(request.GET)
    context = times_context(form)
    return render(request, "runtime_app/schedules/_times.html", context)


@login_required
@require_POST
def schedule_enable(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Let it launch from now on."""
    return _switched(request, slug, pk, enabled=True)


@login_required
@require_POST
def schedule_disable(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Let it launch nothing any more."""
    return _switched(request, slug, pk, enabled=False)


@login_required
@require_POST
def schedule_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Delete a schedule; its launches stay in the history."""
    _, schedule = schedule_or_404(request, slug, pk, role=Role.OPERATOR)
    name = schedule.name
    scheduling.delete_schedule(schedule, person=signed_in_user(request))
    return go_to(request, _list_of(slug), f"Deleted the schedule “{name}”.")


@login_required
@require_POST
def schedule_run(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Launch it now, once more; its times stay as they are."""
    _, schedule = schedule_or_404(request, slug, pk, role=Role.OPERATOR)
    launch_key = key_of(request)
    if launch_key is None:
        return go_to(request, _list_of(slug), OUT_OF_DATE, "warning")
    try:
        started = scheduling.run_now(schedule, person=signed_in_user(request), launch_key=launch_key)
    except LaunchKeyTakenError:
        return go_to(request, _list_of(slug), OUT_OF_DATE, "warning")
    if started is None:
        text = f"There is no action “{schedule.action_path}” any more, so nothing was launched."
        return go_to(request, _list_of(slug), text, "error")
    level, text = outcome(started)
    return go_to(request, reverse("runtime_app:activation", args=[slug, started.pk]), text, level)


def times_context(form: WhenForm) -> dict[str, Any]:
    """The next times of a bound form, or its first complaint about them."""
    is_valid = form.is_valid()
    wrong = (name for name in WhenForm.base_fields if name in form.errors and not _is_unwritten(form, name))
    return {
        "times": form.next_times() if is_valid else [],
        "zone": form.cleaned_data.get("time_zone", ""),
        "problem": next((str(form.errors[name][0]) for name in wrong), ""),
    }


def _is_unwritten(form: WhenForm, name: str) -> bool:
    """Whether this is a time that nobody has written yet: no mistake before the form is sent."""
    return name in ("cron", "at") and not form.data.get(name, "").strip()


def _switched(request: HttpRequest, slug: str, pk: int, *, enabled: bool) -> HttpResponse:
    _, schedule = schedule_or_404(request, slug, pk, role=Role.OPERATOR)
    scheduling.set_enabled(schedule, enabled, person=signed_in_user(request))
    word = "on" if enabled else "off"
    return go_to(request, _list_of(slug), f"The schedule “{schedule.name}” is {word}.")


def _saved(request: HttpRequest, namespace: Namespace, form: ScheduleForm) -> HttpResponse:
    if not form.is_valid():
        return _form_page(request, form, status=422)
    person = signed_in_user(request)
    try:
        schedule = save_schedule(namespace, form.draft(), person=person, schedule=form.schedule)
    except ScheduleNameTakenError:
        form.add_error("name", "There is already a schedule of this name; choose another name.")
        return _form_page(request, form, status=422)
    return go_to(request, _list_of(namespace.slug), f"Saved the schedule “{schedule.name}”.")


def _form_page(request: HttpRequest, form: ScheduleForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "schedule": form.schedule, "zones": zone_names(), "times": []}
    if form.schedule is not None and not form.is_bound:
        zone = form.schedule.zone
        moments = scheduling.upcoming(form.schedule, timezone.now())
        context |= {"times": [moment.astimezone(zone) for moment in moments], "zone": zone.key}
    context |= form_commands.of_schedule(form)
    template = "_form.html" if wants_partial(request) else "form.html"
    return render(request, f"runtime_app/schedules/{template}", context, status=status)


def _row(schedule: Schedule) -> ScheduleRow:
    next_at = schedule.next_at.astimezone(schedule.zone) if schedule.next_at else None
    return ScheduleRow(schedule, next_at, new_key())


def _commands(namespace: Namespace, schedules: list[Schedule]) -> list[tuple[str, str, str]]:
    """What the first of them launch, for a terminal."""
    return [
        (title.replace("Launch", f"“{schedule.name}”", 1), text, f"{box_id}-{schedule.pk}")
        for schedule in schedules[:SCHEDULES_WITH_COMMANDS]
        for title, text, box_id in launch_commands(
            namespace, schedule.action_path, schedule.current_parameters
        )
    ]


def _list_of(slug: str) -> str:
    return reverse("runtime_app:schedules", args=[slug])
