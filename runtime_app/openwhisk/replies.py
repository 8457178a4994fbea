"""One answer of the server, and the judgement whether it is the OpenWhisk API's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from runtime_app.openwhisk import errors
from runtime_app.openwhisk.errors import BadReply, OpenWhiskError, Throttled, status_error_class
from runtime_app.openwhisk.fields import JsonObject
from runtime_app.openwhisk.names import is_activation_id

LOCATION_CHARACTERS = 200
SENTENCE_CHARACTERS = 1000
LONGEST_PAUSE_SECONDS = 3600.0
E = TypeVar("E", bound=OpenWhiskError)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. `headers` are looked up regardless of case."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def activation_id(self) -> str | None:
        """The id from the header; it survives where the body is unreadable or is only the result."""
        value = self.headers.get("X-OpenWhisk-Activation-Id", "")
        return value if is_activation_id(value) else None

    @property
    def excerpt(self) -> str:
        return self.body[: 4 * errors.BODY_EXCERPT_CHARACTERS].decode("utf-8", "replace")

    @property
    def is_web_page(self) -> bool:
        start = self.body.lstrip()[:200].lower()
        html_type = "html" in self.headers.get("Content-Type", "").lower()
        return start.startswith((b"<!doctype html", b"<html")) or (html_type and start.startswith(b"<"))

    def json(self) -> object:
        """The parsed body; BadReply when it is a web page, cut off, or no JSON."""
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as exc:
            if self.is_web_page:
                raise self.web_page() from exc
            raise self.bad("sent an answer that is not complete JSON.") from exc

    def raise_for_error(self) -> None:
        """Raise the error that this answer stands for; return when it is a success."""
        if 300 <= self.status < 400:
            raise self._redirect()
        if self.status >= 400:
            raise self._status_error()

    def bad(self, what: str) -> BadReply:
        """A BadReply that says: the server at HOST …"""
        return self._fail(BadReply, f"The server at {self.host} {what}")

    def web_page(self) -> BadReply:
        return self._fail(
            BadReply,
            f"{self.host} answered with a web page instead of the OpenWhisk API. Check the API host.",
        )

    def _redirect(self) -> BadReply:
        location = self.headers.get("Location", "")[:LOCATION_CHARACTERS]
        target = f" to {location}" if location else ""
        return self.bad(
            f"redirects{target}. Redirects are not followed: use the final address as the API host."
        )

    def _status_error(self) -> OpenWhiskError:
        error = self._error_object()
        cls = status_error_class(self.status)
        foreign = error is None and cls not in (errors.Unauthorized, Throttled, errors.ServerFault)
        if foreign:  # A 404 that is not the API's must never pass for "this activation still runs".
            return self.web_page() if self.is_web_page else self.bad(f"{self._said} without saying why.")
        text = str(error["error"])[:SENTENCE_CHARACTERS] if error else ""
        code = error.get("code") if error else None
        failure = self._fail(cls, self._sentence(text), code=None if code is None else str(code))
        if isinstance(failure, Throttled):
            failure.retry_after = retry_after_seconds(self.headers.get("Retry-After"))
        return failure

    def _error_object(self) -> JsonObject | None:
        """OpenWhisk's `{"error": "…", "code": "…"}`, or None for anybody else's body."""
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return data if isinstance(data, dict) and isinstance(data.get("error"), str) else None

    @property
    def _said(self) -> str:
        phrase = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""
        return f"answered {self.status} {phrase}".rstrip()

    def _sentence(self, text: str) -> str:
        if self.status == 401:
            return f"{self.host} did not accept the key."
        if self.status == 429:
            return f"{self.host} asks to slow down: {text or 'too many requests.'}"
        if self.status >= 500:
            return f"The server at {self.host} {self._said}{': ' + text if text else '.'}"
        return text or f"The server at {self.host} {self._said}."

    def _fail(self, cls: type[E], message: str, *, code: str | None = None) -> E:
        return cls(
            message,
            method=self.method,
            url=self.url,
            status=self.status,
            code=code,
            request_id=self.headers.get("X-Request-ID"),
            activation_id=self.activation_id,
            body=self.excerpt,
        )


def _refuse_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity, which are no JSON and would break every later reader."""
    raise ValueError(f"{name} is no JSON")


def retry_after_seconds(value: str | None) -> float | None:
    """Read a Retry-After header: seconds, or an HTTP date; an hour at most. None when unreadable."""
    if value is None:
        return None
    if value.isascii() and value.strip().isdecimal():
        return min(float(value), LONGEST_PAUSE_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
        # A date may come without a zone, and then means UTC.
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), LONGEST_PAUSE_SECONDS)
