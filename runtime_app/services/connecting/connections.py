"""The connection to a namespace's runtime: calling it, and noting on the namespace how well it answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from runtime_app.models import (
    Activation,
    AuditEntry,
    CredentialUnreadableError,
    Membership,
    Namespace,
    Role,
    User,
    Verb,
)
from runtime_app.openwhisk import (
    BadReply,
    OpenWhiskClient,
    OpenWhiskError,
    ServerFault,
    Throttled,
    Timeouts,
    Unauthorized,
    Unreachable,
)
from runtime_app.services.backing.database import outlasting
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.connecting.hosts import may_call
from runtime_app.services.connecting.trials import TRIAL_SECONDS, ConnectionReport, try_connection

logger = logging.getLogger(__name__)

READ_SECONDS = 15.0
CONTACT_EVERY = timedelta(seconds=5)
EMBEDDED_NAME = "guest"
SLUG_CHARACTERS = 70
# The model's default. The client begins with as many and learns a smaller limit from the server's refusal.
LARGEST_LIST_LIMIT = 200
UNREADABLE_KEY = "The key of this namespace cannot be decrypted any more; enter it again."

# Errors that say something about the connection. After the others, the runtime has answered well.
TROUBLE = (Unreachable, Unauthorized, ServerFault, BadReply)
TRIED_FIELDS = (
    "api_host",
    "encrypted_auth",
    "limits",
    "runtimes",
    "list_limit",
    "last_contact_at",
    "key_refused",
    "last_error",
    "last_error_at",
    "failures",
    "retry_at",
    "throttled",
)


class AlreadyConnectedError(Exception):
    """The namespace is connected already. `namespace` is its row."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(f"{namespace} is connected already")
        self.namespace = namespace


def client_for(namespace: Namespace, *, read_timeout: float = READ_SECONDS) -> OpenWhiskClient:
    """A client with the namespace's key. `read_timeout`: seconds that an answer may take.

    Raises:
        Unauthorized: the key was stored with an encryption key that is missing now.
    """
    try:
        auth = namespace.auth
    except CredentialUnreadableError as error:
        raise Unauthorized(UNREADABLE_KEY) from error
    known = namespace.list_limit < LARGEST_LIST_LIMIT
    return OpenWhiskClient(
        namespace.api_host,
        auth,
        namespace.name,
        timeouts=Timeouts(read=read_timeout),
        page_limit=namespace.list_limit if known else None,
        # The embedded runtime is the panel's own, wherever the operator has put it.
        may_call=None if namespace.is_embedded else may_call,
    )


@contextmanager
def calling(
    namespace: Namespace, *, read_timeout: float = READ_SECONDS, launches: bool = False
) -> Iterator[OpenWhiskClient]:
    """The client for a few calls; whether they went well is recorded on the namespace.

    `launches`: the call is a launch or a fire, which the runtime throttles apart from everything else. A
    database that is away just then does not take the answer with it.

    Raises:
        OpenWhiskError: whatever the calls raise, once it is recorded.
    """
    try:
        with client_for(namespace, read_timeout=read_timeout) as client:
            yield client
    except TROUBLE as error:
        refused = isinstance(error, Unauthorized)
        outlasting(partial(namespace.record_error, error.message, key_refused=refused))
        raise
    except OpenWhiskError as error:
        # A 429 to what is read ends no trouble, or pauses would never grow; `tolerating` records it.
        if launches or not isinstance(error, Throttled):
            _record_contact(namespace, of_launch=launches)
        raise
    _record_contact(namespace, of_launch=launches)


@contextmanager
def tolerating(namespace: Namespace, doing: str) -> Iterator[None]:
    """For workers, who come again: trouble ends the block with one sentence, “`doing` NAMESPACE stopped: …”.

    That the runtime is in trouble has been recorded by `calling`; here, for how long a throttling one rests,
    and what a person who had asked would have been told: a refusal that no worker can do anything about.
    """
    try:
        yield
    except Throttled as error:
        namespace.record_throttle(error.message, retry_after=error.retry_after)
    except OpenWhiskError as error:
        if not isinstance(error, TROUBLE):
            namespace.record_error(error.message)
        logger.warning("%s %s stopped: %s", doing, namespace, error)


def _record_contact(namespace: Namespace, *, of_launch: bool) -> None:
    """At most once in CONTACT_EVERY while all is well: a busy namespace is called many times a second."""
    last = namespace.last_contact_at
    if not namespace.is_healthy or last is None or timezone.now() - last >= CONTACT_EVERY:
        outlasting(partial(namespace.record_contact, of_launch=of_launch))


def check_connection(namespace: Namespace) -> None:
    """Call the runtime now, because a person asked, and let workers sync. Wakes a stopped namespace up.

    Raises:
        OpenWhiskError: the trouble, which is also recorded on the namespace.
    """
    with calling(namespace, read_timeout=TRIAL_SECONDS) as client:
        client.namespaces()
    sync_soon(namespace)


def connect_namespace(report: ConnectionReport, auth: str, *, person: User) -> Namespace:
    """Keep a connection that was tried. The person becomes its administrator; workers bring in what is there.

    Raises:
        AlreadyConnectedError: somebody else was first, or connected it long ago.
    """
    known = Namespace.objects.filter(api_host=report.api_host, name=report.name)
    namespace = Namespace(name=report.name, slug=free_slug(report.name))
    _take_report(namespace, report, auth)
    try:
        with transaction.atomic():
            namespace.save(force_insert=True)
            Membership.objects.create(user=person, namespace=namespace, role=Role.ADMIN)
            AuditEntry.record(
                Verb.CONNECTED, person=person, namespace=namespace, target=report.name, host=report.api_host
            )
            sync_soon(namespace)
    except IntegrityError as error:
        existing = known.first()
        if existing is None:
            raise
        raise AlreadyConnectedError(existing) from error
    return namespace


def replace_key(namespace: Namespace, auth: str, *, person: User) -> None:
    """Keep another key for the namespace, once it was tried.

    Raises:
        TrialFailedError: the runtime cannot be reached, refuses the key, or it opens another namespace.
    """
    report = try_connection(namespace.api_host, namespace.name, auth)
    with transaction.atomic():
        _take_report(namespace, report, auth)
        namespace.save(update_fields=TRIED_FIELDS)
        AuditEntry.record(Verb.KEY_REPLACED, person=person, namespace=namespace, target=namespace.name)
        sync_soon(namespace)


def _take_report(namespace: Namespace, report: ConnectionReport, auth: str) -> None:
    """Set what a trial found; ends all earlier trouble. Saves nothing."""
    namespace.api_host, namespace.auth = report.api_host, auth
    namespace.limits, namespace.runtimes = report.limits, report.runtimes
    namespace.list_limit = report.list_limit
    namespace.last_contact_at = timezone.now()
    namespace.key_refused, namespace.last_error, namespace.last_error_at = False, "", None
    namespace.failures, namespace.retry_at, namespace.throttled = 0, None, False


def sync_soon(namespace: Namespace) -> None:
    """Let a worker read the actions and bring in what ran elsewhere."""
    enqueue("runtime_app.tasks.sync_namespace", namespace.pk)
    enqueue("runtime_app.tasks.sweep_namespace", namespace.pk)


def reveal_key(namespace: Namespace, *, person: User) -> str:
    """The key in clear; that it was shown is on the audit log before anybody sees it.

    Raises:
        CredentialUnreadableError: it was stored with an encryption key that is missing now.
    """
    auth = namespace.auth
    AuditEntry.record(Verb.REVEALED, person=person, namespace=namespace, target=namespace.name)
    return auth


def disconnect(namespace: Namespace, *, person: User) -> None:
    """Forget the namespace: its key, cached actions, presets, members and history. Upstream all stays."""
    with transaction.atomic():
        AuditEntry.record(Verb.DISCONNECTED, person=person, target=namespace.name, host=namespace.api_host)
        _forget_history(namespace)
        namespace.delete()


def _forget_history(namespace: Namespace) -> None:
    """Delete the activations and all rows that hang on them, in one statement for each table.

    `delete()` would load a million activations to see what hangs on each.
    """
    history = Activation.objects.filter(namespace=namespace)
    for relation in Activation._meta.related_objects:
        if relation.related_model is not Activation:
            rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": history})
            rows._raw_delete(rows.db)
    history._raw_delete(history.db)


def connect_embedded(api_host: str, auth: str) -> Namespace:
    """The embedded runtime's guest namespace, connected; the runtime need not be up yet.

    Does nothing more when it is connected already, except that it follows a changed address or key, and tries
    a refused one again, for nobody can enter another. A guest namespace that somebody connected by hand at
    this address is taken over, for there can be only one.
    """
    with transaction.atomic():
        namespace = (
            Namespace.objects.filter(is_embedded=True).first()
            or Namespace.objects.filter(api_host=api_host, name=EMBEDDED_NAME).first()
            or Namespace(name=EMBEDDED_NAME, slug=free_slug(EMBEDDED_NAME))
        )
        if namespace.pk is None or namespace.key_refused or not _is_embedded_at(namespace, api_host, auth):
            namespace.api_host, namespace.auth, namespace.is_embedded = api_host, auth, True
            namespace.key_refused = False
            namespace.save()
            sync_soon(namespace)
    return namespace


def _is_embedded_at(namespace: Namespace, api_host: str, auth: str) -> bool:
    try:
        known = namespace.auth
    except CredentialUnreadableError:
        return False
    return namespace.is_embedded and namespace.api_host == api_host and known == auth


def free_slug(name: str) -> str:
    """The namespace's name as it stands in addresses, made unique by a number."""
    base = slugify(name)[:SLUG_CHARACTERS] or "namespace"
    taken = set(Namespace.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(slug for slug in numbered if slug not in taken)
