"""Who belongs to a namespace: members, their roles, and invitations."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from runtime_app.forms.people import InviteForm, RoleForm
from runtime_app.models import Membership, Namespace, OneTimeLink, Role
from runtime_app.services.connecting import access
from runtime_app.views.http import go_to, never_kept, toast, wants_partial
from runtime_app.views.lookups import namespace_or_404, signed_in_user


@login_required
@require_GET
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Members, open invitations, and what each role allows."""
    return _page(request, namespace_or_404(request, slug, role=Role.ADMIN))


@login_required
@require_POST
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """A new one-time link. It is shown in this answer and never again, so there is no redirect."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, namespace, "_invitations.html", invite_form=form)
    role, note = form.cleaned_data["role"], form.cleaned_data["note"]
    path = access.invite(namespace, role, note, person=signed_in_user(request))
    new_link = {"url": request.build_absolute_uri(path), "role": role, "note": note}
    return never_kept(_page(request, namespace, "_invitations.html", new_link=new_link))


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Make an open invitation worthless."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    link = get_object_or_404(OneTimeLink.objects.usable(), namespace=namespace, pk=pk)
    access.withdraw_invitation(link, person=signed_in_user(request))
    return _done(request, namespace, "_invitations.html", "The invitation is withdrawn.")


@login_required
@require_POST
def change_role(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give a member another role."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    membership = get_object_or_404(Membership.objects.select_related("user"), namespace=namespace, pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, namespace, "_members.html", refused={pk: "Choose one of the four roles."})
    role: Role = form.cleaned_data["role"]
    try:
        access.change_role(membership, role, person=signed_in_user(request))
    except access.LastAdminError as error:
        return _page(request, namespace, "_members.html", refused={pk: str(error)})
    sentence = f"{membership.user.shown_name} is {role.label.lower()} now."
    return _done(request, namespace, "_members.html", sentence)


@login_required
@require_POST
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a member's access away, at once."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    membership = get_object_or_404(Membership.objects.select_related("user"), namespace=namespace, pk=pk)
    try:
        access.remove_member(membership, person=signed_in_user(request))
    except access.LastAdminError as error:
        return _page(request, namespace, "_members.html", refused={pk: str(error)})
    if membership.user == request.user and not signed_in_user(request).is_superuser:
        return go_to(request, reverse("runtime_app:namespaces"), f"You have left {namespace}.")
    return _done(request, namespace, "_members.html", f"{membership.user.shown_name} has no access any more.")


def _done(request: HttpRequest, namespace: Namespace, part: str, sentence: str) -> HttpResponse:
    if not wants_partial(request):
        return go_to(request, reverse("runtime_app:members", args=[namespace.slug]), sentence)
    return toast(_page(request, namespace, part), sentence)


def _page(request: HttpRequest, namespace: Namespace, part: str = "", **context: Any) -> HttpResponse:
    """The whole page, or its part `part` when htmx asks. `refused`: sentences by membership."""
    refused: dict[int, str] = context.pop("refused", {})
    memberships = namespace.memberships.select_related("user").order_by("user__username")
    context = {
        "namespace": namespace,
        "rows": [(membership, refused.get(membership.pk, "")) for membership in memberships],
        "invitations": namespace.links.usable().select_related("created_by").order_by("-created_at"),
        "invite_form": InviteForm(),
        "roles": list(Role),
        **context,
    }
    template = part if part and wants_partial(request) else "members.html"
    return render(request, f"runtime_app/people/{template}", context)
