"""What an action has from its package: default parameters, and whether it only stands for another action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime_app.models import Action, Namespace, Package
from runtime_app.services.authoring.drafts import editable_parameters, unreadable_keys

# Instead of a value that the platform shows only encrypted.
UNREADABLE = "encrypted by the platform"


@dataclass(frozen=True, slots=True)
class Inherited:
    """A default parameter of the package. `is_overridden`: the action has its own value."""

    key: str
    value: Any
    is_overridden: bool
    is_encrypted: bool = False


def package_of(action: Action) -> Package | None:
    """The package, or the binding, that the action is in; None in the default package."""
    if not action.package:
        return None
    return Package.objects.filter(namespace=action.namespace, name=action.package).first()


def inherited_by(action: Action) -> dict[str, Any]:
    """The package's default parameters, which the action's own and then a launch's win over."""
    package = package_of(action)
    return package.default_parameters if package else {}


def inherited_parameters(action: Action) -> list[Inherited]:
    """The same as rows for its page."""
    inherited = inherited_by(action)
    own = editable_parameters(action, inherited)
    package = package_of(action)
    unreadable = unreadable_keys(package.parameters) if package else []
    return [Inherited(key, value, key in own, key in unreadable) for key, value in inherited.items()]


def own_parameters(action: Action) -> list[dict[str, Any]]:
    """The action's default parameters as kept, without those that only its package gives it."""
    if action.is_sequence:
        return []
    inherited = inherited_by(action)
    return [
        item
        for item in action.parameters
        if item["key"] not in inherited or inherited[item["key"]] != item.get("value")
    ]


def effective_parameters(action: Action) -> dict[str, Any]:
    """What a launch without parameters gets, for people to read."""
    inherited = inherited_by(action)
    # An action in a package is shown with the package's parameters among its own.
    unreadable = unreadable_keys(action.parameters)
    found = {**inherited, **editable_parameters(action, inherited)}
    return {key: UNREADABLE if key in unreadable else value for key, value in found.items()}


def bound_to(action: Action) -> str:
    """`namespace/package` of the package that its binding stands for; empty for an action that is here."""
    package = package_of(action)
    return package.binding if package else ""


def bound_packages(namespace: Namespace) -> set[str]:
    """The names of its bindings."""
    rows = Package.objects.present().filter(namespace=namespace).exclude(binding="")
    return set(rows.values_list("name", flat=True))
