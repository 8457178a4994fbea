"""Who may call the URL of an action: opening and closing it, its secret, and what bites there."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_app.models import Action, ActionCode, AuditEntry, Namespace, User, Verb
from runtime_app.models.actions import REQUIRE_AUTH
from runtime_app.openwhisk import ActionSpec, RemoteAction
from runtime_app.services.authoring import mirror
from runtime_app.services.authoring.drafts import provides_key
from runtime_app.services.connecting.connections import calling


@dataclass(frozen=True, slots=True)
class Protection:
    """What a caller of the URL must send. `secret` empty and `wants_key` False: nothing."""

    secret: str = ""
    wants_key: bool = False

    @property
    def annotation(self) -> str | bool:
        """The value of `require-whisk-auth`. Source: OpenWhisk docs/webactions.md, "Securing web actions"."""
        return self.secret or self.wants_key


def set_protection(action: Action, protection: Protection, *, person: User) -> Action:
    """Say anew who may call the URL; the code and everything else stay.

    Raises:
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    return _annotate(action, {REQUIRE_AUTH: protection.annotation}, person)


def set_exported(action: Action, is_exported: bool, *, protection: Protection, person: User) -> Action:
    """Give the action itself a URL, or take it away.

    Raises:
        OpenWhiskError: as above.
    """
    annotations: dict[str, object] = {"web-export": is_exported}
    if is_exported:
        annotations |= {"raw-http": False, "final": True, REQUIRE_AUTH: protection.annotation}
    return _annotate(action, annotations, person)


def protection_of(action: Action) -> Protection:
    """What the URL wants now, read from the runtime: the secret is kept nowhere here.

    Raises:
        NotFound, OpenWhiskError: it could not be read.
    """
    with calling(action.namespace) as client:
        return _protection(client.get_action(action.path, code=False))


def reveal_secret(action: Action, *, person: User) -> str:
    """The URL's secret in clear, empty when it has none; noted before anybody sees it.

    Raises:
        NotFound, OpenWhiskError: it could not be read.
    """
    protection = protection_of(action)
    if protection.secret:
        AuditEntry.record(Verb.SECRET_REVEALED, person=person, namespace=action.namespace, target=action.path)
    return protection.secret


def warnings_for(namespace: Namespace, action: Action) -> list[str]:
    """What would bite whoever relies on the URL, a sentence each."""
    code = ActionCode.objects.filter(action=action).values_list("text", flat=True).first()
    found = [_about_time(action), _about_worker(namespace, action)]
    if not action.web_secret_required:
        found.append(
            "Anybody who knows the URL, or guesses it, can call it: the runs count as this namespace's own."
        )
    if action.starts and "__ow_method" not in (code or ""):
        found.append(
            "A GET starts it too: link previews, crawlers, and browsers that load pages ahead follow links. "
            "Let the code refuse GET if a start too many would hurt."
        )
    return [sentence for sentence in found if sentence]


def _about_time(action: Action) -> str:
    if not action.is_asynchronous_only or action.starts:
        return ""
    return (
        "It may run longer than 60 s, but a web request is answered after 60 s at the latest: callers then "
        "get 202 without a result. Give it a URL that does not wait instead."
    )


def _about_worker(namespace: Namespace, action: Action) -> str:
    if not action.starts:
        return ""
    if not provides_key(action.annotations):
        return (
            "Its code does not get the namespace's key, so it cannot start anything. "
            "Switch “Give the code this namespace's key” on under Edit."
        )
    known = Action.objects.present().filter(namespace=namespace, path=action.starts)
    if action.starts.startswith("/") or known.exists():
        return ""
    return (
        f"Its code starts “{action.starts}”, which does not exist in this namespace: every call would fail."
    )


def _annotate(action: Action, annotations: dict[str, object], person: User) -> Action:
    """An update merges annotations by key (core Actions.scala), so nothing else has to be sent."""
    with calling(action.namespace) as client:
        remote = client.put_action(action.path, ActionSpec(annotations=annotations), overwrite=True)
    updated = mirror.keep(action.namespace, remote)
    AuditEntry.record(
        Verb.URL_CHANGED,
        person=person,
        namespace=action.namespace,
        target=action.path,
        exported=updated.is_web,
        protected=updated.web_secret_required,
    )
    return updated


def _protection(remote: RemoteAction) -> Protection:
    value = remote.annotations.get(REQUIRE_AUTH)
    if value is None or isinstance(value, bool):
        return Protection(wants_key=value is True)
    return Protection(secret=str(value))
