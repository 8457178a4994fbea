"""Create, change and delete packages and bindings upstream, and note who did it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from runtime_app.models import Action, AuditEntry, Namespace, Package, User, Verb
from runtime_app.openwhisk import ActionPath, NotFound, OpenWhiskClient, Parameter
from runtime_app.openwhisk.types import RemotePackage
from runtime_app.services.authoring.actions import DeletedMeanwhileError
from runtime_app.services.authoring.bound_actions import parameters_behind
from runtime_app.services.authoring.drafts import refuse_unreadable, without_inherited
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.connecting.connections import calling
from runtime_app.services.live.publishing import publish_rewired
from runtime_app.services.wiring import mirror as wiring_mirror


class PackageChangedError(Exception):
    """Somebody changed the package since the person began to edit it; the cache has it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageDraft:
    """A package as typed. `binding` is `namespace/package` that it stands for, empty for one of its own."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    is_shared: bool = False
    binding: str = ""


def create_package(namespace: Namespace, draft: PackageDraft, *, person: User) -> Package:
    """Create the package or binding upstream and keep it. A binding's actions appear with the next sync.

    Raises:
        Conflict: the name is taken.
        Rejected, Forbidden: what a binding stands for does not exist, is a binding itself, or is not shared.
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    with calling(namespace) as client:
        _put(client, draft, draft.parameters, overwrite=False)
        remote = client.get_package(draft.name)
        behind = parameters_behind(client, draft.binding)
    return _kept(namespace, remote, Verb.PACKAGE_CREATED, person, behind)


def update_package(package: Package, draft: PackageDraft, *, base_version: str, person: User) -> Package:
    """Change parameters and sharing, or what a binding stands for, if it has still the version begun with.

    Raises:
        PackageChangedError: it has another version.
        DeletedMeanwhileError: it is gone.
        EncryptedParametersError: parameters changed beside values that the platform does not show.
        OpenWhiskError: as above.
    """
    with calling(package.namespace) as client:
        try:
            current = client.get_package(package.name)
        except NotFound as error:
            wiring_mirror.mark_vanished(package)
            raise DeletedMeanwhileError from error
        if current.version != base_version:
            values = wiring_mirror.package_values(current)
            wiring_mirror.keep(Package, package.namespace, package.name, values)
            raise PackageChangedError
        behind = parameters_behind(client, draft.binding)
        _put(client, draft, _changed_parameters(draft, current, behind), overwrite=True)
        remote = client.get_package(draft.name)
    return _kept(package.namespace, remote, Verb.PACKAGE_UPDATED, person, behind)


def delete_package(package: Package, *, person: User, with_actions: bool = False) -> None:
    """Delete the package upstream and here; `with_actions` those in it too. A binding's actions stay.

    Raises:
        Conflict: there are actions in it, and nobody said that they should go.
        OpenWhiskError: the runtime refused it or could not be reached; nothing was removed here.
    """
    with calling(package.namespace) as client, suppress(NotFound):  # Somebody else was first.
        client.delete_package(package.name, force=with_actions)
    AuditEntry.record(
        Verb.PACKAGE_DELETED,
        person=person,
        namespace=package.namespace,
        target=package.name,
        with_actions=with_actions,
    )
    Action.objects.filter(pk__in=[action.pk for action in actions_in(package)]).delete()
    package.delete()
    publish_rewired(package.namespace_id)


def actions_in(package: Package) -> list[Action]:
    """The cached actions of the package by name, those of a binding too."""
    rows = Action.objects.for_list(package.namespace).filter(path__startswith=f"{package.name}/")
    # SQLite compares regardless of case, OpenWhisk does not.
    return [action for action in rows if action.package == package.name]


def _changed_parameters(
    draft: PackageDraft, current: RemotePackage, behind: dict[str, Any]
) -> dict[str, Any] | None:
    """What the package is to have of its own; None when that is what it has."""
    typed = without_inherited(draft.parameters, behind)
    if typed == without_inherited({item.key: item.value for item in current.parameters}, behind):
        return None
    refuse_unreadable(current.parameters, typed)
    return typed


def _put(
    client: OpenWhiskClient, draft: PackageDraft, parameters: dict[str, Any] | None, *, overwrite: bool
) -> None:
    binding = ActionPath.parse_qualified(draft.binding) if draft.binding else None
    client.put_package(
        draft.name,
        parameters=None if parameters is None else [Parameter(*item) for item in parameters.items()],
        publish=None if binding else draft.is_shared,
        binding=binding,
        overwrite=overwrite,
    )


def _kept(
    namespace: Namespace, remote: RemotePackage, verb: Verb, person: User, behind: dict[str, Any]
) -> Package:
    values = wiring_mirror.package_values(remote) | {"inherited": behind}
    package = wiring_mirror.keep(Package, namespace, remote.name, values)
    publish_rewired(namespace.pk)
    AuditEntry.record(verb, person=person, namespace=namespace, target=package.name, binding=package.binding)
    if package.is_binding:
        enqueue("runtime_app.tasks.sync_namespace", namespace.pk)
    return package
