"""The live stream of a namespace, and the same by polling."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.decorators import login_required
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from runtime_app.models import Namespace
from runtime_app.services.backing.database import BROKEN
from runtime_app.services.live.changes import Cursor, changes_since
from runtime_app.services.live.event_stream import encode_changes
from runtime_app.services.live.fragments import Fragments, shown_by
from runtime_app.services.live.hub import hub
from runtime_app.services.live.publishing import watch

from .lookups import namespace_or_404

logger = logging.getLogger(__name__)

PING_SECONDS = 5
CHECK_SECONDS = 20
RECONNECT_MS = 1_000


@login_required
@require_GET
async def live(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Server-sent events, from `Last-Event-ID` or `?cursor=` on; without either, from now on.

    `?show=` says what of activations the page shows; see `services/live/fragments.py`.
    """
    namespace = await sync_to_async(open_namespace)(request, slug)
    cursor = Cursor.parse(request.headers.get("Last-Event-ID", "") or request.GET.get("cursor", ""))
    return StreamingHttpResponse(
        events(request, namespace, cursor, shown_by(request.GET.get("show", ""))),
        content_type="text/event-stream",
        # For nginx, which would otherwise hold events back until a buffer is full.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@login_required
@require_GET
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """What the stream would have sent since `?cursor=`, as JSON; 204 when nothing happened.

    `cursor` for the next time, `html`, `changed`, whether the wiring is another one (`rewired`), and whether
    the page should be loaded anew (`resync`).
    """
    namespace = namespace_or_404(request, slug)
    watch(namespace.pk)
    show = shown_by(request.GET.get("show", ""))
    cursor = Cursor.parse(request.GET.get("cursor", ""))
    if cursor is None:
        return JsonResponse({"cursor": str(Cursor.now()), "html": "", "changed": [], "resync": False})
    found = changes_since(namespace, cursor)
    if not (found.notes or found.rewired or found.too_many):
        return HttpResponse(status=204)
    return JsonResponse(
        {
            "cursor": str(found.cursor),
            "html": "".join(Fragments(namespace, found.activations).for_page(show)),
            "changed": [note.as_dict() for note in found.notes],
            "rewired": found.rewired,
            "resync": found.too_many,
        }
    )


async def events(
    request: HttpRequest, namespace: Namespace, cursor: Cursor | None, show: str
) -> AsyncIterator[bytes]:
    """What was missed, then what happens, then the end when the person may not watch any more.

    Also when nobody can know that, for the database is away: the browser comes back from where it was.
    """
    try:
        async with hub().watching(namespace, show) as watcher:
            yield f"retry: {RECONNECT_MS}\n\n".encode()
            yield await hub().in_database(opening, namespace, cursor, show)
            checked = time.monotonic()
            while True:
                yield await watcher.next(PING_SECONDS) or b": ping\n\n"
                if time.monotonic() - checked >= CHECK_SECONDS:
                    if not await sync_to_async(may_still_watch)(request, namespace.pk):
                        return
                    checked = time.monotonic()
    except BROKEN as error:
        logger.warning("A live stream ended", exc_info=error)


def opening(namespace: Namespace, cursor: Cursor | None, show: str) -> bytes:
    """What happened since `cursor`; without one, only the present cursor for the browser to keep."""
    if cursor is None:
        return f"id: {Cursor.now()}\n\n".encode()
    missed = encode_changes(namespace, changes_since(namespace, cursor), [show])[show]
    return missed or f"id: {cursor}\n\n".encode()


def open_namespace(request: HttpRequest, slug: str) -> Namespace:
    """The namespace as in `namespace_or_404`, without keeping a database connection for hours."""
    try:
        return namespace_or_404(request, slug)
    finally:
        connections.close_all()


def may_still_watch(request: HttpRequest, namespace_pk: int) -> bool:
    """Whether the person is still signed in in this session, and a member."""
    try:
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(request.session.session_key)
        person = get_user(request)
        namespace = Namespace.objects.filter(pk=namespace_pk).first()
        return person.is_authenticated and namespace is not None and namespace.role_of(person) is not None
    finally:
        connections.close_all()
