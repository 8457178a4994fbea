"""How an action upstream becomes a row here: the only place that writes cached actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from runtime_app.models import Action, ActionCode, Namespace, one_line
from runtime_app.models.actions import REQUIRE_AUTH, WITHHELD_SECRET
from runtime_app.openwhisk import Parameter, RemoteAction
from runtime_app.services.authoring.invoked import started_path

VERSION_CHARACTERS = 40
KIND_CHARACTERS = 80
MAIN_CHARACTERS = 256


@transaction.atomic
def keep(namespace: Namespace, remote: RemoteAction) -> Action:
    """Store the runtime's answer to our own write; whatever was known before is out of date."""
    values = {**_values(namespace, remote), "changed_outside_at": None}
    action, _ = Action.objects.update_or_create(namespace=namespace, path=remote.path, defaults=values)
    _keep_code(action.pk, remote)
    return action


@transaction.atomic
def take_over(namespace: Namespace, remote: RemoteAction, seen: Action | None) -> Action | None:
    """Store what a sync read. `seen` is the row as it was before the reading, None when there was none.

    None when another process wrote the row since then: it knows something newer.
    """
    values = _values(namespace, remote)
    if seen is None:
        action, is_new = Action.objects.get_or_create(namespace=namespace, path=remote.path, defaults=values)
    else:
        if seen.version != values["version"]:
            values["changed_outside_at"] = timezone.now()
        is_new = bool(_as_seen(seen).update(**values))
        action = Action.objects.filter(pk=seen.pk).first() or seen
    if not is_new:
        return None
    _keep_code(action.pk, remote)
    return action


def mark_vanished(seen: Action) -> bool:
    """Note that the action is gone upstream; the row stays. False when it was written since it was seen."""
    return bool(_as_seen(seen).filter(vanished_at=None).update(vanished_at=timezone.now()))


def _as_seen(seen: Action) -> Any:
    return Action.objects.filter(pk=seen.pk, version=seen.version, remote_updated_ms=seen.remote_updated_ms)


def _values(namespace: Namespace, remote: RemoteAction) -> dict[str, Any]:
    limits = remote.limits
    readable = None if remote.binary else remote.code
    return {
        "version": one_line(remote.version, VERSION_CHARACTERS),
        "kind": one_line(remote.kind, KIND_CHARACTERS),
        "main": one_line(remote.main or "", MAIN_CHARACTERS),
        "is_binary": remote.binary,
        "timeout_ms": limits.timeout_ms,
        "memory_mb": limits.memory_mb,
        "logs_mb": limits.logs_mb,
        "concurrency": 1 if limits.concurrency is None else limits.concurrency,
        "parameters": [_parameter(item) for item in remote.parameters],
        "annotations": _without_secret(remote.annotations),
        "components": list(remote.components),
        "starts": started_path(namespace.name, remote.annotations, readable),
        "remote_updated_ms": remote.updated_ms or 0,
        "vanished_at": None,
        "synced_at": timezone.now(),
    }


def _without_secret(annotations: Mapping[str, Any]) -> dict[str, Any]:
    """The secret of a URL is read from the platform when somebody wants to see it, and never kept here."""
    kept = dict(annotations)
    if not isinstance(kept.get(REQUIRE_AUTH), bool | None):
        kept[REQUIRE_AUTH] = WITHHELD_SECRET
    return kept


def _parameter(parameter: Parameter) -> dict[str, Any]:
    item: dict[str, Any] = {"key": parameter.key, "value": parameter.value}
    flags = {"init": parameter.init, "encrypted": parameter.encrypted}
    return item | {name: True for name, is_set in flags.items() if is_set}


def _keep_code(action_pk: int, remote: RemoteAction) -> None:
    """Store the code, or forget it when the runtime does not give it out."""
    text = _code_text(remote)
    if text is None:
        ActionCode.objects.filter(action_id=action_pk).delete()
        return
    version = one_line(remote.version, VERSION_CHARACTERS)
    ActionCode.objects.update_or_create(action_id=action_pk, defaults={"text": text, "version": version})


def _code_text(remote: RemoteAction) -> str | None:
    """Source or base64; a sequence's components, a line each; a container's image when it has no code."""
    if remote.components:
        return "\n".join(remote.components)
    text = remote.code if remote.code is not None else remote.image
    if text is None:
        return None
    # PostgreSQL stores neither NUL nor lone surrogates, and no runtime reads code with them.
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
