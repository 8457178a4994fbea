"""The way in: to the namespace that was open last, or to the list of namespaces."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from runtime_app.models import Namespace
from runtime_app.views.lookups import LAST_NAMESPACE, signed_in_user


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Leads to a dashboard, if the person may see any."""
    visible = Namespace.objects.visible_to(signed_in_user(request))
    last = visible.filter(slug=request.session.get(LAST_NAMESPACE, "")).first()
    namespace = last or visible.first()
    if namespace is None:
        return redirect("runtime_app:namespaces")
    return redirect("runtime_app:dashboard", namespace.slug)
