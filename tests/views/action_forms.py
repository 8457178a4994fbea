"""What people type into the form of an action, and where they send it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from runtime_app.models import Action, Namespace

CODE = "exports.main = () => ({ one: 1 });"
TYPED = {
    "name": "resize",
    "kind": "nodejs:20",
    "code": CODE,
    "timeout": "2",
    "timeout_unit": "min",
    "memory": "256",
    "logs": "10",
    "parameters": '{"width": 800}',
}
HTMX: dict[str, Any] = {"HX-Request": "true"}


def new(namespace: Namespace) -> str:
    return f"/n/{namespace.slug}/actions/new/"


def address(action: Action, verb: str = "edit") -> str:
    return f"/n/{action.namespace.slug}/actions/{action.pk}/{verb}/"


def created(client: Client, namespace: Namespace, **changes: str) -> Action:
    client.post(new(namespace), {**TYPED, **changes})
    return Action.objects.get(namespace=namespace, path=changes.get("name", "resize"))
