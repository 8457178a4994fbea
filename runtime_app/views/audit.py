"""What people did, in a namespace and in the whole panel."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from runtime_app.forms.people import AuditFilterForm
from runtime_app.models import AuditEntry, Namespace, Role
from runtime_app.views.http import wants_partial
from runtime_app.views.lookups import namespace_or_404, signed_in_user

PAGE_ROWS = 50


@login_required
@require_GET
@vary_on_headers("HX-Request")
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """A namespace's audit log, newest first; filters and the place in it are in the address."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    return _answer(request, namespace.audit_entries.all(), namespace)


@login_required
@require_GET
@vary_on_headers("HX-Request")
def panel_audit(request: HttpRequest) -> HttpResponse:
    """The same for the whole panel, with what belongs to no namespace (any more); for its administrators."""
    if not signed_in_user(request).is_superuser:
        raise Http404
    return _answer(request, AuditEntry.objects.select_related("namespace"), None)


def _answer(request: HttpRequest, entries: QuerySet[AuditEntry], namespace: Namespace | None) -> HttpResponse:
    form = AuditFilterForm(request.GET, namespace=namespace)
    form.is_valid()  # What was refused is shown beside its field, and does not filter.
    rows = _page_of(entries, form.cleaned_data)
    context = {
        "namespace": namespace,
        "form": form,
        "entries": rows[:PAGE_ROWS],
        "older": rows[PAGE_ROWS - 1].pk if len(rows) > PAGE_ROWS else None,
        "is_filtered": any(form.cleaned_data.get(name) for name in ("person", "verb")),
    }
    template = "_entries.html" if wants_partial(request) else "audit.html"
    return render(request, f"runtime_app/audit/{template}", context)


def _page_of(entries: QuerySet[AuditEntry], filters: dict[str, Any]) -> list[AuditEntry]:
    """One entry more than a page shows, which tells whether there is an older page."""
    if filters.get("person"):
        entries = entries.filter(person=filters["person"])
    if filters.get("verb"):
        entries = entries.filter(verb=filters["verb"])
    before = filters.get("before")
    if isinstance(before, AuditEntry):
        # Cut by the order's own key, so that a page costs the same however far down it is.
        entries = entries.filter(at__lte=before.at).filter(Q(at__lt=before.at) | Q(pk__lt=before.pk))
    return list(entries[: PAGE_ROWS + 1])
