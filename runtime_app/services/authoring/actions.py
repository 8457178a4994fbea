"""Create, change and delete actions upstream, and note who did it."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress

from runtime_app.models import Action, ActionCode, AuditEntry, Namespace, User, Verb
from runtime_app.openwhisk import NotFound, OpenWhiskClient, RemoteAction
from runtime_app.services.authoring import mirror
from runtime_app.services.authoring.drafts import ActionDraft, spec_for_change, spec_for_new
from runtime_app.services.authoring.inheritance import inherited_by
from runtime_app.services.connecting.connections import calling
from runtime_app.services.live.publishing import publish_rewired


class ChangedMeanwhileError(Exception):
    """Somebody changed the action since the person began to edit it; `theirs` is how it is now."""

    def __init__(self, theirs: RemoteAction) -> None:
        super().__init__(f"{theirs.path} is at version {theirs.version} now")
        self.theirs = theirs


class DeletedMeanwhileError(Exception):
    """Somebody deleted the action since the person began to edit it."""


def as_it_was(client: OpenWhiskClient, action: Action, base_version: str) -> RemoteAction:
    """The action upstream, if it is still at the version that somebody began to edit.

    Raises:
        ChangedMeanwhileError: it has another version; the cache has it now.
        DeletedMeanwhileError: it is gone.
        OpenWhiskError: the runtime could not be asked.
    """
    try:
        current = client.get_action(action.path)
    except NotFound as error:
        mirror.mark_vanished(action)
        raise DeletedMeanwhileError from error
    if current.version != base_version:
        mirror.take_over(action.namespace, current, action)
        raise ChangedMeanwhileError(current)
    return current


def create_action(namespace: Namespace, draft: ActionDraft, *, person: User) -> Action:
    """Create the action upstream and keep it.

    Raises:
        Conflict: the name is taken.
        OpenWhiskError: the runtime refused it or could not be reached; `may_have_run` tells whether it may
            exist all the same.
    """
    with calling(namespace) as client:
        remote = client.put_action(draft.path, spec_for_new(draft))
    action = mirror.keep(namespace, remote)
    publish_rewired(namespace.pk)  # Rules may have waited for it.
    _record(Verb.CREATED, action, person)
    return action


def update_action(action: Action, draft: ActionDraft, *, base_version: str, person: User) -> Action:
    """Change the action upstream, provided it still has the version that the person began with.

    OpenWhisk has no conditional PUT, so a change that falls between our GET and our PUT is still lost;
    that is milliseconds instead of the minutes a person edits.

    Raises:
        ChangedMeanwhileError: it has another version; the cache has it now.
        DeletedMeanwhileError: it is gone.
        EncryptedParametersError: see `drafts`.
        OpenWhiskError: the runtime refused the change or could not be reached.
    """
    with calling(action.namespace) as client:
        current = as_it_was(client, action, base_version)
        spec = spec_for_change(draft, current, inherited_by(action))
        remote = client.put_action(action.path, spec, overwrite=True)
    updated = mirror.keep(action.namespace, remote)
    _record(Verb.UPDATED, updated, person)
    return updated


def delete_action(action: Action, *, person: User) -> None:
    """Delete the action upstream and here; one that is gone upstream already is only removed here.

    Its history and its presets stay: they belong to its name.

    Raises:
        OpenWhiskError: the runtime refused it or could not be reached; nothing was removed here.
    """
    with calling(action.namespace) as client, suppress(NotFound):  # Somebody else was first.
        client.delete_action(action.path)
    _record(Verb.DELETED, action, person)
    action.delete()
    publish_rewired(action.namespace_id)


def code_of(action: Action) -> str | None:
    """The code as last read: source, or base64 when binary. None when the runtime does not give it out."""
    return ActionCode.objects.filter(action=action).values_list("text", flat=True).first()


def code_file(action: Action) -> bytes | None:
    """The code as the file that it was, or None as in `code_of`. Base64 that is none is given as it is."""
    text = code_of(action)
    if text is None or not action.is_binary:
        return None if text is None else text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()


def last_author(action: Action) -> AuditEntry | None:
    """Who saved the action's present version in this panel, if it was done here."""
    entries = AuditEntry.objects.filter(
        namespace=action.namespace, target=action.path, verb__in=(Verb.CREATED, Verb.UPDATED)
    )
    entry = entries.select_related("person").first()
    return entry if entry is not None and entry.detail.get("version") == action.version else None


def _record(verb: Verb, action: Action, person: User) -> None:
    AuditEntry.record(
        verb, person=person, namespace=action.namespace, target=action.path, version=action.version
    )
