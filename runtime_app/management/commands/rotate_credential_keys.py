"""Encrypt all stored namespace keys anew after a change of encryption keys."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from runtime_app.services.connecting.credentials import rotate_credentials


class Command(BaseCommand):
    help = (
        "Encrypts every namespace's key with the first of OVERTIME_CREDENTIAL_KEYS. "
        "Put the new key in front, restart, run this, then take the old key away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated, unreadable = rotate_credentials()
        self.stdout.write(f"{rotated} encrypted anew.")
        if unreadable:
            names = ", ".join(unreadable)
            raise CommandError(f"None of the configured keys opens the key of {names}; enter it again.")
