"""Bulk launches: the list, its preview, and the page of one that runs."""

from __future__ import annotations

from math import ceil
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runtime_app.forms.bulk import BulkForm
from runtime_app.models import Action, BulkLaunch, Namespace, Role
from runtime_app.services.commands.actions import bulk_commands
from runtime_app.services.connecting.limits import action_ranges
from runtime_app.services.launching import bulk as service
from runtime_app.services.launching.durations import expectations
from runtime_app.services.live.changes import Cursor
from runtime_app.views.http import go_to, never_kept, wants_partial
from runtime_app.views.lookups import action_or_404, bulk_or_404, signed_in_user
from runtime_app.views.permissions import who_may

EARLIER_SHOWN = 10
ROWS_SHOWN = 10
BAD_SHOWN = 200
# Of a primary key in an address.
MOST_DIGITS = 19


@login_required
@require_http_methods(["GET", "POST"])
def bulk_new(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The form for the list; POST keeps the list as a draft and shows its preview. Nothing is launched.

    `?draft=` (a primary key) fills the form with a list that is to be corrected.
    """
    namespace, action = action_or_404(request, slug, pk, role=Role.OPERATOR)
    row_bytes = action_ranges(namespace).parameter_bytes
    if request.method == "GET":
        form = BulkForm(row_bytes=row_bytes, initial=_as_it_was(request, action))
        return _form_page(request, namespace, action, form)
    form = BulkForm(request.POST, request.FILES, row_bytes=row_bytes)
    if not form.is_valid():
        return _form_page(request, namespace, action, form, status=422)
    data = form.cleaned_data
    draft = service.draft(
        action,
        person=signed_in_user(request),
        text=data["text"],
        source_format=data["source_format"],
        file_name=data["file"].name if data["file"] else "",
    )
    return go_to(request, page_of(draft))


@login_required
@require_GET
def bulk_page(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The preview of a draft, or how far a bulk launch has come; htmx gets the progress alone."""
    cursor = Cursor.now()
    namespace, bulk = bulk_or_404(request, slug, pk)
    context = {
        "live_cursor": cursor,
        "bulk": bulk,
        "action": namespace.actions.filter(path=bulk.action_path).first(),
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
        "commands": bulk_commands(namespace, bulk.action_path),
    }
    if bulk.is_draft:
        context |= preview_context(bulk)
        return never_kept(render(request, "runtime_app/bulk/preview.html", context))
    context["progress"] = service.progress(bulk)
    template = "_progress.html" if wants_partial(request) else "bulk.html"
    return never_kept(render(request, f"runtime_app/bulk/{template}", context))


@login_required
@require_POST
def bulk_launch(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Launch a draft, once; `skip_bad` says that bad rows are to be left out."""
    _, bulk = bulk_or_404(request, slug, pk, role=Role.OPERATOR)
    skip_bad = request.POST.get("skip_bad") == "on"
    try:
        is_new = service.launch_bulk(bulk, person=signed_in_user(request), skip_bad=skip_bad)
    except service.BadRowsError:
        return go_to(request, page_of(bulk), "Some rows are bad, so nothing was launched.", "error")
    except service.ActionGoneError:
        text = f"There is no action “{bulk.action_path}” any more, so nothing was launched."
        return go_to(request, page_of(bulk), text, "error")
    text = f"{bulk.total:,} launches wait for their turn." if is_new else "It has been launched already."
    return go_to(request, page_of(bulk), text, "success" if is_new else "info")


@login_required
@require_POST
def bulk_pause(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Let nothing more leave for now."""
    _, bulk = bulk_or_404(request, slug, pk, role=Role.OPERATOR)
    if service.pause(bulk, person=signed_in_user(request)):
        return go_to(request, page_of(bulk), "Paused: nothing more leaves. What was sent runs on.")
    return go_to(request, page_of(bulk), "It does not run, so it cannot be paused.", "warning")


@login_required
@require_POST
def bulk_resume(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Go on after a pause."""
    _, bulk = bulk_or_404(request, slug, pk, role=Role.OPERATOR)
    if service.resume(bulk, person=signed_in_user(request)):
        return go_to(request, page_of(bulk), "It goes on.")
    return go_to(request, page_of(bulk), "It is not paused.", "warning")


@login_required
@require_POST
def bulk_stop(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take back what still waits."""
    _, bulk = bulk_or_404(request, slug, pk, role=Role.OPERATOR)
    cancelled = service.stop(bulk, person=signed_in_user(request))
    if cancelled is None:
        return go_to(request, page_of(bulk), "It was over already.", "info")
    text = f"Stopped: {cancelled:,} launches were taken back."
    return go_to(request, page_of(bulk), f"{text} What was sent runs on: the platform cannot stop it.")


@login_required
@require_POST
def bulk_discard(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Throw a draft away, and go back to the form."""
    namespace, bulk = bulk_or_404(request, slug, pk, role=Role.OPERATOR)
    action = namespace.actions.filter(path=bulk.action_path).first()
    if not service.discard(bulk):
        return go_to(request, page_of(bulk), "It has been launched already.", "info")
    if action is None:
        return go_to(request, reverse("runtime_app:actions", args=[slug]), "Nothing was launched.")
    return go_to(request, reverse("runtime_app:bulk-new", args=[slug, action.pk]), "Nothing was launched.")


def preview_context(bulk: BulkLaunch) -> dict[str, Any]:
    """What a draft would launch, and what is wrong with it."""
    found = service.parsed(bulk)
    usual = expectations(bulk.namespace, [bulk.action_path]).get(bulk.action_path)
    # Under the least limits one leaves in several minutes.
    steady = service.steady_rate(bulk.namespace, usual)
    per_minute = ceil(steady)
    return {
        "found": found,
        "first_rows": found.rows[:ROWS_SHOWN],
        "bad_shown": found.bad[:BAD_SHOWN],
        "bad_hidden": max(0, len(found.bad) - BAD_SHOWN),
        "per_minute": per_minute,
        "minutes": ceil(len(found.rows) / steady) if steady else None,
        "usual": usual,
    }


def page_of(bulk: BulkLaunch) -> str:
    """The page of a bulk launch."""
    return reverse("runtime_app:bulk", args=[bulk.namespace.slug, bulk.pk])


def _as_it_was(request: HttpRequest, action: Action) -> dict[str, str]:
    """The text of the draft that the address names, and how it was said to be written."""
    text = request.GET.get("draft", "")
    if not (text.isascii() and text.isdigit() and len(text) < MOST_DIGITS):
        return {}
    drafts = BulkLaunch.objects.drafts().filter(namespace=action.namespace, action_path=action.path)
    draft = drafts.filter(pk=int(text)).first()
    return {"rows": draft.source, "source_format": draft.source_format} if draft else {}


def _form_page(
    request: HttpRequest, namespace: Namespace, action: Action, form: BulkForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "action": action,
        "form": form,
        "commands": bulk_commands(namespace, action.path),
        "earlier": service.bulks_of(namespace, action.path, EARLIER_SHOWN),
    }
    return render(request, "runtime_app/bulk/new.html", context, status=status)
