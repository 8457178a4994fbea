"""The connection to a namespace's runtime: calling it, and noting on the namespace how well it answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from runtime_app.models import CredentialUnreadableError, Namespace
from runtime_app.openwhisk import (
    BadReply,
    OpenWhiskClient,
    OpenWhiskError,
    ServerFault,
    Timeouts,
    Unauthorized,
    Unreachable,
)

READ_SECONDS = 15.0
CONTACT_EVERY = timedelta(seconds=5)
EMBEDDED_NAME = "guest"
SLUG_CHARACTERS = 70
# The model's default. The client begins with as many and learns a smaller limit from the server's refusal.
LARGEST_LIST_LIMIT = 200
UNREADABLE_KEY = "The key of this namespace cannot be decrypted any more; enter it again."

# Errors that say something about the connection. After the others, the runtime has answered well.
TROUBLE = (Unreachable, Unauthorized, ServerFault, BadReply)


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
    )


@contextmanager
def calling(namespace: Namespace, *, read_timeout: float = READ_SECONDS) -> Iterator[OpenWhiskClient]:
    """The client for a few calls; whether they went well is recorded on the namespace.

    Raises:
        OpenWhiskError: whatever the calls raise, once it is recorded.
    """
    try:
        with client_for(namespace, read_timeout=read_timeout) as client:
            yield client
    except TROUBLE as error:
        namespace.record_error(error.message, key_refused=isinstance(error, Unauthorized))
        raise
    except OpenWhiskError:
        _record_contact(namespace)
        raise
    _record_contact(namespace)


def _record_contact(namespace: Namespace) -> None:
    """At most once in CONTACT_EVERY while all is well: a busy namespace is called many times a second."""
    last = namespace.last_contact_at
    if not namespace.is_healthy or last is None or timezone.now() - last >= CONTACT_EVERY:
        namespace.record_contact()


def connect_embedded(api_host: str, auth: str) -> Namespace:
    """The embedded runtime's guest namespace, connected; the runtime need not be up yet.

    Does nothing more when it is connected already, except that it follows a changed address or key. A guest
    namespace that somebody connected by hand at this address is taken over, for there can be only one.
    """
    with transaction.atomic():
        namespace = (
            Namespace.objects.filter(is_embedded=True).first()
            or Namespace.objects.filter(api_host=api_host, name=EMBEDDED_NAME).first()
            or Namespace(name=EMBEDDED_NAME, slug=free_slug(EMBEDDED_NAME))
        )
        if namespace.pk is None or not _is_embedded_at(namespace, api_host, auth):
            namespace.api_host, namespace.auth, namespace.is_embedded = api_host, auth, True
            namespace.key_refused = False
            namespace.save()
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
