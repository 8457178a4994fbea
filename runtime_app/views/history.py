"""The shared history of a namespace: pages, filters, what is new, and finding by id."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from runtime_app.forms.history import FindForm, HistoryForm
from runtime_app.models import Role
from runtime_app.services.commands.activations import list_commands
from runtime_app.services.history.pages import History, HistoryFilters, Key, Page, with_activation_id
from runtime_app.services.live.changes import Cursor

from .http import wants_partial
from .lookups import namespace_or_404
from .permissions import has_role

ACTIONS_OFFERED = 200


@login_required
@require_GET
@vary_on_headers("HX-Request")
def activations(request: HttpRequest, slug: str) -> HttpResponse:
    """The history, filtered and cut into pages by its address."""
    namespace = namespace_or_404(request, slug)
    cursor = Cursor.now()
    form = HistoryForm(request.GET, namespace=namespace)
    history = History(namespace, form.filters if form.is_valid() else HistoryFilters())
    page = page_of(history, request)
    # The platform filters by one whole name only.
    paths = history.filters.action_paths
    context = {
        "live_cursor": cursor,
        "namespace": namespace,
        "form": form,
        "chosen": form.chosen() if form.is_valid() else [],
        "address": address_of(request),
        "find_form": FindForm(),
        "commands": list_commands(namespace, paths[0] if len(paths) == 1 else "", history.filters.since),
        "page": page,
        "count": history.count(),
        "is_filtered": not history.filters.is_empty,
        "may_take_back": has_role(request, Role.OPERATOR),
        "action_paths": namespace.actions.order_by("path").values_list("path", flat=True)[:ACTIONS_OFFERED],
    }
    if not wants_partial(request):
        return render(request, "runtime_app/activations/history.html", context)
    response = render(request, "runtime_app/activations/_history.html", context)
    address = address_of(request)
    # A form sends its empty fields too; the address that people copy should not have them.
    return response if address == request.get_full_path() else push_url(response, address)


def address_of(request: HttpRequest) -> str:
    """The page's address without parameters that say nothing."""
    given = [(name, value) for name, values in request.GET.lists() for value in values if value]
    return f"{request.path}?{urlencode(given)}" if given else request.path


def page_of(history: History, request: HttpRequest) -> Page:
    """The page that `?before=` or `?after=` names; the first one without them, or if they are no keys."""
    before, after = (Key.parse(request.GET.get(name, "")) for name in ("before", "after"))
    if before is not None:
        return history.page_before(before)
    return history.page_after(after) if after is not None else history.newest_page()


@login_required
@require_GET
def news(request: HttpRequest, slug: str) -> HttpResponse:
    """How many rows of the shown part of the history came into being since `?cursor=`, as a pill."""
    namespace = namespace_or_404(request, slug)
    cursor = Cursor.parse(request.GET.get("cursor", "")) or Cursor.now()
    form = HistoryForm(request.GET, namespace=namespace)
    history = History(namespace, form.filters if form.is_valid() else HistoryFilters())
    context = {
        "namespace": namespace,
        "live_cursor": cursor,
        "news": history.count_newer_than(cursor.newest_pk),
    }
    return render(request, "runtime_app/activations/_news.html", context)


@login_required
@require_GET
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead to the activation with this id, or say that it is not known."""
    namespace = namespace_or_404(request, slug)
    form = FindForm(request.GET)
    if form.is_valid():
        found = with_activation_id(namespace, form.cleaned_data["id"])
        if found is not None:
            return redirect("runtime_app:activation", slug, found.pk)
        form.add_error("id", "The history of this namespace has no activation with this id.")
    context = {"namespace": namespace, "find_form": form}
    return render(request, "runtime_app/activations/find.html", context)
