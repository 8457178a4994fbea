"""What people did in a namespace."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from runtime_app.forms.people import AuditFilterForm
from runtime_app.models import AuditEntry, Namespace, Role
from runtime_app.views.http import wants_partial
from runtime_app.views.lookups import namespace_or_404

PAGE_ROWS = 50


@login_required
@require_GET
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """The audit log, newest first; filters and the place in it are in the address."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    form = AuditFilterForm(request.GET, namespace=namespace)
    form.is_valid()  # What was refused is shown beside its field, and does not filter.
    rows = _page_of(namespace, form.cleaned_data)
    context = {
        "namespace": namespace,
        "form": form,
        "entries": rows[:PAGE_ROWS],
        "older": rows[PAGE_ROWS - 1].pk if len(rows) > PAGE_ROWS else None,
        "is_filtered": any(form.cleaned_data.get(name) for name in ("person", "verb")),
    }
    template = "_entries.html" if wants_partial(request) else "audit.html"
    return render(request, f"runtime_app/audit/{template}", context)


def _page_of(namespace: Namespace, filters: dict[str, Any]) -> list[AuditEntry]:
    """One entry more than a page shows, which tells whether there is an older page."""
    entries = namespace.audit_entries.all()
    if filters.get("person"):
        entries = entries.filter(person=filters["person"])
    if filters.get("verb"):
        entries = entries.filter(verb=filters["verb"])
    before = filters.get("before")
    if isinstance(before, AuditEntry):
        # Cut by the order's own key, so that a page costs the same however far down it is.
        entries = entries.filter(at__lte=before.at).filter(Q(at__lt=before.at) | Q(pk__lt=before.pk))
    return list(entries[: PAGE_ROWS + 1])
