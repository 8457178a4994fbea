"""Create, re-point, switch and delete the rules that tie triggers to actions, and note who did it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from runtime_app.models import AuditEntry, Namespace, Rule, User, Verb
from runtime_app.openwhisk import NotFound, OpenWhiskClient, RemoteRule
from runtime_app.services.connecting.connections import calling
from runtime_app.services.live.publishing import publish_rewired
from runtime_app.services.wiring import mirror as wiring_mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """A rule as chosen. `action_path` is name, package/name, or /namespace/package/name of a shared one."""

    name: str
    trigger_name: str
    action_path: str


class OrphanRuleError(Exception):
    """A rule cannot be switched on while its trigger does not exist."""


def create_rule(namespace: Namespace, draft: RuleDraft, *, person: User) -> Rule:
    """Create the rule upstream, active at once, and keep it.

    Raises:
        Conflict: the name is taken.
        Rejected: its trigger or its action does not exist.
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    with calling(namespace) as client:
        remote = client.put_rule(draft.name, trigger=draft.trigger_name, action=draft.action_path)
    rule = _keep(namespace, remote)
    _record(Verb.RULE_CREATED, rule, person)
    return rule


def repoint_rule(rule: Rule, draft: RuleDraft, *, person: User) -> Rule:
    """Give the rule another trigger or action. Whether it is active stays.

    Raises:
        Rejected, OpenWhiskError: as above.
    """
    with calling(rule.namespace) as client:
        remote = client.put_rule(
            rule.name, trigger=draft.trigger_name, action=draft.action_path, overwrite=True
        )
    updated = _keep(rule.namespace, remote)
    _record(Verb.RULE_UPDATED, updated, person)
    return updated


def set_rule_active(rule: Rule, active: bool, *, person: User) -> None:
    """Switch the rule on or off.

    Raises:
        OrphanRuleError: it cannot be switched on without its trigger.
        NotFound: the rule is gone.
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    with calling(rule.namespace) as client:
        try:
            client.set_rule_status(rule.name, active=active)
        except NotFound as error:
            if active and _exists(client, rule.name):
                raise OrphanRuleError from error
            wiring_mirror.mark_vanished(rule)
            raise
    Rule.objects.filter(pk=rule.pk).update(is_active=active)
    rule.is_active = active
    _record(Verb.RULE_ENABLED if active else Verb.RULE_DISABLED, rule, person)


def delete_rule(rule: Rule, *, person: User) -> None:
    """Delete the rule upstream and here; trigger and action stay.

    Raises:
        OpenWhiskError: the runtime refused it or could not be reached; nothing was removed here.
    """
    with calling(rule.namespace) as client, suppress(NotFound):  # Somebody else was first.
        client.delete_rule(rule.name)
    rule.delete()
    _record(Verb.RULE_DELETED, rule, person)


def _exists(client: OpenWhiskClient, name: str) -> bool:
    try:
        client.get_rule(name)
    except NotFound:
        return False
    return True


def _keep(namespace: Namespace, remote: RemoteRule) -> Rule:
    return wiring_mirror.keep(Rule, namespace, remote.name, wiring_mirror.rule_values(remote, namespace))


def _record(verb: Verb, rule: Rule, person: User) -> None:
    """Note who did it, and tell everybody who looks."""
    publish_rewired(rule.namespace_id)
    AuditEntry.record(
        verb,
        person=person,
        namespace=rule.namespace,
        target=rule.name,
        trigger=rule.trigger_name,
        action=rule.action_label,
    )
