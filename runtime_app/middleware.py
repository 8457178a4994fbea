"""Requests that another site made the browser send are refused before anything looks at them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

Handler: TypeAlias = (
    Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]
)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OTHER_SITES = frozenset({"cross-site", "same-site"})


@sync_and_async_middleware
def refuse_other_sites(get_response: Handler) -> Handler:
    """Let other sites link to pages, and nothing else: no posting, no embedding, no reading.

    Browsers say by `Sec-Fetch-Site` who made them send a request (W3C Fetch Metadata); programs say nothing.
    It stands beside the CSRF check, and also covers reads.
    """
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            refuse_foreign(request)
            return await get_response(request)  # type: ignore[no-any-return]

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        refuse_foreign(request)
        return get_response(request)  # type: ignore[return-value]

    return answer


def refuse_foreign(request: HttpRequest) -> None:
    """Raise PermissionDenied when another site is behind the request and it is no visit of a page."""
    if request.headers.get("Sec-Fetch-Site") not in OTHER_SITES:
        return
    is_visit = request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if not is_visit or request.headers.get("Sec-Fetch-Dest") in ("object", "embed", "iframe", "frame"):
        raise PermissionDenied("Another site made your browser send this.")
