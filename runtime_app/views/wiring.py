"""Asking the runtime for news from any of the wiring pages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from runtime_app.openwhisk.errors import OpenWhiskError
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.views.http import go_to, sentence_for
from runtime_app.views.lookups import namespace_or_404


@login_required
@require_POST
def wiring_sync(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the runtime what is new, then back to the page it was asked from (`next`)."""
    namespace = namespace_or_404(request, slug)
    page = next_page(request, reverse("runtime_app:triggers", args=[slug]))
    try:
        report = sync_namespace(namespace)
    except OpenWhiskError as error:
        return go_to(request, page, f"Could not sync: {sentence_for(error)}", "error")
    level = "warning" if report.failed else "success"
    return go_to(request, page, f"Synced: {report}.", level)


def next_page(request: HttpRequest, default: str) -> str:
    """The page of this host that the form names as `next`; `default` for anything else."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return default
