"""The arguments a web action gets from a request (OpenWhisk docs/webactions.md, "HTTP context")."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl

from standalone.errors import PARAMETERS_NOT_ALLOWED, ApiError
from standalone.http.request import ApiRequest, parse_json
from standalone.web import media

RESERVED = frozenset({"__ow_method", "__ow_headers", "__ow_path", "__ow_user", "__ow_query", "__ow_body"})


def context(request: ApiRequest, path: str, user: str | None) -> dict[str, Any]:
    """What every web action is told. `user` is the caller's namespace, when it gave valid credentials."""
    told: dict[str, Any] = {
        "__ow_method": request.http.method.lower(),
        "__ow_headers": dict(request.http.headers),
        "__ow_path": path,
    }
    return {**told, "__ow_user": user} if user else told


def raw_arguments(request: ApiRequest, content: bytes) -> dict[str, Any]:
    """Query and body as they came; JSON counts as binary here."""
    content_type = _content_type(request)
    is_json = media.media_type(content_type) == media.JSON
    return {
        "__ow_query": request.http.url.query,
        "__ow_body": _encoded(content) if is_json else _plain(content, content_type),
    }


def parsed_arguments(request: ApiRequest, content: bytes, immutable: set[str]) -> dict[str, Any]:
    """Query parameters and the fields of the body, the latter winning.

    ApiError 400 when they set what the platform or the action's author has set.
    """
    query = dict(parse_qsl(request.http.url.query, keep_blank_values=True))
    fields = {**query, **_body_fields(request, content)}
    if (RESERVED - {"__ow_body"} | immutable) & fields.keys() or "__ow_body" in query:
        raise ApiError(400, PARAMETERS_NOT_ALLOWED)
    return fields


def _body_fields(request: ApiRequest, content: bytes) -> dict[str, Any]:
    content_type = _content_type(request)
    if not content:
        return {}
    if media.media_type(content_type) == media.FORM:
        return _without_body_key(dict(parse_qsl(content.decode(errors="replace"), keep_blank_values=True)))
    if media.is_json(content_type):
        value = parse_json(content)
        return _without_body_key(value) if isinstance(value, dict) else {"__ow_body": value}
    return {"__ow_body": _plain(content, content_type)}


def _without_body_key(fields: dict[str, Any]) -> dict[str, Any]:
    if "__ow_body" in fields:
        raise ApiError(400, PARAMETERS_NOT_ALLOWED)
    return fields


def _content_type(request: ApiRequest) -> str:
    return request.http.headers.get("content-type", "")


def _plain(content: bytes, content_type: str) -> str:
    return content.decode(errors="replace") if media.is_text(content_type) else _encoded(content)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
