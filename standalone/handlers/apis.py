"""Managing the gateway: `/api/v1/web/whisk.system/apimgmt/{createApi,getApi,deleteApi}[.http]`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from standalone.entities import parameters
from standalone.errors import ApiError, malformed
from standalone.gateway import documents
from standalone.gateway.documents import Document, Route, Target
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.json_text import loads
from standalone.names import parse_qualified

NOT_EXPORTED = "Action '/{name}' is not a web action: update it with '--web true' before an API may call it."


async def create_api(request: ApiRequest) -> Response:
    """Add one route, or a whole API from a Swagger document."""
    body = await request.json_object(request.runtime.settings.limits.payload_bytes)
    given = body.get("apidoc")
    if not isinstance(given, dict):
        raise malformed("'apidoc' must be an object")
    if given.get("swagger") is not None:
        document = _whole(given["swagger"], request.runtime.settings.api_host)
    else:
        document = await _with_new_route(request, given)
    await request.runtime.apis.put(request.identity.namespace, document)
    return Json(_value(request, document))


async def get_api(request: ApiRequest) -> Response:
    """All APIs, or the one of `basepath` (a base path or an API's name), as the gateway serves them."""
    found = await request.runtime.apis.all(request.identity.namespace)
    wanted = _given(request, "basepath")
    chosen = [document for document in found if wanted is None or _is_named(document, wanted)]
    skip, limit = _number(request, "skip"), _number(request, "limit")
    page = chosen[skip : skip + limit if limit else None]
    return Json({"apis": [_listed(request, document) for document in page]})


async def delete_api(request: ApiRequest) -> Response:
    """Delete an API, all methods of one path (`relpath`), or one of them (`operation`)."""
    wanted, path, method = (_given(request, name) for name in ("basepath", "relpath", "operation"))
    try:
        document = await _named(request, wanted)
        await _remove(request, document, path, documents.parse_method(method) if method else None)
    except NothingToDeleteError as error:
        # As an action fails: the original is one, and `wsk` tells its error in other words than a server's.
        return Json({"error": f"API deletion failure: {error}"}, 502)
    return Json({})


class NothingToDeleteError(Exception):
    """In the words of OpenWhisk's action `deleteApi`."""


async def _named(request: ApiRequest, name: str | None) -> Document:
    for document in await request.runtime.apis.all(request.identity.namespace):
        if name is not None and _is_named(document, name):
            return document
    raise NothingToDeleteError(f"API '{name}' does not exist.")


def _given(request: ApiRequest, name: str) -> str | None:
    """A query parameter; `aio` writes `undefined` for what its user did not give."""
    value = request.http.query_params.get(name)
    return None if value in ("", "undefined") else value


def _number(request: ApiRequest, name: str) -> int:
    given = _given(request, name) or ""
    return int(given) if given.isdecimal() and given.isascii() else 0


async def _remove(request: ApiRequest, document: Document, path: str | None, method: str | None) -> None:
    rest = documents.without_routes(document, documents.parse_path(path) if path else None, method)
    if path and rest["paths"] == document["paths"]:
        operation = f" with operation '{method}'" if method else ""
        raise NothingToDeleteError(f"path '{path}'{operation} does not exist in the API")
    if rest["paths"]:
        await request.runtime.apis.put(request.identity.namespace, rest)
    else:
        await request.runtime.apis.delete(request.identity.namespace, document["basePath"])


async def _with_new_route(request: ApiRequest, given: dict[str, Any]) -> Document:
    base_path = given.get("gatewayBasePath")
    path = documents.parse_path(given.get("gatewayPath"))
    method = documents.parse_method(given.get("gatewayMethod"))
    target = await _existing_target(request, given.get("action"))
    found = await request.runtime.apis.all(request.identity.namespace)
    old = next((document for document in found if _is_named(document, str(base_path))), None)
    document = old or documents.new_document(documents.parse_path(base_path), _title(given.get("apiName")))
    route = Route(path, method, given.get("pathParameters"))
    return documents.with_route(document, route, target, request.runtime.settings.api_host)


async def _existing_target(request: ApiRequest, action: Any) -> Target:
    """The action of a new route must exist (ApiError 404) and be exported to the web (400).

    Apache's own `createApi` leaves both to `wsk`, which asks for the action first (openwhisk-cli api.go);
    `aio` does not, and would make a route that answers 404.
    """
    if not isinstance(action, dict) or not isinstance(action.get("name"), str):
        raise malformed("'action' must be an object with a name")
    namespace = request.identity.namespace
    name = parse_qualified(f"/{action.get('namespace') or '_'}/{action['name']}", namespace)
    used = await request.runtime.catalog.action(request.identity, name)
    if parameters.get(used.action.document["annotations"], "web-export") is not True:
        raise ApiError(400, NOT_EXPORTED.format(name=name.path))
    extension = documents.parse_extension(request.http.query_params.get("responsetype"))
    return Target(name, extension, action.get("secureKey"))


def _title(name: Any) -> str | None:
    if name is not None and not isinstance(name, str):
        raise malformed("'apiName' must be a string")
    return name


def _whole(swagger: Any, api_host: str) -> Document:
    try:
        return documents.check_document(loads(swagger) if isinstance(swagger, str) else swagger, api_host)
    except (ValueError, RecursionError):
        raise ApiError(400, "The Swagger document is not valid JSON.") from None


def _is_named(document: Document, name: str) -> bool:
    """By its base path, which begins with a slash, or by its title."""
    if name.startswith("/"):
        return name.rstrip("/") == str(document["basePath"]).rstrip("/")
    return bool(name == document["info"].get("title"))


def _listed(request: ApiRequest, document: Document) -> dict[str, Any]:
    key = f"API:{request.identity.namespace}:{document['basePath']}"
    return {"id": key, "key": key, "value": _value(request, document)}


def _value(request: ApiRequest, document: Document) -> dict[str, Any]:
    namespace = request.identity.namespace
    base_path = document["basePath"].rstrip("/")
    return {
        "namespace": namespace,
        "gwApiActivated": True,
        "gwApiUrl": f"{request.runtime.settings.api_host}/gateway/{namespace}{base_path}",
        "tenantId": namespace,
        "apidoc": document,
    }
