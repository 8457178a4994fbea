"""From an action's result to a response, as the extension of the path wants it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from standalone.errors import ApiError
from standalone.http.answers import Json
from standalone.web.message import http_message

MEDIA_TYPES = {"html": "text/html", "svg": "image/svg+xml"}
NO_PROPERTY = "Response does not include requested property."


def project(extension: str, value: Any) -> Response:
    """`value` is the result, or the `error` of one that failed. ApiError 400 or 404 when it does not fit."""
    if extension == "json":
        return _json(value)
    if extension == "http":
        return http_message(value)
    if extension == "text":
        return Response(_as_text(_property(value, "text")), media_type="text/plain")
    return _markup(extension, value)


def _json(value: Any) -> Response:
    if not isinstance(value, (dict, list)):
        raise not_valid("application/json")
    return Json(value)


def _markup(extension: str, value: Any) -> Response:
    media_type = MEDIA_TYPES[extension]
    found = _property(value, extension)
    if not isinstance(found, str):
        raise not_valid(media_type)
    return Response(found.encode(errors="replace"), media_type=media_type)


def _property(value: Any, extension: str) -> Any:
    """`body`, else the property named like the extension; what is no object stands for itself."""
    if not isinstance(value, dict):
        return value
    for name in ("body", extension):
        if name in value:
            return value[name]
    raise ApiError(404, NO_PROPERTY)


def _as_text(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, indent=2)
    return text.encode(errors="replace")


def not_valid(media_type: str) -> ApiError:
    return ApiError(400, f"Response is not valid '{media_type}'.")
