"""Giving actions URLs, saying who may call them, and calling them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runtime_app.forms.callable import ProtectionForm, StarterForm, TryForm
from runtime_app.models import Action, Activation, Role, UrlCall
from runtime_app.openwhisk.errors import OpenWhiskError
from runtime_app.services.commands.web_actions import curl_call
from runtime_app.services.launching.launch import LaunchKeyTakenError
from runtime_app.services.web_actions.access import Protection, reveal_secret, set_exported, set_protection
from runtime_app.services.web_actions.calls import try_url
from runtime_app.services.web_actions.starters import NoNodeError, create_starter, new_secret
from runtime_app.services.web_actions.urls import web_place
from runtime_app.views.callable_page import (
    followed_context,
    sought_context,
    started_by,
    tried_context,
    url_page,
)
from runtime_app.views.http import go_to, never_kept, sentence_for, wants_partial
from runtime_app.views.launch import KEY_TAKEN
from runtime_app.views.lookups import action_or_404, signed_in_user
from runtime_app.views.refusals import refuse

NO_NODE = "This namespace offers no Node.js, in which the web action would be written."


@login_required
@require_http_methods(["GET", "POST"])
def action_url_new(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The web action that starts this action, as a form; POST creates it upstream."""
    namespace, worker = action_or_404(request, slug, pk, role=Role.EDITOR)
    form = StarterForm(request.POST or None, worker=worker)
    if request.method == "POST" and form.is_valid():
        try:
            action = create_starter(namespace, form.draft(), person=signed_in_user(request))
        except NoNodeError:
            form.add_error(None, NO_NODE)
        except OpenWhiskError as error:
            refuse(form, error, sentence_for(error))
        else:
            return go_to(request, page_of(action), f"{worker.path} can be called by its URL now.")
    context = {
        "worker": worker,
        "form": form,
        "url_before": web_place(namespace, "X").url.removesuffix("default/X"),
    }
    template = "_form.html" if wants_partial(request) else "new.html"
    status = 422 if request.method == "POST" else 200
    return never_kept(render(request, f"runtime_app/callable/{template}", context, status=status))


@login_required
@require_GET
def action_url(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The URL of a web action in all its forms.

    `followed=PK`: only the run that a call has started; `call=PK`: only what that call may have started.
    """
    namespace, action = action_or_404(request, slug, pk)
    if followed := _pk(request, "followed"):
        runs = Activation.objects.for_rows().filter(namespace=namespace)
        context = followed_context(namespace, action, get_object_or_404(runs, pk=followed))
        return never_kept(render(request, "runtime_app/callable/_followed.html", context))
    if sought := _pk(request, "call"):
        calls = UrlCall.objects.filter(namespace=namespace, action_path=action.path)
        context = sought_context(namespace, action, get_object_or_404(calls, pk=sought))
        return never_kept(render(request, "runtime_app/callable/_sought.html", context))
    if not action.is_web:
        return go_to(request, _action_page(action), f"{action.path} has no URL of its own.", "info")
    return url_page(request, namespace, action)


@login_required
@require_POST
def action_url_try(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Call the URL from here, and follow what it starts."""
    namespace, action = action_or_404(request, slug, pk, role=Role.OPERATOR)
    form = TryForm(request.POST, started=started_by(namespace, action))
    if not form.is_valid():
        return url_page(request, namespace, action, {"form": form}, status=422)
    sent = form.cleaned_data
    try:
        tried = try_url(
            action,
            person=signed_in_user(request),
            parameters=sent["parameters"],
            extension=sent["extension"],
            launch_key=sent["launch_key"],
        )
    except LaunchKeyTakenError:
        form.add_error(None, KEY_TAKEN)
        return url_page(request, namespace, action, {"form": form}, status=422)
    return url_page(request, namespace, action, tried_context(namespace, action, tried, form))


@login_required
@require_POST
def action_url_protect(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Say anew who may call the URL."""
    namespace, action = action_or_404(request, slug, pk, role=Role.EDITOR)
    form = ProtectionForm(request.POST)
    if not form.is_valid():
        return url_page(request, namespace, action, {"protection_form": form}, status=422)
    try:
        set_protection(action, form.protection(), person=signed_in_user(request))
    except OpenWhiskError as error:
        return go_to(request, page_of(action), f"Nothing was changed: {sentence_for(error)}", "error")
    return go_to(request, page_of(action), "Saved who may call the URL.")


@login_required
@require_POST
def action_url_reveal(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The URL's secret in clear; the audit log says who saw it."""
    namespace, action = action_or_404(request, slug, pk, role=Role.EDITOR)
    try:
        secret = reveal_secret(action, person=signed_in_user(request))
    except OpenWhiskError as error:
        return go_to(request, page_of(action), f"It could not be read: {sentence_for(error)}", "error")
    context = {
        "action": action,
        "secret": secret,
        "curl": curl_call(namespace, action, {}, secret=secret) if secret else "",
    }
    template = "_secret.html" if wants_partial(request) else "secret.html"
    return never_kept(render(request, f"runtime_app/callable/{template}", context))


@login_required
@require_POST
def action_url_export(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give the action itself a URL, with a secret; who may call it can be changed on the next page."""
    _, action = action_or_404(request, slug, pk, role=Role.EDITOR)
    protection = Protection(secret=new_secret())
    try:
        set_exported(action, True, protection=protection, person=signed_in_user(request))
    except OpenWhiskError as error:
        return go_to(request, _action_page(action), f"It got no URL: {sentence_for(error)}", "error")
    return go_to(request, page_of(action), f"{action.path} has a URL of its own now.")


@login_required
@require_POST
def action_url_withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take the URL away; the action stays."""
    _, action = action_or_404(request, slug, pk, role=Role.EDITOR)
    try:
        set_exported(action, False, protection=Protection(), person=signed_in_user(request))
    except OpenWhiskError as error:
        return go_to(request, page_of(action), f"It keeps its URL: {sentence_for(error)}", "error")
    return go_to(request, _action_page(action), f"{action.path} cannot be called by a URL any more.")


def _pk(request: HttpRequest, name: str) -> int:
    """A primary key in the address; 0 for none."""
    text = request.GET.get(name, "")
    return int(text[:18]) if text.isascii() and text.isdigit() else 0


def page_of(action: Action) -> str:
    """The page of the action's URL."""
    return reverse("runtime_app:action-url", args=[action.namespace.slug, action.pk])


def _action_page(action: Action) -> str:
    return reverse("runtime_app:action", args=[action.namespace.slug, action.pk])
