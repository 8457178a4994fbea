"""`/runtime/namespaces/NS/logForwarding`: Adobe's extension, by which `aio` asks where logs go."""

from __future__ import annotations

from starlette.responses import Response

from standalone.errors import ApiError, malformed
from standalone.handlers.info import require_own_namespace
from standalone.http.answers import Json
from standalone.http.request import ApiRequest

HERE = "adobe_io_runtime"
ELSEWHERE = ("azure_log_analytics", "new_relic", "splunk_hec")
BODY_BYTES = 64 * 1024
FORWARDS_NOTHING = "This server keeps logs with their activations and forwards none: '{}' cannot be set."


async def get_target(request: ApiRequest) -> Response:
    """Before `aio rt activation logs` reads any, it asks whether they are here."""
    require_own_namespace(request, "logForwarding")
    return Json({HERE: {}})


async def put_target(request: ApiRequest) -> Response:
    """Here they stay; ApiError 400 for any other place."""
    require_own_namespace(request, "logForwarding")
    targets = list(await request.json_object(BODY_BYTES))
    if targets == [HERE]:
        return Json({HERE: {}})
    if len(targets) == 1 and targets[0] in ELSEWHERE:
        raise ApiError(400, FORWARDS_NOTHING.format(targets[0]))
    raise malformed(f"It must name one of {', '.join((HERE, *ELSEWHERE))}.")


async def get_errors(request: ApiRequest) -> Response:
    """What is forwarded nowhere fails nowhere."""
    require_own_namespace(request, "logForwarding")
    return Json({"configured_forwarder": HERE, "errors": []})
