"""`/gateway/NS/BASE/PATH`: requests to the APIs of a namespace, answered by the web actions behind them."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.responses import Response

from standalone.errors import ROUTE_MISSING, ApiError
from standalone.gateway.documents import Target, find_route
from standalone.handlers.web import WebCall, exported_action, serve
from standalone.http.request import ApiRequest
from standalone.web.address import WebAddress


async def gateway(request: ApiRequest) -> Response:
    target, values = await _route(request)
    owner, used = await exported_action(request, target.action)
    path = request.params["rest"] if target.takes_path else ""
    address = WebAddress(target.action, target.extension, path)
    return await serve(request, WebCall(owner, used, address, values, target.secret))


async def _route(request: ApiRequest) -> tuple[Target, dict[str, str]]:
    path = unquote(request.params["rest"]).rstrip("/")
    for document in await request.runtime.apis.all(request.params["namespace"]):
        base_path = document["basePath"].rstrip("/")
        if path == base_path or path.startswith(f"{base_path}/"):
            found = find_route(document, path.removeprefix(base_path), request.http.method.lower())
            if found is not None:
                return found
    raise ApiError(404, ROUTE_MISSING)
