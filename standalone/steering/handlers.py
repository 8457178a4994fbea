"""`/_standalone/…`: for whoever has the key of any of the server's namespaces."""

from __future__ import annotations

from starlette.responses import Response

from standalone.errors import not_found
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.http.routing import Route
from standalone.steering.faults import Faults
from standalone.steering.reading import fault_from

MOST_BYTES = 65_536
FAULTS = "/_standalone/faults"


async def list_faults(request: ApiRequest) -> Response:
    return Json([fault.document() for fault in _faults(request)])


async def add_fault(request: ApiRequest) -> Response:
    known = _faults(request)
    fault = fault_from(await request.json_object(MOST_BYTES))
    known.add(fault)
    return Json(fault.document())


async def remove_fault(request: ApiRequest) -> Response:
    if not _faults(request).remove(request.params["id"]):
        raise not_found()
    return Json({})


async def remove_faults(request: ApiRequest) -> Response:
    _faults(request).clear()
    return Json({})


async def reset(request: ApiRequest) -> Response:
    _faults(request).clear()
    await request.runtime.reset()
    return Json({})


def _faults(request: ApiRequest) -> Faults:
    """ApiError 401 without valid credentials, and 404 on a server that is not steered."""
    _ = request.identity
    if request.runtime.faults is None:
        raise not_found()
    return request.runtime.faults


STEERING_ROUTES = [
    Route("GET", FAULTS, list_faults),
    Route("POST", FAULTS, add_fault),
    Route("DELETE", FAULTS, remove_faults),
    Route("DELETE", f"{FAULTS}/{{id}}", remove_fault),
    Route("POST", "/_standalone/reset", reset),
]
