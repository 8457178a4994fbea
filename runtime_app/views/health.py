"""How well results are collected: of one namespace for its members, of all for the panel's administrators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from runtime_app.models import Namespace
from runtime_app.services.commands.health import check_commands, probe_commands
from runtime_app.services.health import machinery
from runtime_app.services.health.collection import CollectionHealth, health_of, last_check
from runtime_app.services.live.changes import Cursor

from .http import wants_partial
from .lookups import namespace_or_404, signed_in_user


@login_required
@require_GET
@vary_on_headers("HX-Request")
def health(request: HttpRequest, slug: str) -> HttpResponse:
    """One namespace, and what everything runs on."""
    namespace = namespace_or_404(request, slug)
    context = {
        "live_cursor": Cursor.now(),
        "namespace": namespace,
        "commands": check_commands(namespace),
        **figures_of([namespace]),
    }
    template = "_health.html" if wants_partial(request) else "health.html"
    return render(request, f"runtime_app/health/{template}", context)


@login_required
@require_GET
@vary_on_headers("HX-Request")
def panel_health(request: HttpRequest) -> HttpResponse:
    """The same for every namespace."""
    if not signed_in_user(request).is_superuser:
        raise Http404
    template = "_panel.html" if wants_partial(request) else "panel.html"
    commands = probe_commands(request.build_absolute_uri("/").rstrip("/"))
    context = {"commands": commands, **figures_of(list(Namespace.objects.all()))}
    return render(request, f"runtime_app/health/{template}", context)


def figures_of(namespaces: Sequence[Namespace]) -> dict[str, Any]:
    """Sentences first: what is wrong, of the machinery and of each namespace; none when all is well."""
    running, healths = machinery.look(), health_of(namespaces)
    return {
        "machinery": running,
        "healths": healths,
        "problems": running.problems + problems_of(healths),
        "last_check": last_check(namespaces),
    }


def problems_of(healths: Sequence[CollectionHealth]) -> list[str]:
    """The namespaces' own troubles."""
    return [problem for each in healths for problem in each.problems]
