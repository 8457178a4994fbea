"""The list of a namespace's actions, one action, and asking the runtime for news."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from runtime_app.models import Role
from runtime_app.openwhisk.errors import OpenWhiskError
from runtime_app.services.authoring.actions import code_file
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.commands.actions import file_name, list_commands
from runtime_app.services.live.changes import Cursor
from runtime_app.views.action_page import action_context, latest_context
from runtime_app.views.action_rows import list_page
from runtime_app.views.http import go_to, never_kept, sentence_for, wants_partial
from runtime_app.views.lookups import action_or_404, namespace_or_404
from runtime_app.views.permissions import who_may


@login_required
@require_GET
def action_list(request: HttpRequest, slug: str) -> HttpResponse:
    """A `page` of the actions whose name holds `q`. `part=runs`: only the cells with the last outcomes."""
    namespace = namespace_or_404(request, slug)
    cursor, query = Cursor.now(), request.GET.get("q", "").strip()
    page, rows = list_page(namespace, query, request.GET.get("page", "1"))
    context = {
        "live_cursor": cursor,
        "page": page,
        "rows": rows,
        "query": query,
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
        "commands": list_commands(namespace),
    }
    template = "runtime_app/actions/list.html"
    if request.GET.get("part") == "runs":
        template = "runtime_app/actions/_last_runs.html"
    elif wants_partial(request):
        template = "runtime_app/actions/_list.html"
    return never_kept(render(request, template, context))


@login_required
@require_GET
def action_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Everything about one action, with the launch form in place. `part=latest`: only its activations."""
    namespace, action = action_or_404(request, slug, pk)
    if request.GET.get("part") == "latest":
        context = latest_context(namespace, action)
        return render(request, "runtime_app/actions/_latest.html", context)
    context = action_context(request, namespace, action)
    return never_kept(render(request, "runtime_app/actions/detail.html", context))


@login_required
@require_GET
def action_code(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The code as a file: source as text, an archive as it was uploaded."""
    _, action = action_or_404(request, slug, pk)
    content = code_file(action)
    if content is None:
        raise Http404
    content_type = "application/zip" if action.is_binary else "text/plain; charset=utf-8"
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, file_name(action))
    return response


@login_required
@require_POST
def actions_sync(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the runtime what is new: a request or two upstream once the namespace is known."""
    namespace = namespace_or_404(request, slug)
    page = reverse("runtime_app:actions", args=[slug])
    try:
        report = sync_namespace(namespace)
    except OpenWhiskError as error:
        return go_to(request, page, f"Could not sync: {sentence_for(error)}", "error")
    level = "warning" if report.failed else "success"
    return go_to(request, page, f"Synced: {report}.", level)
