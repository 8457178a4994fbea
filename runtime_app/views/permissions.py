"""Who can do what this person cannot: buttons that are off say whom to ask."""

from __future__ import annotations

from django.http import HttpRequest

from runtime_app.models import Membership, Namespace, Role

NAMES_SHOWN = 3


def has_role(request: HttpRequest, role: Role) -> bool:
    """Whether the person has `role`. After a look-up only; asks nothing."""
    held: Role = request.panel_role  # type: ignore[attr-defined]
    return held.includes(role)


def who_may(request: HttpRequest, namespace: Namespace, role: Role) -> str:
    """Empty for somebody who has `role`; else a sentence that names people who have. After a look-up only."""
    if has_role(request, role):
        return ""
    roles = [other for other in Role if other.includes(role)]
    members = Membership.objects.filter(namespace=namespace, role__in=roles).select_related("user")
    names = [member.user.shown_name for member in members.order_by("user__username")[:NAMES_SHOWN]]
    ask = f" Ask {' or '.join(names)}." if names else " An administrator can give it to you."
    return f"This needs the role {role.label.lower()}.{ask}"
