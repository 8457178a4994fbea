"""`/namespaces/NS/activations`: read only, and only by the owner."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.responses import Response

from standalone.errors import ApiError, not_found
from standalone.handlers.info import require_own_namespace
from standalone.http.answers import Json
from standalone.http.listing import activation_name, counted, milliseconds, no_docs_with_count, page_of
from standalone.http.request import ApiRequest
from standalone.store.activations import ActivationFilter

ID_LENGTH = 32
ACTIVATION_ID = re.compile(r"\A[0-9a-f]{32}\Z")


async def list_activations(request: ApiRequest) -> Response:
    require_own_namespace(request, "activations")
    docs = no_docs_with_count(request)
    page = page_of(request, "activations")
    chosen = ActivationFilter(
        namespace=request.namespace,
        entity=activation_name(request),
        since=milliseconds(request, "since"),
        upto=milliseconds(request, "upto"),
    )
    store = request.runtime.activations
    if page.count:
        return Json(counted("activations", await store.count(chosen), page))
    texts = await store.list(chosen, page.skip, page.limit, full=docs)
    return Response(f"[{','.join(texts)}]", media_type="application/json")


async def get_activation(request: ApiRequest) -> Response:
    return Response(await _record(request), media_type="application/json")


async def get_result(request: ApiRequest) -> Response:
    response: dict[str, Any] = json.loads(await _record(request))["response"]
    return Json(response)


async def get_logs(request: ApiRequest) -> Response:
    return Json({"logs": json.loads(await _record(request))["logs"]})


async def _record(request: ApiRequest) -> str:
    """The stored record; 404 until the activation has ended, as for one that never was."""
    activation_id = request.params["id"]
    require_own_namespace(request, activation_id)
    if len(activation_id) != ID_LENGTH:
        raise ApiError(400, f"Activation id length is {len(activation_id)} but must be {ID_LENGTH}.")
    if not ACTIVATION_ID.match(activation_id):
        raise ApiError(400, "The activation id is not valid.")
    record = await request.runtime.activations.get(request.namespace, activation_id)
    if record is None:
        raise not_found()
    return record
