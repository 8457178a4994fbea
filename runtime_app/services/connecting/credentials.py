"""Rotation of the keys that namespace keys are encrypted with."""

from __future__ import annotations

from runtime_app.models import CredentialUnreadableError, Namespace
from runtime_app.models.encryption import rotate


def rotate_credentials() -> tuple[int, list[str]]:
    """Encrypt every stored key with the first configured encryption key.

    Returns how many were rotated, and the names of the namespaces whose key no configured key opens.
    """
    rotated, unreadable = 0, []
    for namespace in Namespace.objects.only("name", "encrypted_auth"):
        try:
            token = rotate(namespace.encrypted_auth)
        except CredentialUnreadableError:
            unreadable.append(namespace.name)
            continue
        # Not over a key that somebody replaces at this moment.
        rotated += Namespace.objects.filter(pk=namespace.pk, encrypted_auth=namespace.encrypted_auth).update(
            encrypted_auth=token
        )
    return rotated, unreadable
