"""Alarms: when a schedule that is being typed would fire, and what a feed was told elsewhere."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from runtime_app.forms.triggers import ScheduleForm
from runtime_app.models import Role
from runtime_app.openwhisk.errors import OpenWhiskError
from runtime_app.services.wiring.feeds import FeedError
from runtime_app.services.wiring.triggers import read_feed
from runtime_app.views.http import go_to, sentence_for
from runtime_app.views.lookups import namespace_or_404, trigger_or_404
from runtime_app.views.triggers import page_of


@login_required
@require_GET
def schedule_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The next times of what stands in the form now, or what is wrong with it."""
    namespace_or_404(request, slug)
    form = ScheduleForm(request.GET)
    schedule = form.schedule_or_none() if form.is_valid() else None
    problem = next((errors[0] for errors in form.errors.values()), "")
    times = schedule.next_times(timezone.now()) if schedule else []
    context = {"schedule": schedule, "next_times": times, "problem": problem}
    return render(request, "runtime_app/triggers/_next_times.html", context)


@login_required
@require_POST
def feed_read(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask the feed for its settings, for a trigger that was made elsewhere."""
    _, trigger = trigger_or_404(request, slug, pk, role=Role.EDITOR)
    try:
        read_feed(trigger)
    except FeedError as error:
        return go_to(request, page_of(trigger), str(error), "error")
    except OpenWhiskError as error:
        return go_to(request, page_of(trigger), sentence_for(error), "error")
    return go_to(request, page_of(trigger), f"Read the schedule of {trigger.name}.")
