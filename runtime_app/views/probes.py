"""For machines that watch the panel: does it answer, is it ready, and its figures."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from runtime_app.services.health import machinery
from runtime_app.services.health.metrics import metrics_page

Handler: TypeAlias = (
    Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]
)

BEARER = "Bearer "


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is looked at: an outage elsewhere is no reason to restart it."""
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether everything works that results need; 503 when not. Says no more than that to strangers."""
    checks = readiness()
    ready = all(check["ok"] for check in checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


def readiness() -> dict[str, dict[str, Any]]:
    """Each check with `ok`, and where something is measured also that."""
    found = machinery.look()
    database = found.database_ms is not None
    return {
        "database": _timed(found.database_ms),
        "migrations": {"ok": database and machinery.migrations_are_applied()},
        "redis": _timed(found.redis_ms),
        "worker": {"ok": found.has_workers, "alive": len(found.workers)},
        "beat": {"ok": found.beat_is_alive is not False},
    }


def _timed(ms: float | None) -> dict[str, Any]:
    return {"ok": ms is not None, "ms": None if ms is None else round(ms, 1)}


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus: for who shows the token, and for the panel's administrators."""
    if "Authorization" in request.headers:
        allowed = shows_token(request)
    else:
        user = getattr(request, "user", AnonymousUser())
        allowed = user.is_authenticated and user.is_superuser
    if not allowed:
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(metrics_page(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def shows_token(request: HttpRequest) -> bool:
    """Whether the request carries OVERTIME_METRICS_TOKEN. Without a token nobody can show it."""
    given = request.headers.get("Authorization", "")
    token = settings.OVERTIME_METRICS_TOKEN
    if not token or not given.startswith(BEARER):
        return False
    return hmac.compare_digest(given.removeprefix(BEARER).strip().encode(), token.encode())


VIEWS = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


@sync_and_async_middleware
def answer_probes(get_response: Handler) -> Handler:
    """Answer machines before anything else does, which would ask them for a host name, https or a session.

    Orchestrators call a process by its bare address. `/metrics` without a token goes the way of all pages.
    """
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            if is_probe(request):
                return await sync_to_async(VIEWS[request.path])(request)
            return await get_response(request)  # type: ignore[no-any-return]

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        if is_probe(request):
            return VIEWS[request.path](request)
        return get_response(request)  # type: ignore[return-value]

    return answer


def is_probe(request: HttpRequest) -> bool:
    """Whether a machine asks for something that needs no session."""
    return request.path in VIEWS and (request.path != "/metrics" or "Authorization" in request.headers)
