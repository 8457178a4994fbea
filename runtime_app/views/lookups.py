"""Who may see and do what: every view gets its objects here, so that none can forget to ask.

A stranger gets 404, so that nobody learns what exists; a member whose role does not suffice gets 403.
"""

from __future__ import annotations

from typing import TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from runtime_app.models import (
    Action,
    Activation,
    BulkLaunch,
    Namespace,
    Package,
    Preset,
    Role,
    Rule,
    Schedule,
    Trigger,
    User,
)

Row = TypeVar("Row", bound=Model)

# The session's note of the namespace that was open last.
LAST_NAMESPACE = "last_namespace"


def signed_in_user(request: HttpRequest) -> User:
    """The person; views that use this are behind `login_required`."""
    return cast(User, request.user)


def namespace_or_404(request: HttpRequest, slug: str, *, role: Role = Role.VIEWER) -> Namespace:
    """The namespace, for those who have at least `role` in it.

    Leaves it and the person's role on the request for the context processor, and notes it as the last one.

    Raises:
        Http404: there is none, or the person is no member.
        PermissionDenied: the person's role does not suffice.
    """
    namespace = get_object_or_404(Namespace, slug=slug)
    held = namespace.role_of(signed_in_user(request))
    if held is None:
        raise Http404
    if not held.includes(role):
        raise PermissionDenied(
            f"This needs the role {role.label.lower()}; you are {held.label.lower()} here."
        )
    request.panel_namespace, request.panel_role = namespace, held  # type: ignore[attr-defined]
    if request.session.get(LAST_NAMESPACE) != slug:
        request.session[LAST_NAMESPACE] = slug
    return namespace


def action_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, Action]:
    """An action of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, Action.objects.all(), role)


def activation_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, Activation]:
    """An activation of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, Activation.objects.for_rows(), role)


def preset_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, Preset]:
    """A preset of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, Preset.objects.all(), role)


def trigger_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, Trigger]:
    """A trigger of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, Trigger.objects.all(), role)


def rule_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, Rule]:
    """A rule of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, Rule.objects.all(), role)


def package_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, Package]:
    """A package of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, Package.objects.all(), role)


def bulk_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, BulkLaunch]:
    """A bulk launch of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, BulkLaunch.objects.select_related("launched_by"), role)


def schedule_or_404(
    request: HttpRequest, slug: str, pk: int, *, role: Role = Role.VIEWER
) -> tuple[Namespace, Schedule]:
    """A schedule of a namespace, with access decided as in `namespace_or_404`."""
    return _of_namespace(request, slug, pk, Schedule.objects.all(), role)


def _of_namespace(
    request: HttpRequest, slug: str, pk: int, rows: QuerySet[Row], role: Role
) -> tuple[Namespace, Row]:
    namespace = namespace_or_404(request, slug, role=role)
    row = get_object_or_404(rows, namespace=namespace, pk=pk)
    # Saves whoever asks for it a query.
    setattr(row, "namespace", namespace)  # noqa: B010  what the rows have in common is no class
    return namespace, row
