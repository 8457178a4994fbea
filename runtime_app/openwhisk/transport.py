"""The wire: the only file that knows `requests`.

One Session with a connection pool; always a timeout; redirects are not followed (a key must not travel to
another host); bodies are read up to a cap. A GET is repeated once when its connection failed. POST, PUT and
DELETE are never repeated: OpenWhisk delivers at most once, and whether a lost one ran is for people to see.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from runtime_app.openwhisk.connection_faults import unreachable
from runtime_app.openwhisk.errors import BadReply, Unreachable
from runtime_app.openwhisk.guarded import AddressCheck, guarded_pools
from runtime_app.openwhisk.hosts import is_loopback
from runtime_app.openwhisk.replies import Reply

USER_AGENT = "overtime/0.1"
MAX_BODY_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
UPLOAD_BYTES_PER_SECOND = 100_000
POOL_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, between two pieces of the answer, and for its whole body."""

    connect: float = 3.05
    read: float = 15.0
    body: float = 60.0


class Transport:
    """Sends one request and returns one complete Reply, or raises Unreachable or BadReply.

    `base_url` is `scheme://host[:port]`, `auth` is `UUID:KEY`. Error statuses are returned, not raised.
    `may_call` judges the address that a connection reached; through a proxy, it is the proxy's to judge.
    """

    def __init__(
        self,
        base_url: str,
        auth: str,
        *,
        verify: bool = True,
        timeouts: Timeouts | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        may_call: AddressCheck | None = None,
    ) -> None:
        self.base_url = base_url
        self._auth = _credentials(auth)
        self._verify = verify
        self._timeouts = timeouts or Timeouts()
        self._max_body_bytes = max_body_bytes
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL_CONNECTIONS, max_retries=0)
        if may_call is not None:
            adapter.poolmanager.pool_classes_by_scheme = guarded_pools(may_call)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        self._session.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        read_seconds: float | None = None,
        with_key: bool = True,
        most_bytes: int | None = None,
    ) -> Reply:
        """Send `body` as JSON (nothing when None).

        `read_seconds` replaces the usual wait for the answer, `most_bytes` the usual cap on its size.
        """
        request = requests.Request(
            method, self.base_url + path, params=dict(params or {}), headers=dict(headers or {})
        )
        request.auth = self._auth if with_key else _no_key
        if body is not None:
            request.data = encode_json(body)
            request.headers["Content-Type"] = "application/json"
        timeouts = self._timeouts_for(request, read_seconds)
        try:
            return self._send_once(request, timeouts, most_bytes or self._max_body_bytes)
        except Unreachable as error:
            if method != "GET" or error.timed_out:
                raise
        # A kept-alive connection that the server closed meanwhile looks like a failure; a new one will do.
        return self._send_once(request, timeouts, most_bytes or self._max_body_bytes)

    def _timeouts_for(self, request: requests.Request, read_seconds: float | None) -> tuple[float, float]:
        """The connect timeout also bounds sending the whole body, so it grows with the body."""
        size = len(cast(bytes, request.data or b""))
        connect = self._timeouts.connect + size / UPLOAD_BYTES_PER_SECOND
        return connect, self._timeouts.read if read_seconds is None else read_seconds

    def _send_once(self, request: requests.Request, timeouts: tuple[float, float], most_bytes: int) -> Reply:
        method, url = cast(str, request.method), cast(str, request.url)
        try:
            prepared = self._session.prepare_request(request)
            url = prepared.url or url
            settings = self._session.merge_environment_settings(url, {}, True, self._verify, None)
            if is_loopback(url):  # A proxy could not reach the runtime on this machine.
                settings["proxies"] = {}
            response = self._session.send(prepared, timeout=timeouts, allow_redirects=False, **settings)
            with response:
                body = self._read(response, max(self._timeouts.body, timeouts[1]), most_bytes)
        except urllib3.exceptions.DecodeError as exc:
            raise BadReply(
                f"The server at {urlsplit(url).netloc} sent an answer that cannot be unpacked.",
                method=method,
                url=url,
            ) from exc
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as exc:
            # ValueError: urllib3 lets its own through for host names that no resolver takes.
            raise unreachable(exc, method=method, url=url) from exc
        reply = Reply(method, url, response.status_code, response.headers, body)
        if len(body) > most_bytes:
            raise reply.bad(f"sent more than {most_bytes:,} bytes; the answer was not read to its end.")
        return reply

    def _read(self, response: requests.Response, seconds: float, most_bytes: int) -> bytes:
        """Read up to one chunk beyond the cap, and not longer than `seconds` however slowly it drips.

        `read1` returns what has come; `iter_content` waits for a whole chunk, and no clock is looked at.
        """
        body, deadline = bytearray(), time.monotonic() + seconds
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > most_bytes:
                break
            if time.monotonic() > deadline:
                raise requests.ReadTimeout(f"the body took longer than {seconds:.0f} s")
        return bytes(body)


def encode_json(value: object) -> bytes:
    """Compact UTF-8, because the server counts bytes. Half a surrogate pair becomes its JSON escape."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def _credentials(auth: str) -> tuple[bytes, bytes]:
    """Split `UUID:KEY`; as bytes, because requests would refuse characters outside Latin-1."""
    user, colon, key = auth.strip().partition(":")
    if not (user and colon and key):
        raise ValueError("The key must have the form UUID:KEY.")
    return user.encode(), key.encode()


def _no_key(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without an explicit auth, requests would take one from ~/.netrc."""
    return request
