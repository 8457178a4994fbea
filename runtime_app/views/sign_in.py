"""Signing in and out, and links that work once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from runtime_app.forms.people import NewcomerForm, SignInForm
from runtime_app.models import OneTimeLink, Role, User
from runtime_app.services.connecting import access
from runtime_app.views.http import go_to, never_kept
from runtime_app.views.lookups import signed_in_user

# Signing in by link asks no authentication backend, so the session has to be told which one knows the person.
BACKEND = "django.contrib.auth.backends.ModelBackend"

sign_in = LoginView.as_view(
    template_name="runtime_app/people/sign_in.html",
    authentication_form=SignInForm,
    redirect_authenticated_user=True,
)
sign_out = LogoutView.as_view()


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link. Opening it only shows a button: chat programs that preview links use nothing up."""
    found = access.usable_link(token)
    if found is None:
        return _secret(render(request, "runtime_app/people/link_used_up.html", status=410))
    try:
        if found.user is not None:
            return _secret(_sign_in_by(request, found))
        if request.user.is_authenticated:
            return _secret(_join(request, found))
        return _secret(_welcome(request, found))
    except access.LinkUsedUpError:
        return _secret(render(request, "runtime_app/people/link_used_up.html", status=410))


def _secret(response: HttpResponse) -> HttpResponse:
    """The address is a key: it must not travel to another site or stay in a cache.

    Not "no-referrer": browsers then post the page's own form with `Origin: null`, which the CSRF check
    refuses.
    """
    response["Referrer-Policy"] = "same-origin"
    return never_kept(response)


def _sign_in_by(request: HttpRequest, found: OneTimeLink) -> HttpResponse:
    if request.method != "POST":
        return render(request, "runtime_app/people/link_sign_in.html", {"link": found})
    user = access.redeem_sign_in(found)
    login(request, user, BACKEND)
    if user.has_usable_password():
        return go_to(request, reverse("runtime_app:home"))
    sentence = "You are signed in. Choose a password now, because the link does not work again."
    return go_to(request, reverse("runtime_app:account"), sentence, "info")


def _join(request: HttpRequest, found: OneTimeLink) -> HttpResponse:
    if request.method != "POST":
        return render(request, "runtime_app/people/link_join.html", _invitation(found))
    membership = access.join(found, signed_in_user(request))
    return _enter(request, membership.namespace.slug, membership.namespace.name)


def _welcome(request: HttpRequest, found: OneTimeLink) -> HttpResponse:
    """Somebody without an account, or not signed in."""
    form = NewcomerForm(request.POST or None)
    user = _newcomer(form, found) if request.method == "POST" and form.is_valid() else None
    if user is None or found.namespace is None:
        return render(request, "runtime_app/people/link_newcomer.html", {**_invitation(found), "form": form})
    login(request, user, BACKEND)
    return _enter(request, found.namespace.slug, found.namespace.name)


def _invitation(found: OneTimeLink) -> dict[str, Any]:
    role = Role(found.role)
    allowed = (each.explanation for each in Role if role.includes(each))
    return {"link": found, "role": role, "explanation": ", ".join(allowed)}


def _newcomer(form: NewcomerForm, found: OneTimeLink) -> User | None:
    data = form.cleaned_data
    try:
        return access.join_as_newcomer(
            found, username=data["username"], name=data["name"], password=data["password"]
        )
    except IntegrityError:
        form.add_error("username", "Somebody has taken this user name meanwhile; take another one.")
        return None


def _enter(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    return go_to(request, reverse("runtime_app:dashboard", args=[slug]), f"Welcome to {name}.")
