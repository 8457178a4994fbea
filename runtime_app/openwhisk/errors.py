"""What can go wrong between the panel and an OpenWhisk server.

    OpenWhiskError
    ├── Unreachable     no answer: host unknown, refused, timed out, cut off
    ├── BadReply        an answer that is not the API's: HTML, redirect, cut JSON, wrong types, too large
    │   └── SummariesOnly  a list without the records that were asked for
    └── StatusError     the API's own error answers
        ├── Unauthorized   401
        ├── Forbidden      403
        ├── NotFound       404 (also: an activation that has not ended yet)
        ├── Conflict       409
        ├── Rejected       400, 413, 415, 422 and other 4xx, with the server's text
        ├── Throttled      429
        └── ServerFault    5xx that carries no activation record

`message` is one plain sentence for the person in front of the panel. `body` is for the log.
"""

from __future__ import annotations

BODY_EXCERPT_CHARACTERS = 2000
SAFE_METHODS = frozenset({"GET", "HEAD"})


class OpenWhiskError(Exception):
    """Any failed call.

    `status` is the HTTP status or None when no answer came, `code` the server's transaction id from the
    error object, `request_id` the X-Request-ID header, `activation_id` the id from the answer's header if
    it carried one. `retryable` says whether the same call may succeed later without anybody changing
    anything; it does not say that repeating is harmless, `may_have_run` does.
    """

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        url: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        activation_id: str | None = None,
        body: str = "",
    ) -> None:
        # Every keyword has a default: exceptions cross process borders by pickle, which calls cls(message).
        super().__init__(message)
        self.message = message
        self.method = method
        self.url = url
        self.status = status
        self.code = code
        self.request_id = request_id
        self.activation_id = activation_id
        self.body = body[:BODY_EXCERPT_CHARACTERS]
        self.sent = True

    @property
    def may_have_run(self) -> bool:
        """True when a POST, PUT or DELETE may have taken effect although no usable answer came."""
        return False

    @property
    def is_write(self) -> bool:
        return self.method not in SAFE_METHODS

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, {self.method} {self.url}, status={self.status})"


class Unreachable(OpenWhiskError):
    """No usable answer came. `sent` is False only when nothing can have reached the server."""

    retryable = True

    def __init__(
        self, message: str, *, sent: bool = True, timed_out: bool = False, method: str = "", url: str = ""
    ) -> None:
        super().__init__(message, method=method, url=url)
        self.sent = sent
        self.timed_out = timed_out

    @property
    def may_have_run(self) -> bool:
        return self.sent and self.is_write


class BadReply(OpenWhiskError):
    """The answer is not what the OpenWhisk API sends."""

    @property
    def may_have_run(self) -> bool:
        """A success or a server fault we cannot read may hide a run; a redirect or refusal does not."""
        refused = self.status is not None and 300 <= self.status < 500
        return self.is_write and not refused


class SummariesOnly(BadReply):
    """A list that was asked for whole records (`docs=true`) only names them."""


class StatusError(OpenWhiskError):
    """An error status with (normally) the API's error object."""


class Unauthorized(StatusError):
    """401: the key is missing, malformed or unknown."""


class Forbidden(StatusError):
    """403: the key is valid, but not for this."""


# What a 404 says of an entity (core ErrorResponse.scala); other texts mean a wrong address.
NOTHING_THERE = "The requested resource does not exist."


class NotFound(StatusError):
    """404: no such entity, or an activation that has not ended, or has expired."""


class Conflict(StatusError):
    """409: the name is taken, or the entity cannot be changed this way."""


class Rejected(StatusError):
    """400, 413, 415, 422 and the other 4xx: the server refused what was sent, and says why."""


class Throttled(StatusError):
    """429. `retry_after` is the server's advice in seconds, or None."""

    retryable = True
    retry_after: float | None = None


class ServerFault(StatusError):
    """5xx without an activation record."""

    retryable = True

    @property
    def may_have_run(self) -> bool:
        """503 with the API's own error object means "not accepted"; any other fault leaves it open."""
        not_accepted = self.status == 503 and self.code is not None
        return self.is_write and not not_accepted


STATUS_ERRORS: dict[int, type[StatusError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: Throttled,
}


def status_error_class(status: int) -> type[StatusError]:
    """The class for an error status (400 to 599)."""
    if status >= 500:
        return ServerFault
    return STATUS_ERRORS.get(status, Rejected)
