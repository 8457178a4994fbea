"""A person's own account."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from runtime_app.forms.people import NameForm, ThemeForm, password_form
from runtime_app.models import Membership, User
from runtime_app.views.http import go_to
from runtime_app.views.lookups import signed_in_user

THEME_KEPT_SECONDS = 365 * 24 * 3600


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The name, the password, and what the person may do where."""
    user = signed_in_user(request)
    form = NameForm(request.POST or None, initial={"name": user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        user.first_name, user.last_name = form.cleaned_data["name"], ""
        user.save(update_fields=["first_name", "last_name"])
        return go_to(request, reverse("runtime_app:account"), "Your name is saved.")
    return _page(request, user, form, password_form(user))


@sensitive_post_parameters()
@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """A new password; other browsers of the same person are signed out by it."""
    user = signed_in_user(request)
    form = password_form(user, request.POST)
    if not form.is_valid():
        return _page(request, user, NameForm(initial={"name": user.get_full_name()}), form)
    # Whoever comes by the first link has not seen anything else yet.
    next_page = "account" if user.has_usable_password() else "home"
    update_session_auth_hash(request, form.save())
    return go_to(request, reverse(f"runtime_app:{next_page}"), "Your password is saved.")


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """The theme, in the cookie that the switch in the top bar writes too; here it works without scripts."""
    form = ThemeForm(request.POST)
    response = go_to(request, reverse("runtime_app:account"))
    if form.is_valid():
        response.set_cookie(
            "theme",
            form.cleaned_data["theme"],
            max_age=THEME_KEPT_SECONDS,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


def _page(
    request: HttpRequest, user: User, form: NameForm, passwords: SetPasswordForm | PasswordChangeForm
) -> HttpResponse:
    memberships = Membership.objects.filter(user=user).select_related("namespace").order_by("namespace__name")
    context = {
        "form": form,
        "password_form": passwords,
        "theme_form": ThemeForm(initial={"theme": request.COOKIES.get("theme", "system")}),
        "memberships": memberships,
    }
    return render(request, "runtime_app/people/account.html", context)
