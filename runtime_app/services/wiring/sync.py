"""Bring the cached triggers, rules and packages of a namespace up to date, with few requests.

Lists tell what is new or changed. Rules come whole in their list except for their status, which the triggers
keep; and switching a rule on or off changes neither's version. So beside changed triggers, some that have
rules are read again at every sync, those that waited longest first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from runtime_app.models import Namespace, Package, Rule, Trigger
from runtime_app.openwhisk import (
    Conflict,
    NotFound,
    OpenWhiskClient,
    OpenWhiskError,
    RemoteRule,
    RemoteTrigger,
)
from runtime_app.services.authoring.sync_report import STOPS_THE_SYNC, SyncReport
from runtime_app.services.wiring import mirror as wiring_mirror

logger = logging.getLogger(__name__)

STATUS_READS_PER_SYNC = 50

Row = TypeVar("Row", Trigger, Rule, Package)


def sync_wiring(namespace: Namespace, client: OpenWhiskClient, report: SyncReport) -> None:
    """Compare triggers, rules and packages with the cache and store every difference.

    Raises:
        OpenWhiskError: a list could not be read, or the runtime stopped answering. What was stored stays.
    """
    stale = _sync_rules(namespace, client, report)
    _sync_triggers(namespace, client, report, stale)
    _sync_packages(namespace, client, report)


def _sync_rules(namespace: Namespace, client: OpenWhiskClient, report: SyncReport) -> set[str]:
    """Returns the names of the triggers whose rules have changed."""
    known = _known(Rule, namespace)
    listed: dict[str, RemoteRule] = _listed(client.iter_rules)
    stale = set()
    for name, remote in listed.items():
        seen = known.get(name)
        if not _differs(remote, seen):
            continue
        values = wiring_mirror.rule_values(remote, namespace)
        if wiring_mirror.take_over(Rule, namespace, name, values, seen):
            _note(report, "rule", name, seen)
            stale |= {remote.trigger.name} | ({seen.trigger_name} if seen else set())
    _confirm_vanished(client.get_rule, known, listed, report)
    return stale


def _sync_triggers(
    namespace: Namespace, client: OpenWhiskClient, report: SyncReport, stale: set[str]
) -> None:
    known = _known(Trigger, namespace)
    listed: dict[str, RemoteTrigger] = _listed(client.iter_triggers)
    differing = [name for name, remote in listed.items() if _differs(remote, known.get(name))]
    to_read = {*differing, *(stale & listed.keys()), *_longest_unread(namespace, known, listed)}
    for name in to_read:
        _read(
            name, client.get_trigger, report, lambda remote: _keep_trigger(namespace, known, remote, report)
        )
    _confirm_vanished(client.get_trigger, known, listed, report)
    # What a trigger's deletion leaves behind reads as inactive (core Rules.scala).
    orphans = Rule.objects.filter(namespace=namespace, is_active=True).exclude(trigger_name__in=listed)
    orphans.update(is_active=False)


def _sync_packages(namespace: Namespace, client: OpenWhiskClient, report: SyncReport) -> None:
    known = _known(Package, namespace)
    listed = _listed(client.iter_packages)

    def store(remote: Any) -> None:
        seen, values = known.get(remote.name), wiring_mirror.package_values(remote)
        if wiring_mirror.take_over(Package, namespace, remote.name, values, seen):
            _note(report, "package", remote.name, seen)

    for name, remote in listed.items():
        if _differs(remote, known.get(name)):
            _read(name, client.get_package, report, store)
    _confirm_vanished(client.get_package, known, listed, report)


def _keep_trigger(
    namespace: Namespace, known: Mapping[str, Trigger], remote: RemoteTrigger, report: SyncReport
) -> None:
    seen = known.get(remote.name)
    differs = _differs(remote, seen)
    values = wiring_mirror.trigger_values(remote)
    if wiring_mirror.take_over(Trigger, namespace, remote.name, values, seen) and differs:
        _note(report, "trigger", remote.name, seen)
    for name in wiring_mirror.note_rule_statuses(namespace, remote):
        if f"rule {name}" not in report.created + report.changed:
            report.changed.append(f"rule {name}")


def _longest_unread(namespace: Namespace, known: Mapping[str, Trigger], listed: Iterable[str]) -> list[str]:
    """Triggers with rules whose statuses were read longest ago."""
    with_rules = set(Rule.objects.filter(namespace=namespace).values_list("trigger_name", flat=True))
    candidates = [known[name] for name in listed if name in known and name in with_rules]
    return [row.name for row in sorted(candidates, key=lambda row: row.synced_at)[:STATUS_READS_PER_SYNC]]


def _known(model: type[Row], namespace: Namespace) -> dict[str, Row]:
    return {row.name: row for row in model.objects.for_list(namespace)}


def _listed(pages: Callable[[], Iterable[Any]]) -> dict[str, Any]:
    """Everything in a list by name. A runtime without such a collection has nothing in it."""
    try:
        return {remote.name: remote for remote in pages()}
    except NotFound:
        return {}


def _differs(remote: Any, seen: Trigger | Rule | Package | None) -> bool:
    if seen is None or seen.vanished_at is not None:
        return True
    return (seen.version, seen.remote_updated_ms) != (remote.version, remote.updated_ms or 0)


def _note(report: SyncReport, kind: str, name: str, seen: Trigger | Rule | Package | None) -> None:
    report.note(f"{kind} {name}", seen)


def _read(name: str, get: Callable[[str], Any], report: SyncReport, store: Callable[[Any], None]) -> None:
    """Read one and store it. One that cannot be read does not stop the others."""
    try:
        store(get(name))
    except (NotFound, Conflict):
        return  # Deleted since the list was read; the next sync tells.
    except STOPS_THE_SYNC:
        raise
    except OpenWhiskError as error:
        logger.warning("could not read %s: %r", name, error)
        report.failed[name] = error.message


def _confirm_vanished(
    get: Callable[[str], Any], known: Mapping[str, Any], listed: Mapping[str, Any], report: SyncReport
) -> None:
    """Ask for each that is missing in the list: it may only have slipped between two pages."""
    for name in known.keys() - listed.keys():
        row = known[name]
        if row.vanished_at is not None:
            continue
        try:
            get(name)
        except (NotFound, Conflict):  # Conflict: the name belongs to something else by now.
            if wiring_mirror.mark_vanished(row):
                report.vanished.append(f"{type(row).__name__.lower()} {name}")
        except STOPS_THE_SYNC:
            raise
        except OpenWhiskError as error:
            logger.warning("could not tell whether %s is gone: %r", name, error)
            report.failed[name] = error.message
