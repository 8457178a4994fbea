"""The API host as people write it, made into the one form that the client uses."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

API_PREFIX = "/api/v1"


class InvalidHost(ValueError):
    """An API host that cannot be used. The text is one sentence for a form field."""


def normalise_api_host(text: str) -> str:
    """Return `scheme://host[:port]`; https when no scheme is given, as wsk and aio assume.

    A pasted `/api/v1` at the end is dropped. Raise InvalidHost for other schemes, credentials, paths.
    """
    text = text.strip()
    if not text:
        raise InvalidHost("An API host is needed, for example https://adobeioruntime.net.")
    # Credentials first: no later sentence may repeat them.
    if "@" in text:
        raise InvalidHost("The API host must not contain a user name or key; the key has its own field.")
    url = text if "://" in text else f"https://{text}"
    if url.partition("://")[0].lower() not in ("http", "https"):
        raise InvalidHost("The API host must begin with https:// or http://.")
    parts = _split(url)
    if parts.query or parts.fragment or parts.path.rstrip("/") not in ("", "/api", API_PREFIX):
        raise InvalidHost("The API host is only scheme, host and port, without a path or query.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _split(url: str) -> SplitResult:
    """Split, and insist on a host and a port that is a number."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise InvalidHost(f"“{url}” is not a valid address.") from exc
    if not parts.hostname or port == 0 or any(c.isspace() or c in "\\\x00" for c in parts.netloc):
        raise InvalidHost(f"“{url}” is not a valid address.")
    return parts


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
