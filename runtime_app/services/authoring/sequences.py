"""Sequences: actions one after the other, each with the result of the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime_app.models import Action, AuditEntry, Namespace, User, Verb
from runtime_app.openwhisk import ActionPath, ActionSpec, InvalidName, RemoteAction
from runtime_app.services.authoring import mirror
from runtime_app.services.authoring.actions import as_it_was
from runtime_app.services.connecting.connections import calling

SEQUENCE_KIND = "sequence"
# OpenWhisk's `whisk.actions.sequence-limit`, and Adobe's: actions in all, those of inner sequences included.
MOST_ACTIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceDraft:
    """A sequence as chosen. Components are `name`, `pkg/name`, or `/ns/pkg/name` of another namespace."""

    path: str
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A component. `action` is None when it is not in this namespace, or not any more."""

    path: str
    action: Action | None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it belongs to another namespace, where this one cannot look."""
        return self.path.startswith("/")

    @property
    def is_missing(self) -> bool:
        """Whether it should be here and is not."""
        return not self.is_elsewhere and (self.action is None or self.action.vanished_at is not None)


def create_sequence(namespace: Namespace, draft: SequenceDraft, *, person: User) -> Action:
    """Create the sequence upstream and keep it.

    Raises:
        Conflict: the name is taken.
        Rejected: a component does not exist, it contains itself, or it is too long.
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    with calling(namespace) as client:
        remote = client.put_action(draft.path, _spec(draft))
    return _kept(namespace, remote, Verb.CREATED, person)


def update_sequence(action: Action, draft: SequenceDraft, *, base_version: str, person: User) -> Action:
    """Give it these components, provided it still has the version that the person began with.

    Raises:
        ChangedMeanwhileError: it has another version; the cache has it now.
        DeletedMeanwhileError: it is gone.
        Rejected, OpenWhiskError: as above.
    """
    with calling(action.namespace) as client:
        as_it_was(client, action, base_version)
        remote = client.put_action(action.path, _spec(draft), overwrite=True)
    return _kept(action.namespace, remote, Verb.UPDATED, person)


def own_path(component: str, namespace: Namespace) -> str:
    """A component as people write it here: without its namespace when that is this one."""
    try:
        path = ActionPath.parse(component)
    except InvalidName:
        return component
    return path.relative if path.namespace in (None, namespace.name) else path.qualified


def steps_of(namespace: Namespace, components: Sequence[str]) -> list[Step]:
    """The components in their order, with what is known of each; one query."""
    paths = [own_path(component, namespace) for component in components]
    known = {action.path: action for action in Action.objects.filter(namespace=namespace, path__in=paths)}
    return [Step(path, known.get(path)) for path in paths]


def objection(namespace: Namespace, draft: SequenceDraft) -> str:
    """Why the runtime would refuse it, as far as that is known here; empty when it would not."""
    if not draft.components:
        return "A sequence needs at least one action."
    contents = _contents(namespace)
    for path in draft.components:
        if not path.startswith("/") and path != draft.path and path not in contents:
            return f"There is no action “{path}” in this namespace; create it first, or take it out."
    return _about_depth(draft, contents)


def _about_depth(draft: SequenceDraft, contents: dict[str, list[str]]) -> str:
    pending, count = list(draft.components), 0
    while pending:
        path = pending.pop()
        if path == draft.path:
            return "A sequence may not contain itself, also not by way of another sequence."
        inner = contents.get(path, [])
        pending += inner
        count += not inner
        if count + len(pending) > MOST_ACTIONS:
            return f"That is more than {MOST_ACTIONS} actions in all; the runtime takes no longer sequences."
    return ""


def _contents(namespace: Namespace) -> dict[str, list[str]]:
    """The components of every present action, by path; empty for those that are no sequences."""
    rows = Action.objects.present().filter(namespace=namespace).values_list("path", "components")
    return {path: [own_path(item, namespace) for item in components] for path, components in rows}


def _spec(draft: SequenceDraft) -> ActionSpec:
    qualified = tuple(ActionPath.parse(component).qualified for component in draft.components)
    return ActionSpec(kind=SEQUENCE_KIND, components=qualified)


def _kept(namespace: Namespace, remote: RemoteAction, verb: Verb, person: User) -> Action:
    action = mirror.keep(namespace, remote)
    AuditEntry.record(verb, person=person, namespace=namespace, target=action.path, version=action.version)
    return action
