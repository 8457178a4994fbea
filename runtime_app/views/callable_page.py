"""What the page of a URL shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from runtime_app.forms.callable import KEY, OPEN, SECRET, ProtectionForm, TryForm
from runtime_app.models import Action, Activation, ActivationPayload, Namespace, Role, UrlCall
from runtime_app.services.commands import web_actions as callable_commands
from runtime_app.services.launching.durations import Forecast, forecasts
from runtime_app.services.live.changes import Cursor
from runtime_app.services.web_actions.access import warnings_for
from runtime_app.services.web_actions.calls import Tried, runs_after
from runtime_app.services.web_actions.urls import other_extensions, web_urls
from runtime_app.views.activations import INLINE_RESULT_BYTES
from runtime_app.views.http import never_kept, wants_partial
from runtime_app.views.launch_keys import new_key
from runtime_app.views.permissions import who_may


def url_page(
    request: HttpRequest,
    namespace: Namespace,
    action: Action,
    extra: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The whole page; for htmx the part that tries the URL. `extra` replaces parts of the context."""
    cursor = Cursor.now()
    if wants_partial(request):
        form = (extra or {}).get("form") or blank_form(started_by(namespace, action))
        context = {
            "action": action,
            "launch_hint": "",
            **try_context(namespace, action, form),
            **(extra or {}),
        }
        return never_kept(render(request, "runtime_app/callable/_try.html", context, status=status))
    context = {"live_cursor": cursor, **url_context(request, namespace, action), **(extra or {})}
    return never_kept(render(request, "runtime_app/callable/url.html", context, status=status))


def url_context(request: HttpRequest, namespace: Namespace, action: Action) -> dict[str, Any]:
    """Everything about the URL of one action."""
    path = action.starts
    started = started_by(namespace, action)
    worker = started if path and started != action else None
    return {
        "namespace": namespace,
        "action": action,
        "worker_path": path,
        "worker": worker,
        "urls": web_urls(namespace, action.path),
        "more_urls": other_extensions(namespace, action.path),
        "warnings": warnings_for(namespace, action),
        "protection_form": ProtectionForm(initial={"who": who_now(action)}),
        "commands": commands_for(namespace, action, starts=bool(path)),
        "more_commands": more_commands_for(namespace, action),
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
        **try_context(namespace, action, blank_form(started)),
    }


def started_by(namespace: Namespace, action: Action) -> Action:
    """What a call runs in the end: the action that the web action starts, if it is here, else itself."""
    path = action.starts
    worker = Action.objects.filter(namespace=namespace, path=path).first() if path else None
    return worker or action


def blank_form(started: Action) -> TryForm:
    """The form that calls a URL which starts this action, for a first try."""
    return TryForm(initial={"launch_key": new_key(), "extension": ""}, started=started)


def try_context(namespace: Namespace, action: Action, form: TryForm) -> dict[str, Any]:
    """The form that calls the URL, and the same as a command."""
    return {
        "namespace": namespace,
        "form": form,
        "curl": callable_commands.curl_call(namespace, action, {}),
    }


def tried_context(namespace: Namespace, action: Action, tried: Tried, form: TryForm) -> dict[str, Any]:
    """The answer, and what it has started; the form keeps what was sent, for another try."""
    sent = form.cleaned_data
    again = TryForm(initial={**sent, "launch_key": new_key()}, started=form.started)
    return {
        "tried": tried,
        "form": again,
        "curl": callable_commands.curl_call(
            namespace, action, sent["parameters"], extension=sent["extension"]
        ),
        **(followed_context(namespace, action, tried.activation) if tried.activation else {}),
        **(sought_context(namespace, action, tried.call) if tried.may_have_started else {}),
    }


def followed_context(namespace: Namespace, action: Action, activation: Activation) -> dict[str, Any]:
    """One run that the URL has started, with its result once that is here."""
    payload = ActivationPayload.objects.filter(activation=activation).first()
    forecast = forecasts(namespace, [activation]).get(activation.pk, Forecast())
    return {
        "namespace": namespace,
        "action": action,
        "activation": activation,
        "payload": payload,
        "expectation": forecast.expectation,
        "expected_at": forecast.expected_at,
        "forecast": forecast,
        "result_is_long": payload is not None and (payload.size or 0) > INLINE_RESULT_BYTES,
    }


def sought_context(namespace: Namespace, action: Action, call: UrlCall) -> dict[str, Any]:
    """A call whose answer did not say which run it has started, and the runs that it may be."""
    return {"namespace": namespace, "action": action, "call": call, "runs": runs_after(call)}


def who_now(action: Action) -> str:
    """The choice of the form that says who may call it now."""
    if action.wants_key:
        return KEY
    return SECRET if action.web_secret_required else OPEN


def commands_for(namespace: Namespace, action: Action, *, starts: bool) -> list[tuple[str, str, str]]:
    """Title, command and id of each box; `starts`: it starts another action, whose result is read apart."""
    results = [
        ("Read the result with curl", callable_commands.curl_result(namespace), "url-result-curl"),
        ("Read the result with aio", callable_commands.aio_result(namespace), "url-result-aio"),
    ]
    printed = ("Print the URL with aio", callable_commands.aio_url(namespace, action), "url-print-aio")
    return [*(results if starts else []), printed]


def more_commands_for(namespace: Namespace, action: Action) -> list[tuple[str, str, str]]:
    """The same for boxes that are folded: how the URL is made and protected."""
    return [
        ("Create it with aio", callable_commands.aio_create_web(namespace, action), "url-create-aio"),
        ("Protect it with curl", callable_commands.curl_protect(namespace, action), "url-protect-curl"),
        ("Protect it with aio", callable_commands.aio_protect(namespace, action), "url-protect-aio"),
    ]
