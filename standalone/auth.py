"""Who calls: Basic credentials to a namespace. One subject owns one namespace of the same name."""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass

from standalone.errors import AUTHENTICATION_INVALID, AUTHENTICATION_MISSING, unauthorized

KEY_LENGTH = 64


@dataclass(frozen=True)
class Identity:
    """`auth` is `UUID:KEY`, as clients write it."""

    subject: str
    namespace: str
    auth: str


class Authenticator:
    def __init__(self, namespaces: dict[str, str]) -> None:
        """`namespaces`: name to `UUID:KEY`."""
        self._by_uuid = {
            auth.partition(":")[0]: Identity(subject=name, namespace=name, auth=auth)
            for name, auth in namespaces.items()
        }
        self.names = frozenset(namespaces)

    def identify(self, header: str | None) -> Identity:
        """The caller behind an `Authorization` header. ApiError 401 when there is none or it is not known."""
        if header is None:
            raise unauthorized(AUTHENTICATION_MISSING)
        user, key = _credentials(header)
        identity = self._by_uuid.get(user)
        if identity is None or not hmac.compare_digest(identity.auth.encode(), f"{user}:{key}".encode()):
            raise unauthorized(AUTHENTICATION_INVALID)
        return identity

    def owner(self, namespace: str) -> Identity | None:
        return next((found for found in self._by_uuid.values() if found.namespace == namespace), None)


def check_auth(auth: str) -> str:
    """Return `auth` if it is `UUID:KEY` with a key of 64 characters, else ValueError with a sentence."""
    user, _, key = auth.partition(":")
    try:
        uuid.UUID(user)
    except ValueError:
        raise ValueError(f"'{user}' is not a UUID.") from None
    if len(key) != KEY_LENGTH:
        raise ValueError(f"The key must have {KEY_LENGTH} characters, not {len(key)}.")
    return auth


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.strip().partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        user, _, key = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        raise unauthorized(AUTHENTICATION_INVALID) from None
    return user, key
