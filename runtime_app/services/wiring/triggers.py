"""Create, change and delete triggers upstream, with their feeds, and note who did it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from runtime_app.models import FEED_ANNOTATION, AuditEntry, Namespace, Rule, Trigger, User, Verb
from runtime_app.openwhisk import NotFound, OpenWhiskClient, Parameter, RemoteTrigger
from runtime_app.services.authoring.actions import DeletedMeanwhileError
from runtime_app.services.authoring.drafts import refuse_unreadable
from runtime_app.services.connecting.connections import calling
from runtime_app.services.live.publishing import publish_rewired
from runtime_app.services.wiring import mirror as wiring_mirror
from runtime_app.services.wiring.alarms import OTHER_SETTINGS
from runtime_app.services.wiring.feeds import Feed, FeedError, takes_back, tell_feed

# What alarms answer to READ, beside the payload.
SETTINGS = ("cron", "minutes", "date", "startDate", "stopDate", *OTHER_SETTINGS)


class TriggerChangedError(Exception):
    """Somebody changed the trigger since the person began to edit it; the cache has it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerDraft:
    """A trigger as typed. `feed` None: nobody fires it but people and programs."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    feed: Feed | None = None


def create_trigger(namespace: Namespace, draft: TriggerDraft, *, person: User) -> Trigger:
    """Create the trigger upstream, tell its feed, and keep it. A feed that refuses leaves no trigger behind.

    Raises:
        Conflict: the name is taken.
        FeedError: see `feeds`.
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    with calling(namespace) as client:
        remote = client.put_trigger(
            draft.name,
            parameters=_parameters(draft),
            annotations={FEED_ANNOTATION: draft.feed.path} if draft.feed else None,
        )
        if draft.feed:
            _tell_or_undo(client, namespace, draft.name, draft.feed)
    trigger = _keep(namespace, remote, draft.feed)
    _record(Verb.TRIGGER_CREATED, trigger, person)
    return trigger


def update_trigger(trigger: Trigger, draft: TriggerDraft, *, base_version: str, person: User) -> Trigger:
    """Change parameters and feed upstream, provided it still has the version that the person began with.

    Raises:
        TriggerChangedError: it has another version.
        DeletedMeanwhileError: it is gone.
        EncryptedParametersError: parameters changed beside values that the platform does not show.
        FeedError, OpenWhiskError: as above. The feed is told first, so that the trigger never promises more.
    """
    namespace = trigger.namespace
    with calling(namespace) as client:
        try:
            current = client.get_trigger(trigger.name)
        except NotFound as error:
            wiring_mirror.mark_vanished(trigger)
            raise DeletedMeanwhileError from error
        if current.version != base_version:
            _keep(namespace, current, None)
            raise TriggerChangedError
        parameters = _changed_parameters(draft, current)
        _move_feed(client, trigger, draft.feed)
        annotations = {key: value for key, value in current.annotations.items() if key != FEED_ANNOTATION}
        if draft.feed:
            annotations[FEED_ANNOTATION] = draft.feed.path
        remote = client.put_trigger(
            trigger.name, parameters=parameters, annotations=annotations, overwrite=True
        )
    updated = _keep(namespace, remote, draft.feed)
    _record(Verb.TRIGGER_UPDATED, updated, person)
    return updated


def delete_trigger(trigger: Trigger, *, person: User, even_if_the_feed_fails: bool = False) -> None:
    """Stop the feed, then delete the trigger upstream and here. Its rules stay, and are inactive then.

    Raises:
        FeedError: the feed did not stop; nothing was deleted.
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    namespace = trigger.namespace
    with calling(namespace) as client:
        if trigger.feed:
            try:
                tell_feed(client, namespace, "DELETE", trigger.name, Feed(trigger.feed))
            except FeedError:
                if not even_if_the_feed_fails:
                    raise
        with suppress(NotFound):  # Somebody else was first.
            client.delete_trigger(trigger.name)
    Rule.objects.filter(namespace=namespace, trigger_name=trigger.name).update(is_active=False)
    trigger.delete()
    _record(Verb.TRIGGER_DELETED, trigger, person)


def read_feed(trigger: Trigger) -> Trigger:
    """Ask the feed what it was told, for triggers that were made elsewhere, and keep the answer.

    Raises:
        FeedError, OpenWhiskError: as above.
    """
    with calling(trigger.namespace) as client:
        answer = tell_feed(client, trigger.namespace, "READ", trigger.name, Feed(trigger.feed))
    config = answer.get("config") if isinstance(answer, dict) else None
    if not isinstance(config, dict):
        raise FeedError("The feed answered without its settings.")
    told = {key: config[key] for key in SETTINGS if config.get(key)}
    payload = config.get("payload", config.get("trigger_payload"))
    trigger.feed_parameters = {**told, "trigger_payload": payload}
    trigger.save(update_fields=["feed_parameters"])
    return trigger


def reveal_authorization(trigger: Trigger, *, person: User) -> str:
    """The key in clear, for the Authorization header of a fire; noted before anybody sees it.

    Raises:
        CredentialUnreadableError: it was stored with an encryption key that is missing now.
    """
    auth = trigger.namespace.auth
    target = f"{trigger.namespace.name}, to fire {trigger.name}"
    AuditEntry.record(Verb.REVEALED, person=person, namespace=trigger.namespace, target=target)
    return auth


def _tell_or_undo(client: OpenWhiskClient, namespace: Namespace, name: str, feed: Feed) -> None:
    try:
        tell_feed(client, namespace, "CREATE", name, feed)
    except BaseException:
        with suppress(NotFound):
            client.delete_trigger(name)
        raise


def _move_feed(client: OpenWhiskClient, trigger: Trigger, feed: Feed | None) -> None:
    """Tell the old and the new feed what they have to do from now on."""
    if feed is not None and feed.path == trigger.feed:
        if feed.parameters == trigger.feed_parameters:
            return
        if not takes_back(trigger.feed_parameters, feed.parameters):
            tell_feed(client, trigger.namespace, "UPDATE", trigger.name, feed)
            return
    if trigger.feed:
        tell_feed(client, trigger.namespace, "DELETE", trigger.name, Feed(trigger.feed))
    if feed is not None:
        tell_feed(client, trigger.namespace, "CREATE", trigger.name, feed)


def _changed_parameters(draft: TriggerDraft, current: RemoteTrigger) -> list[Parameter] | None:
    """The whole list; None when that is what the trigger has."""
    if draft.parameters == {item.key: item.value for item in current.parameters}:
        return None
    refuse_unreadable(current.parameters, draft.parameters)
    return _parameters(draft)


def _parameters(draft: TriggerDraft) -> list[Parameter]:
    return [Parameter(key, value) for key, value in draft.parameters.items()]


def _keep(namespace: Namespace, remote: RemoteTrigger, feed: Feed | None) -> Trigger:
    values = wiring_mirror.trigger_values(remote)
    if feed is not None:
        values["feed_parameters"] = feed.parameters
    elif not values["feed"]:
        values["feed_parameters"] = {}
    return wiring_mirror.keep(Trigger, namespace, remote.name, values)


def _record(verb: Verb, trigger: Trigger, person: User) -> None:
    """Note who did it, and tell everybody who looks."""
    publish_rewired(trigger.namespace_id)
    AuditEntry.record(
        verb, person=person, namespace=trigger.namespace, target=trigger.name, version=trigger.version
    )
