"""Whether results are coming in, in one sentence at the top of every page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from runtime_app.services.health.system import system_state

from .lookups import namespace_or_404


@login_required
@require_GET
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """The banner; empty when all is well."""
    namespace = namespace_or_404(request, slug)
    context = {"namespace": namespace, "system": system_state()}
    return render(request, "runtime_app/live/_status.html", context)
