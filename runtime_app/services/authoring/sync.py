"""Bring what is cached of a namespace up to date: read the lists, then only what is new or changed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.utils import timezone

from runtime_app.models import Action, Namespace
from runtime_app.openwhisk import (
    ActionPath,
    ActionSummary,
    BadReply,
    Forbidden,
    InvalidName,
    NotFound,
    OpenWhiskClient,
    OpenWhiskError,
    Rejected,
    RemoteAction,
)
from runtime_app.services.authoring import mirror
from runtime_app.services.authoring.bound_actions import as_called, sync_bound_actions
from runtime_app.services.authoring.inheritance import bound_packages
from runtime_app.services.authoring.sync_report import STOPS_THE_SYNC, SyncReport
from runtime_app.services.connecting.connections import calling, tolerating
from runtime_app.services.live.publishing import publish_rewired
from runtime_app.services.wiring.sync import sync_wiring

logger = logging.getLogger(__name__)

SYNC_EVERY = timedelta(minutes=5)
# One request after the other, the first sync of a large namespace would take a minute.
READERS = 6
ReadOrError = RemoteAction | OpenWhiskError | InvalidName


def sync_namespace(namespace: Namespace) -> SyncReport:
    """Compare the namespace's actions, triggers, rules and packages with the cache; store every difference.

    Running it twice, or twice at once, gives the same rows. One that cannot be read does not stop
    the others.

    Raises:
        OpenWhiskError: the list could not be read, or the runtime stopped answering. What was stored stays.
    """
    report = SyncReport()
    with calling(namespace) as client:
        # Known before listed, so that an action created meanwhile is not taken for vanished.
        known = {action.path: action for action in Action.objects.for_list(namespace)}
        listed = {summary.path: summary for summary in client.iter_actions()}
        stale = [path for path, summary in listed.items() if _differs(summary, known.get(path))]
        for path, read in _read_all(client, stale):
            _note(namespace, path, read, known.get(path), report)
        bound = bound_packages(namespace)
        for path in known.keys() - listed.keys():
            if known[path].vanished_at is None and known[path].package not in bound:
                _confirm_vanished(namespace, client, known[path], report)
        sync_wiring(namespace, client, report)
        sync_bound_actions(namespace, client, report)
        _refresh_limits(namespace, client)
    if report.has_news:
        publish_rewired(namespace.pk)
    Namespace.objects.filter(pk=namespace.pk).update(synced_at=timezone.now())
    namespace.refresh_from_db(fields=["synced_at"])
    return report


def sync_in_background(namespace_pk: int) -> None:
    """For workers: the same where the key works as far as known; trouble waits for the next time."""
    if namespace := Namespace.objects.active().filter(pk=namespace_pk).first():
        with tolerating(namespace, "The sync of"):
            sync_namespace(namespace)


def sync_action(namespace: Namespace, path: str) -> Action | None:
    """Read one action now; None when it does not exist upstream (any more).

    Raises:
        OpenWhiskError: it could not be read.
    """
    seen = Action.objects.filter(namespace=namespace, path=path).first()
    with calling(namespace) as client:
        try:
            remote = as_called(_read(client, path), path)
        except NotFound:
            if seen is not None:
                mirror.mark_vanished(seen)
            return None
    return mirror.take_over(namespace, remote, seen) or Action.objects.get(namespace=namespace, path=path)


def due_for_sync() -> list[int]:
    """Primary keys of the namespaces whose last sync is longer ago than SYNC_EVERY."""
    overdue = Namespace.objects.active().exclude(synced_at__gt=timezone.now() - SYNC_EVERY)
    return list(overdue.order_by("synced_at").values_list("pk", flat=True))


def _differs(summary: ActionSummary, action: Action | None) -> bool:
    if action is None or action.vanished_at is not None:
        return True
    return (action.version, action.remote_updated_ms) != (summary.version, summary.updated_ms or 0)


def _read_all(client: OpenWhiskClient, paths: list[str]) -> Iterator[tuple[str, ReadOrError]]:
    """Each path with its action or the error, READERS at a time, in the order of `paths`."""
    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(paths), READERS):
            batch = paths[start : start + READERS]
            yield from zip(batch, pool.map(lambda path: _try(client, path), batch), strict=True)


def _try(client: OpenWhiskClient, path: str) -> ReadOrError:
    try:
        ActionPath.parse(path)
        return _read(client, path)
    except (OpenWhiskError, InvalidName) as error:
        return error


def _note(
    namespace: Namespace, path: str, read: ReadOrError, seen: Action | None, report: SyncReport
) -> None:
    """Store what was read, or report why it could not be."""
    if isinstance(read, NotFound):
        return  # Deleted since the list was read; the next sync tells.
    if isinstance(read, STOPS_THE_SYNC):
        raise read
    if isinstance(read, Exception):
        logger.warning("could not read action %s of %s: %r", path, namespace, read)
        report.failed[path] = str(read)
    elif mirror.take_over(namespace, read, seen) is not None:
        report.note(path, seen)


def _read(client: OpenWhiskClient, path: str) -> RemoteAction:
    """The action, without its code where the runtime does not give that out (Adobe: `disable-download`)."""
    try:
        return client.get_action(path)
    except (Forbidden, Rejected, BadReply):
        return client.get_action(path, code=False)


def _confirm_vanished(
    namespace: Namespace, client: OpenWhiskClient, seen: Action, report: SyncReport
) -> None:
    """Ask for the action itself: one that is missing in a list may only have slipped between two pages."""
    try:
        client.get_action(seen.path, code=False)
    except NotFound:
        if mirror.mark_vanished(seen):
            report.vanished.append(seen.path)
    except STOPS_THE_SYNC:
        raise
    except OpenWhiskError as error:
        logger.warning("could not tell whether %s of %s is gone: %r", seen.path, namespace, error)
        report.failed[seen.path] = error.message


def _refresh_limits(namespace: Namespace, client: OpenWhiskClient) -> None:
    """Read what the namespace and the server allow now; a server that does not tell keeps what was known."""
    try:
        limits = client.limits().raw
        runtimes = [
            {"kind": runtime.kind, "default": runtime.default, "deprecated": runtime.deprecated}
            for runtime in client.server_info().runtimes
        ]
    except STOPS_THE_SYNC:
        raise
    except OpenWhiskError as error:
        logger.warning("could not read the limits of %s: %r", namespace, error)
        return
    page_limit = client.page_limit or namespace.list_limit
    Namespace.objects.filter(pk=namespace.pk).update(
        limits=limits,
        runtimes=runtimes or namespace.runtimes,
        list_limit=page_limit,
        lists_records=True,  # Until the next list shows otherwise: the server may have been updated.
    )
    namespace.refresh_from_db(fields=["limits", "runtimes", "list_limit", "lists_records"])
