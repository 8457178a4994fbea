"""The wiring map: the namespace as a drawing or as a table, and what one of its edges did last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from runtime_app.models import Action, Role, Rule, Status
from runtime_app.services.commands.wiring import list_commands
from runtime_app.services.live.changes import Cursor
from runtime_app.services.wiring.map import Only, WiringMap, wiring_map
from runtime_app.services.wiring.map_drawing import ROW_PX, draw
from runtime_app.services.wiring.rule_ends import Volume, day_volumes, latest_ends
from runtime_app.services.wiring.rule_states import rule_states
from runtime_app.services.wiring.url_ends import day_calls, latest_url_ends
from runtime_app.views.http import HtmxHttpRequest, never_kept, wants_partial
from runtime_app.views.lookups import action_or_404, namespace_or_404, rule_or_404
from runtime_app.views.permissions import who_may

ENDS_SHOWN = 10
KINDS = ("", "failing", "off")
VIEWS = ("", "map", "table")
TEXT_CHARACTERS = 513


@dataclass(frozen=True, slots=True)
class MapChoices:
    """What the address says about how to show the map; an unknown word stands for the usual.

    `view` is empty when nobody chose: a map, and on phones a table.
    """

    text: str = ""
    only: Only = ""
    zoom: str = "normal"
    view: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        """Read them from `q`, `only`, `zoom` and `as`."""
        zoom = query.get("zoom", "")
        only, view = query.get("only", ""), query.get("as", "")
        return cls(
            text=query.get("q", "").strip()[:TEXT_CHARACTERS],
            only=cast(Only, only) if only in KINDS else "",
            zoom=zoom if zoom in ROW_PX else "normal",
            view=view if view in VIEWS else "",
        )

    @property
    def query(self) -> str:
        """The address's query for just these choices."""
        chosen = {"q": self.text, "only": self.only, "as": self.view}
        chosen["zoom"] = self.zoom if self.zoom != "normal" else ""
        return urlencode({name: value for name, value in chosen.items() if value})


@login_required
@require_GET
def wiring_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Triggers, rules and actions of the namespace and what ties them; htmx gets the drawing alone."""
    namespace = namespace_or_404(request, slug)
    cursor, choices = Cursor.now(), MapChoices.of(request.GET)
    whole = wiring_map(namespace)
    shown = whole.narrowed(choices.text, choices.only)
    context: dict[str, Any] = {
        "live_cursor": cursor,
        "choices": choices,
        "whole": whole,
        "shown": shown,
        "edit_hint": who_may(request, namespace, Role.EDITOR),
        "tones": tones_of(shown),
        "zooms": list(ROW_PX),
        "commands": list_commands(namespace, "triggers", "rules"),
    }
    if choices.view != "table":
        context["drawing"] = draw(shown, choices.zoom)
    template = "_map.html" if wants_partial(request) else "map.html"
    return never_kept(render(request, f"runtime_app/wiring/{template}", context))


@login_required
@require_GET
def wiring_edge(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One rule: whether it listens, and its latest fires with a way to the trace of each."""
    cursor = Cursor.now()
    namespace, rule = rule_or_404(request, slug, pk)
    partial = wants_partial(request)
    page = cast(HtmxHttpRequest, request).htmx.current_url_abs_path if partial else None
    context = {
        "live_cursor": cursor,
        "state": rule_states(namespace, Rule.objects.filter(pk=rule.pk))[0],
        "volume": day_volumes(namespace, [rule]).get(rule.name, Volume()),
        "ends": latest_ends(rule, ENDS_SHOWN),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
        "next": page or request.path,
    }
    template = "_edge.html" if partial else "edge.html"
    return never_kept(render(request, f"runtime_app/wiring/{template}", context))


@login_required
@require_GET
def wiring_url(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One URL: what it starts, and its latest calls with a way to the run of each."""
    cursor = Cursor.now()
    namespace, action = action_or_404(request, slug, pk)
    if not action.starts:
        raise Http404
    context = {
        "live_cursor": cursor,
        "action": action,
        "worker": Action.objects.present().filter(namespace=namespace, path=action.starts).first(),
        "calls": day_calls(namespace, [action.path]).get(action.path, 0),
        "ends": latest_url_ends(action, ENDS_SHOWN),
    }
    template = "_url_edge.html" if wants_partial(request) else "url_edge.html"
    return never_kept(render(request, f"runtime_app/wiring/{template}", context))


def tones_of(wiring: WiringMap) -> list[Status]:
    """The statuses that colour an edge, for the legend, in the order of their life."""
    shown = {node.end.status for node in (*wiring.rules, *wiring.urls) if node.end}
    return [status for status in Status if status in shown]
