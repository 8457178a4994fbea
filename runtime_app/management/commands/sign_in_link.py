"""Let the first administrator in, or again somebody who has lost the password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from runtime_app.models import User
from runtime_app.services.connecting.access import first_sign_in_link, sign_in_link


class Command(BaseCommand):
    help = (
        "Prints a link that signs one person in, once, within three days. Their earlier links stop working. "
        "Without a name: the first administrator, as long as no administrator has a password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", default="")
        parser.add_argument(
            "--base-url",
            default=f"http://{settings.HOST}:{settings.PORT}",
            help="The panel's address in a browser (default: %(default)s).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        self.stdout.write(options["base_url"].rstrip("/") + (link_for(name) if name else first_link()))


def link_for(username: str) -> str:
    """The path of a link for this person. Raises CommandError when nobody can sign in under that name."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"Nobody has the user name {username}.")
    if not user.is_active:
        raise CommandError(f"The account of {user.username} is closed.")
    return sign_in_link(user)


def first_link() -> str:
    """The path of a link for the first administrator. Raises CommandError when one has a password already."""
    link = first_sign_in_link()
    if link is None:
        raise CommandError("An administrator has a password already; say whom the link is for.")
    return link
