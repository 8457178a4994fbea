"""From an action's result to a response, as the extension of the path wants it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from standalone.errors import ApiError
from standalone.http.answers import Json
from standalone.web.message import http_message

MEDIA_TYPES = {"html": "text/html", "svg": "image/svg+xml"}
MISSING = object()
NO_PROPERTY = "Response does not include requested property."


def project(extension: str, value: Any) -> Response:
    """`value` is the result, or the `error` of one that failed. ApiError 400 or 404 when it does not fit."""
    if extension == "json":
        return _json(value)
    if extension == "http":
        return http_message(value)
    if extension == "text":
        found = _property(value, "text", MISSING)
        if found is MISSING:
            raise ApiError(404, NO_PROPERTY)
        return Response(_as_text(found), media_type="text/plain")
    return _markup(extension, value)


def _json(value: Any) -> Response:
    if not isinstance(value, (dict, list)):
        raise not_valid("application/json")
    return Json(value)


def _markup(extension: str, value: Any) -> Response:
    media_type = MEDIA_TYPES[extension]
    found = _property(value, extension, None)
    if not isinstance(found, str):
        raise not_valid(media_type)
    return Response(found.encode(errors="replace"), media_type=media_type)


def _property(value: Any, extension: str, default: Any) -> Any:
    """`body`, else the property named like the extension; what is no object stands for itself."""
    if not isinstance(value, dict):
        return value
    return value.get("body", value.get(extension, default))


def _as_text(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, indent=2)
    return text.encode(errors="replace")


def not_valid(media_type: str) -> ApiError:
    return ApiError(400, f"Response is not valid '{media_type}'.")
