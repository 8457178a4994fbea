"""Credentials as the command-line tools keep them: `.wskprops`, and `.env` files of App Builder projects."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

# core Secret.scala: exactly as many characters.
KEY_CHARACTERS = 64

# What `aio` assumes when nothing names a host (aio-cli-plugin-runtime, src/properties.js).
DEFAULT_API_HOST = "https://adobeioruntime.net"

# Kept names, most specific first: where a file holds several, the first one in this order counts.
_NAMES = {
    "apihost": ("aio_runtime_apihost", "whisk_apihost", "__ow_api_host", "apihost"),
    "auth": ("aio_runtime_auth", "whisk_auth", "__ow_api_key", "auth"),
    "namespace": ("aio_runtime_namespace", "whisk_namespace", "__ow_namespace", "namespace"),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a properties file says. Empty where it says nothing."""

    api_host: str = ""
    namespace: str = ""
    auth: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What a connection needs and this lacks, in words that name the line to add.

        A namespace is not needed: every key belongs to one.
        """
        needed = {
            "the API host (APIHOST or AIO_runtime_apihost)": self.api_host,
            "the key (AUTH or AIO_runtime_auth)": self.auth,
        }
        return tuple(words for words, value in needed.items() if not value)

    def __repr__(self) -> str:
        """Without the key, which must not reach a log or a traceback."""
        return f"Credentials({self.api_host!r}, {self.namespace!r}, auth={'set' if self.auth else 'unset'})"


def parse_properties(text: str) -> Credentials:
    """Read `NAME=value` lines; other lines, comments, quotes, `export` and byte order marks do no harm.

    `aio` turns `AIO_runtime_auth` and `AIO_RUNTIME_AUTH` into the same setting, so case is ignored.
    """
    values = dict(filter(None, map(_pair, text.lstrip("\ufeff").splitlines())))
    found = {
        kept: next((values[name] for name in names if values.get(name)), "") for kept, names in _NAMES.items()
    }
    is_aio = found["auth"] != "" and found["auth"] == values.get("aio_runtime_auth")
    default_host = DEFAULT_API_HOST if is_aio else ""
    return Credentials(found["apihost"] or default_host, found["namespace"], found["auth"])


def _pair(line: str) -> tuple[str, str] | None:
    name, equals, value = line.strip().removeprefix("export ").partition("=")
    if not equals or name.lstrip().startswith("#"):
        return None
    return name.strip().lower(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    """The value without its quotes; without quotes, ` #` begins a comment, as in dotenv."""
    if value[:1] in ("'", '"') and value.find(value[0], 1) > 0:
        return value[1 : value.index(value[0], 1)]
    return value.partition(" #")[0].strip()


class InvalidKeyError(ValueError):
    """A key that no OpenWhisk server would accept. The text is one sentence for its field, without it."""


def check_auth(text: str) -> str:
    """The key without the white space around it (core BasicAuthenticationAuthKey.scala: UUID:KEY).

    Raises:
        InvalidKeyError: it does not have that form.
    """
    auth = text.strip()
    uuid, colon, secret = auth.partition(":")
    if not colon:
        raise InvalidKeyError("A key has the form UUID:KEY; this one has no colon.")
    try:
        UUID(uuid)
    except ValueError as error:
        raise InvalidKeyError("The part of the key before the colon is no UUID.") from error
    if len(secret) != KEY_CHARACTERS or not secret.isprintable():
        raise InvalidKeyError(
            f"The part of the key after the colon has {len(secret)} characters instead of {KEY_CHARACTERS}."
        )
    return auth
