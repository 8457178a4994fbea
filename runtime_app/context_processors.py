"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .models import Namespace, Role


def panel(request: HttpRequest) -> dict[str, Any]:
    """The open namespace, the person's role in it, and the namespaces they may switch to (a lazy query)."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"panel_namespace": None, "panel_role": None, "panel_namespaces": []}
    role: Role | None = getattr(request, "panel_role", None)
    return {
        "panel_namespace": getattr(request, "panel_namespace", None),
        "panel_role": role,
        "may_operate": role is not None and role.includes(Role.OPERATOR),
        "may_edit": role is not None and role.includes(Role.EDITOR),
        "may_administer": role is not None and role.includes(Role.ADMIN),
        "panel_namespaces": Namespace.objects.visible_to(user),
    }
