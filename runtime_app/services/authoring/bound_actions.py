"""What is here by a binding: actions, which no list has, and default parameters of the package behind it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from runtime_app.models import Action, Namespace, Package
from runtime_app.openwhisk import (
    ActionPath,
    Forbidden,
    NotFound,
    OpenWhiskClient,
    OpenWhiskError,
    RemoteAction,
)
from runtime_app.openwhisk.types import RemotePackage
from runtime_app.services.authoring import mirror
from runtime_app.services.authoring.inheritance import bound_packages
from runtime_app.services.authoring.sync_report import STOPS_THE_SYNC, SyncReport
from runtime_app.services.wiring import mirror as wiring_mirror

logger = logging.getLogger(__name__)


def sync_bound_actions(namespace: Namespace, client: OpenWhiskClient, report: SyncReport) -> None:
    """Keep the actions of every binding under the paths by which they are called here.

    Raises:
        OpenWhiskError: the runtime stopped answering. What was stored stays.
    """
    for name in sorted(bound_packages(namespace)):
        try:
            _sync_binding(namespace, client, name, report)
        except STOPS_THE_SYNC:
            raise
        except NotFound:
            continue  # Deleted since; the next sync tells.
        except OpenWhiskError as error:
            logger.warning("could not read the binding %s of %s: %r", name, namespace, error)
            report.failed[f"package {name}"] = error.message


def as_called(remote: RemoteAction, path: str) -> RemoteAction:
    """The action under the path it was read by: through a binding, it shows its own package."""
    return replace(remote, package=ActionPath.parse(path).package)


def parameters_behind(client: OpenWhiskClient, binding: str) -> dict[str, Any]:
    """Those that a binding shows but has from the package behind it; none where that cannot be read.

    `binding` is `namespace/package`, or empty for a package of its own.
    """
    if not binding:
        return {}
    try:
        behind = client.get_package(ActionPath.parse_qualified(binding))
    except (Forbidden, NotFound):
        return {}
    return {item.key: item.value for item in behind.parameters}


def _sync_binding(namespace: Namespace, client: OpenWhiskClient, name: str, report: SyncReport) -> None:
    remote = client.get_package(name)
    _sync_parameters(namespace, client, remote)
    versions = remote.actions
    rows = Action.objects.for_list(namespace).filter(path__startswith=f"{name}/")
    known = {action.name: action for action in rows if action.package == name}
    for action_name, version in versions.items():
        seen = known.get(action_name)
        if seen is None or seen.vanished_at is not None or seen.version != version:
            _read(namespace, client, f"{name}/{action_name}", seen, report)
    for action_name in known.keys() - versions.keys():
        if mirror.mark_vanished(known[action_name]):
            report.vanished.append(known[action_name].path)


def _sync_parameters(namespace: Namespace, client: OpenWhiskClient, remote: RemotePackage) -> None:
    """Those of the package behind may change without the binding's version."""
    values = wiring_mirror.package_values(remote)
    seen = Package.objects.filter(namespace=namespace, name=remote.name, version=values["version"]).first()
    if seen is None or (seen.inherited is not None and seen.parameters == values["parameters"]):
        return
    behind = parameters_behind(client, seen.binding)
    rows = Package.objects.filter(pk=seen.pk, version=seen.version)
    rows.update(parameters=values["parameters"], inherited=behind)


def _read(
    namespace: Namespace, client: OpenWhiskClient, path: str, seen: Action | None, report: SyncReport
) -> None:
    """Read one through the binding; its code may be another namespace's secret (core Actions.scala)."""
    try:
        remote = client.get_action(path, code=False)
    except NotFound:
        return
    if mirror.take_over(namespace, as_called(remote, path), seen) is not None:
        report.note(path, seen)
