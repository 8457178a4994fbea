"""Why no answer came, in one sentence, and whether the request can have reached the server.

requests wraps urllib3, which wraps the operating system's error. The innermost one tells the story.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from runtime_app.openwhisk.errors import Unreachable

MAX_DEPTH = 12


def unreachable(exc: Exception, *, method: str, url: str) -> Unreachable:
    """Make our error of a requests exception (also of one raised while the body was read)."""
    parts = urlsplit(url)
    host, base = parts.hostname or url, f"{parts.scheme}://{parts.netloc}"
    chain = [exc, *_causes(exc)]
    sentence, sent = _story(chain, host, base)
    return Unreachable(sentence, sent=sent, timed_out=_timed_out(chain), method=method, url=url)


def _story(chain: list[BaseException], host: str, base: str) -> tuple[str, bool]:
    if _named(chain, "ProxyError"):
        return f"The proxy on the way to {base} did not let the request through.", False
    if _find(chain, socket.gaierror):
        return f"The host {host} could not be found.", False
    if _find(chain, ConnectionRefusedError):
        return f"Nothing answers at {base}: connection refused.", False
    if _named(chain, "ForbiddenAddressError"):
        return f"The host {host} leads to an address that this panel may not call.", False
    if _find(chain, ssl.SSLCertVerificationError):
        return f"The certificate of {host} could not be verified.", False
    if _named(chain, "ConnectTimeout", "ConnectTimeoutError"):
        return f"{base} did not answer in time: no connection.", False
    if _named(chain, "InvalidURL", "InvalidSchema", "MissingSchema", "LocationParseError"):
        return f"“{base}” is not a valid address.", False
    if _named(chain, "NewConnectionError"):
        return f"{base} cannot be reached from here.", False
    return _after_sending(chain, host, base), True


def _after_sending(chain: list[BaseException], host: str, base: str) -> str:
    if _find(chain, ssl.SSLError) or _named(chain, "SSLError"):
        return f"No secure connection to {host} could be set up. Check https:// and the port."
    if _timed_out(chain):
        return f"{base} took too long to answer."
    return f"The connection to {base} broke off before the answer was complete."


def _timed_out(chain: list[BaseException]) -> bool:
    return _find(chain, TimeoutError) or _named(chain, "ConnectTimeout", "ReadTimeout", "ReadTimeoutError")


def _find(chain: list[BaseException], kind: type[BaseException]) -> bool:
    return any(isinstance(exc, kind) for exc in chain)


def _named(chain: list[BaseException], *names: str) -> bool:
    """By name, because these classes belong to requests and urllib3, which only the transport imports."""
    return any(type(exc).__name__ in names for exc in chain)


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Everything behind `exc`: causes, contexts, urllib3's `reason`, and exceptions given as arguments."""
    todo, seen = [exc], {id(exc)}
    while todo and len(seen) < MAX_DEPTH:
        current = todo.pop(0)
        links = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        for link in links:
            if isinstance(link, BaseException) and id(link) not in seen:
                seen.add(id(link))
                todo.append(link)
                yield link
