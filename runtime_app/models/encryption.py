"""Encryption of credentials at rest, with keys that live outside the database."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CredentialUnreadableError(Exception):
    """The stored credential was encrypted with a key that is not configured any more."""


def encrypt(clear: str) -> str:
    """Encrypt with the first of `OVERTIME_CREDENTIAL_KEYS`."""
    return _cipher().encrypt(clear.encode()).decode()


def decrypt(token: str) -> str:
    """Decrypt with whichever configured key fits.

    Raises:
        CredentialUnreadableError: none does.
    """
    try:
        return _cipher().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise CredentialUnreadableError(
            "This key was stored with an encryption key that is missing now."
        ) from error


def rotate(token: str) -> str:
    """The same credential encrypted anew with the first key.

    Raises:
        CredentialUnreadableError: no configured key opens it.
    """
    return encrypt(decrypt(token))


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.OVERTIME_CREDENTIAL_KEYS])
