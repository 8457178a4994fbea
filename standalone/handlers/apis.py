"""Managing the gateway: `/api/v1/web/whisk.system/apimgmt/{createApi,getApi,deleteApi}[.http]`."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from standalone.entities import parameters
from standalone.errors import ApiError, malformed, not_found
from standalone.gateway import documents
from standalone.gateway.documents import Document, Target
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.names import parse_qualified

NOT_EXPORTED = "Action '/{name}' is not a web action: update it with '--web true' before an API may call it."


async def create_api(request: ApiRequest) -> Response:
    """Add one route, or a whole API from a Swagger document."""
    body = await request.json_object(request.runtime.settings.limits.payload_bytes)
    given = body.get("apidoc")
    if not isinstance(given, dict):
        raise malformed("'apidoc' must be an object")
    if given.get("swagger") is not None:
        document = _whole(given["swagger"])
    else:
        document = await _with_new_route(request, given)
    await request.runtime.apis.put(request.identity.namespace, document)
    return Json(_value(request, document))


async def get_api(request: ApiRequest) -> Response:
    """All APIs, or the one of `basepath` (a base path or an API's name), as the gateway serves them."""
    found = await request.runtime.apis.all(request.identity.namespace)
    wanted = _given(request, "basepath")
    chosen = [document for document in found if wanted is None or _is_named(document, wanted)]
    return Json({"apis": [_listed(request, document) for document in chosen]})


async def delete_api(request: ApiRequest) -> Response:
    """Delete an API, all methods of one path (`relpath`), or one of them (`operation`)."""
    wanted, path, method = (_given(request, name) for name in ("basepath", "relpath", "operation"))
    for document in await request.runtime.apis.all(request.identity.namespace):
        if wanted is not None and _is_named(document, wanted):
            parsed_path = documents.parse_path(path) if path else None
            await _remove(request, document, parsed_path, documents.parse_method(method) if method else None)
            return Json({})
    raise not_found()


def _given(request: ApiRequest, name: str) -> str | None:
    """A query parameter; `aio` writes `undefined` for what its user did not give."""
    value = request.http.query_params.get(name)
    return None if value in ("", "undefined") else value


async def _remove(request: ApiRequest, document: Document, path: str | None, method: str | None) -> None:
    rest = documents.without_routes(document, path, method)
    if rest == document:
        raise not_found()
    if rest["paths"]:
        await request.runtime.apis.put(request.identity.namespace, rest)
    else:
        await request.runtime.apis.delete(request.identity.namespace, document["basePath"])


async def _with_new_route(request: ApiRequest, given: dict[str, Any]) -> Document:
    base_path = documents.parse_path(given.get("gatewayBasePath"))
    path = documents.parse_path(given.get("gatewayPath"))
    method = documents.parse_method(given.get("gatewayMethod"))
    target = await _existing_target(request, given.get("action"))
    found = await request.runtime.apis.all(request.identity.namespace)
    old = next((document for document in found if document["basePath"] == base_path), None)
    document = old or documents.new_document(base_path, given.get("apiName"))
    return documents.with_route(document, path, method, target)


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
    secret = action.get("secureKey")
    extension = documents.parse_extension(request.http.query_params.get("responsetype"))
    return Target(name, extension, str(secret) if secret else None)


def _whole(swagger: Any) -> Document:
    try:
        return documents.check_document(json.loads(swagger) if isinstance(swagger, str) else swagger)
    except (ValueError, RecursionError):
        raise ApiError(400, "The Swagger document is not valid JSON.") from None


def _is_named(document: Document, name: str) -> bool:
    return name.rstrip("/") in (document["basePath"].rstrip("/"), document["info"].get("title"))


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
