"""Let somebody in again who has lost the password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from runtime_app.models import User
from runtime_app.services.connecting.access import sign_in_link


class Command(BaseCommand):
    help = (
        "Prints a link that signs one person in, once, within three days. Their earlier links stop working."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--base-url",
            default=f"http://{settings.HOST}:{settings.PORT}",
            help="The panel's address in a browser (default: %(default)s).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Nobody has the user name {options['username']}.")
        if not user.is_active:
            raise CommandError(f"The account of {user.username} is closed.")
        self.stdout.write(options["base_url"].rstrip("/") + sign_in_link(user))
