"""A request as handlers see it: who calls, what for, with which parameters and body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from standalone.auth import Identity
from standalone.errors import UNSUPPORTED_CONTENT_TYPE, ApiError, malformed, malformed_query, too_large
from standalone.execution.activator import Caller
from standalone.json_text import loads

if TYPE_CHECKING:
    from standalone.runtime import Runtime

# As Pekko reads them; a parameter without a value counts as one that was not given.
BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class ApiRequest:
    """`params` are the percent-decoded segments of the path that the route names, once it is found."""

    def __init__(self, http: Request, runtime: Runtime, transaction_id: str) -> None:
        self.http = http
        self.runtime = runtime
        self.params: dict[str, str] = {}
        self.transaction_id = transaction_id
        self._identity: Identity | None = None

    @property
    def identity(self) -> Identity:
        """The caller. ApiError 401 when the request has no valid credentials."""
        if self._identity is None:
            self._identity = self.runtime.authenticator.identify(self.http.headers.get("authorization"))
        return self._identity

    @property
    def caller(self) -> Caller:
        return Caller(self.identity, self.transaction_id)

    @property
    def namespace(self) -> str:
        """The namespace of the path, `_` resolved to the caller's own."""
        name = self.params["namespace"].partition("/")[0]
        return self.identity.namespace if name == "_" else name

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean query parameter."""
        text = self.http.query_params.get(name)
        if not text:
            return default
        if text.lower() not in BOOLEANS:
            raise malformed_query(name, f"'{text}' is not a valid Boolean value")
        return BOOLEANS[text.lower()]

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body; 413 as soon as it is known to be longer than `limit_bytes`."""
        declared = self.http.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit_bytes:
            raise too_large("Request", int(declared), limit_bytes)
        content = bytearray()
        async for chunk in self.http.stream():
            content += chunk
            if len(content) > limit_bytes:
                raise too_large("Request", len(content), limit_bytes)
        return bytes(content)

    async def json_object(self, limit_bytes: int) -> dict[str, Any]:
        """The body as a JSON object; `{}` when there is none, whatever its content type."""
        content = await self.body(limit_bytes)
        if not content.strip():
            return {}
        media_type = self.http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise ApiError(415, UNSUPPORTED_CONTENT_TYPE)
        value = parse_json(content)
        if not isinstance(value, dict):
            raise malformed("The request content must be a JSON object.")
        return value


def parse_json(content: bytes) -> Any:
    """Strict JSON (no NaN); ApiError 400 with the place of the mistake."""
    try:
        return loads(content)
    except RecursionError:
        raise malformed("The JSON is nested too deeply.") from None
    except ValueError as error:
        raise malformed(str(error)) from None
