"""The first page of a namespace: what runs, what came back, what one click launches."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from runtime_app.models import Activation, Namespace, Preset, Role, Status
from runtime_app.models.statuses import FINAL
from runtime_app.services.health.system import system_state
from runtime_app.services.history.activity import HOUR, Activity, Hour, last_day
from runtime_app.services.history.pages import History, HistoryFilters
from runtime_app.services.launching.durations import Forecast, forecasts
from runtime_app.services.live.changes import Cursor
from runtime_app.services.live.fragments import NOTHING
from runtime_app.templatetags.charts import HistogramBar

from .http import never_kept
from .launch_keys import new_key
from .lookups import namespace_or_404
from .permissions import who_may

RUNNING_SHOWN = 20
RESULTS_SHOWN = 10
PRESETS_SHOWN = 24
BUTTONS_SHOWN = 8

_making = Lock()
_made: dict[int, tuple[Any, str]] = {}


@dataclass(frozen=True, slots=True)
class LaunchButton:
    """What one click launches: its name, a second line, and the URL name and primary key it is posted to."""

    name: str
    note: str
    url_name: str
    pk: int
    launch_key: UUID = field(default_factory=new_key)


@login_required
@require_GET
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole page."""
    namespace = namespace_or_404(request, slug)
    context = {
        "live_cursor": Cursor.now(),
        "live_show": NOTHING,
        "buttons": launch_buttons(namespace),
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
        "has_actions": namespace.actions.present().exists(),
        "has_activations": Activation.objects.filter(namespace=namespace).exists(),
        "system": system_state(),
        **sections_of(namespace),
    }
    return never_kept(render(request, "runtime_app/dashboard/dashboard.html", context))


@login_required
@require_GET
def sections(request: HttpRequest, slug: str) -> HttpResponse:
    """The sections that change when an activation does, and what is said of the runtime's health."""
    namespace = namespace_or_404(request, slug)
    context = {"namespace": namespace, "system": system_state(), "is_fragment": True}
    said = render_to_string("runtime_app/dashboard/_health.html", context)
    return HttpResponse(shared_sections(namespace) + said)


@login_required
@require_GET
def health(request: HttpRequest, slug: str) -> HttpResponse:
    """How the runtime answers, and how far the history is read back."""
    namespace = namespace_or_404(request, slug)
    context = {"namespace": namespace, "system": system_state()}
    return render(request, "runtime_app/dashboard/_health.html", context)


def shared_sections(namespace: Namespace) -> str:
    """The sections' HTML, made once for everybody: a change lets all dashboards ask at the same moment.

    It holds nothing that depends on the person. The minute lets the day move on where nothing happens.
    """
    changed_at = Activation.objects.filter(namespace=namespace).aggregate(Max("changed_at"))[
        "changed_at__max"
    ]
    version = (namespace.slug, changed_at, timezone.now().replace(second=0, microsecond=0))
    with _making:
        made_for, html = _made.get(namespace.pk, (None, ""))
        if made_for != version:
            html = render_to_string("runtime_app/dashboard/_sections.html", sections_of(namespace))
            _made[namespace.pk] = (version, html)
    return html


def sections_of(namespace: Namespace) -> dict[str, Any]:
    running, is_cut = under_way(namespace)
    activity = last_day(namespace)
    return {
        "namespace": namespace,
        "running": with_forecasts(namespace, running),
        "running_is_cut": is_cut,
        "results": History(namespace, HistoryFilters(statuses=tuple(FINAL))).newest_page(RESULTS_SHOWN).rows,
        "activity": activity,
        "bars": bars_of(namespace, activity),
    }


def under_way(namespace: Namespace) -> tuple[list[Activation], bool]:
    """What runs, newest first, then what waits here; and whether there is more. Thousands that wait must not
    hide what runs.
    """
    pages = [
        History(namespace, HistoryFilters(statuses=statuses)).newest_page(RUNNING_SHOWN)
        for statuses in ((Status.SENDING, Status.PENDING), (Status.QUEUED,))
    ]
    rows = [row for page in pages for row in page.rows]
    is_cut = len(rows) > RUNNING_SHOWN or any(page.older is not None for page in pages)
    return rows[:RUNNING_SHOWN], is_cut


def with_forecasts(namespace: Namespace, running: list[Activation]) -> list[dict[str, Any]]:
    """Each activation that is under way with when it will probably end."""
    known = forecasts(namespace, running)
    told = [(row, known.get(row.pk, Forecast())) for row in running]
    return [
        {"activation": row, "expected_at": each.expected_at, "slow_at": each.slow_at} for row, each in told
    ]


def bars_of(namespace: Namespace, activity: Activity) -> list[HistogramBar]:
    """The hours as bars that lead to their part of the history."""
    history = reverse("runtime_app:activations", args=[namespace.slug])
    return [
        HistogramBar(
            label=f"{hour.start:%H:%M}–{hour.start + HOUR:%H:%M} UTC",
            counts=hour.counts,
            href=f"{history}?{_range_of(hour)}",
        )
        for hour in activity.hours
    ]


def _range_of(hour: Hour) -> str:
    since, until = (f"{moment:%Y-%m-%dT%H:%M}" for moment in (hour.start, hour.start + HOUR))
    return urlencode({"when": "custom", "since": since, "until": until})


def launch_buttons(namespace: Namespace) -> list[LaunchButton]:
    """Presets, and actions while there is room, each with a key: a double click launches once."""
    present = namespace.actions.present()
    presets = Preset.objects.filter(
        namespace=namespace, on_dashboard=True, action_path__in=present.values("path")
    )
    buttons = [
        LaunchButton(preset.name, preset.action_path, "preset-launch", preset.pk)
        for preset in presets[:PRESETS_SHOWN]
    ]
    shown = present.order_by("path").values_list("path", "pk", "starts")
    for path, pk, starts in shown[: max(0, BUTTONS_SHOWN - len(buttons))]:
        note = f"starts {starts}" if starts else "default parameters"
        buttons.append(LaunchButton(path, note, "action-launch", pk))
    return buttons
