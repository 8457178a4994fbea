"""What views say to the browser beside the page: parts, toasts, redirects, upstream trouble in words."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event
from django_htmx.middleware import HtmxDetails

from runtime_app.openwhisk.errors import (
    NOTHING_THERE,
    BadReply,
    Forbidden,
    NotFound,
    OpenWhiskError,
    Rejected,
    ServerFault,
    Throttled,
    Unauthorized,
    Unreachable,
)

# A change of an action that is gone would create it, for which there is no code (core Actions.scala).
NOTHING_TO_CHANGE = "exec undefined"


class HtmxHttpRequest(HttpRequest):
    """A request after `HtmxMiddleware`."""

    htmx: HtmxDetails


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx sent it, for a part or a boosted page."""
    return bool(cast(HtmxHttpRequest, request).htmx)


def wants_partial(request: HttpRequest) -> bool:
    """Whether to answer with the part only: htmx asks, and not as a stand-in for a whole page."""
    htmx = cast(HtmxHttpRequest, request).htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def htmx_target(request: HttpRequest) -> str:
    """The id of the element that htmx will replace with the answer; empty when it has none."""
    return cast(HtmxHttpRequest, request).htmx.target or ""


def toast(response: HttpResponse, text: str, level: str = "success") -> HttpResponse:
    """Let the page show `text` as a toast when htmx receives `response`.

    `level` is success, info, warning or error.
    """
    return trigger_client_event(response, "toast", {"level": level, "text": text})


def go_to(request: HttpRequest, url: str, text: str = "", level: str = "success") -> HttpResponse:
    """Send the browser to another page, whether htmx asked or a plain form; `text` is shown there."""
    if text:
        messages.add_message(request, _MESSAGE_LEVELS[level], text)
    if is_htmx(request):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def never_kept(response: HttpResponse) -> HttpResponse:
    """Keep a page with a launch key out of every cache, the back button's too: old keys launch nothing."""
    response["Cache-Control"] = "no-store"
    return response


def sentence_for(error: OpenWhiskError) -> str:
    """Upstream trouble as one or two sentences: what happened, then what the person can do about it."""
    if isinstance(error, NotFound | Rejected) and error.message in (NOTHING_THERE, NOTHING_TO_CHANGE):
        return "It does not exist on the runtime any more."
    advice = next((text for kind, text in _ADVICE if isinstance(error, kind)), "")
    return f"{error.message} {advice}".strip()


_MESSAGE_LEVELS = {
    "success": messages.SUCCESS,
    "info": messages.INFO,
    "warning": messages.WARNING,
    "error": messages.ERROR,
}

_ADVICE: tuple[tuple[type[OpenWhiskError], str], ...] = (
    (Unreachable, "Nothing you typed is lost; try again when the runtime is back."),
    (Unauthorized, "An administrator of this namespace can replace the key."),
    (Forbidden, "The namespace's key does not allow this."),
    (Throttled, "Wait a moment, then try again."),
    (BadReply, "It may be a proxy in between; try again."),
    (ServerFault, "The trouble is on the runtime's side; try again in a moment."),
)
