"""Results of the form `{statusCode, headers, body}` (core WebActions.scala, `resultAsHttp`)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from starlette.responses import Response

from standalone.entities.exec import is_binary
from standalone.errors import ApiError
from standalone.json_text import dumps
from standalone.web import media

NOT_HTTP = "Response is not valid 'message/http'."
UNKNOWN_TYPE = "Response did not specify a known content-type."
CONTRADICTING_TYPE = "Response type in header did not match generated content type."
HEADER_NAME = re.compile(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
HEADER_VALUE = re.compile(r"\A[\t\x20-\x7e\x80-\xff]*\Z")
# What the server itself must say about the body it sends.
OWN_HEADERS = frozenset({"content-length", "transfer-encoding", "connection", "content-type"})
DEFAULT_TEXT_TYPE = "text/html"
BODILESS = (204, 304)

Headers = list[tuple[str, str]]


def http_message(value: Any) -> Response:
    """ApiError 400 when the parts are not what HTTP can carry."""
    if not isinstance(value, dict):
        raise ApiError(400, NOT_HTTP)
    headers = _headers(value.get("headers"))
    status = _status(value.get("statusCode"))
    body = value.get("body")
    if body is None or body == "":
        response = Response(status_code=status or 204)
    else:
        content, media_type = _content(body, _content_type(headers))
        response = Response(content, status or 200, media_type=media_type)
    if response.status_code in BODILESS:
        response = Response(status_code=response.status_code)
    for name, text in headers:
        if name.lower() not in OWN_HEADERS:
            response.headers.append(name, text)
    return response


def _status(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise ApiError(400, NOT_HTTP)
    return value


def _headers(value: Any) -> Headers:
    """Values may be text, numbers, booleans, or lists of these for a header that is repeated."""
    if value is None:
        return []
    if not isinstance(value, dict):
        raise ApiError(400, NOT_HTTP)
    return [
        (name, _header_value(name, one))
        for name, given in value.items()
        for one in (given if isinstance(given, list) else [given])
    ]


def _header_value(name: str, value: Any) -> str:
    text = dumps(value) if isinstance(value, (bool, int, float)) else value
    if not isinstance(text, str) or not HEADER_NAME.match(name) or not HEADER_VALUE.match(text):
        raise ApiError(400, NOT_HTTP)
    return text


def _content_type(headers: Headers) -> str | None:
    return next((text for name, text in headers if name.lower() == "content-type"), None)


def _content(body: Any, declared: str | None) -> tuple[bytes, str]:
    """The bytes to send and their type. Text for a binary type is base64; so may be text for JSON."""
    if not isinstance(body, str):
        if declared and not media.is_json(declared):
            raise ApiError(400, CONTRADICTING_TYPE)
        return dumps(body).encode(), declared or media.JSON
    if declared is None:
        return body.encode(errors="replace"), DEFAULT_TEXT_TYPE
    if not media.is_known(declared):
        raise ApiError(400, UNKNOWN_TYPE)
    if media.is_text(declared) and not (media.is_json(declared) and is_binary(body)):
        return body.encode(errors="replace"), declared
    try:
        return base64.b64decode(body, validate=True), declared
    except binascii.Error:
        raise ApiError(400, CONTRADICTING_TYPE) from None
