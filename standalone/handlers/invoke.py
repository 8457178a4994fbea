"""`POST /namespaces/NS/actions/NAME`: start a run and, if asked to, wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from standalone.errors import malformed_query
from standalone.execution.activator import Started
from standalone.execution.invocation import Keep
from standalone.execution.invoker import Finished
from standalone.execution.outcome import INTERNAL_ERROR, SUCCESS
from standalone.handlers.paths import path_name
from standalone.http.answers import Json
from standalone.http.request import ApiRequest

ACTIVATION_HEADER = "x-openwhisk-activation-id"
EXTRA_LOGGING_HEADER = "x-ow-extra-logging"
STATUSES = {SUCCESS: 200, INTERNAL_ERROR: 500}
FAILED = 502


async def invoke_action(request: ApiRequest) -> Response:
    name = path_name(request)
    blocking = request.flag("blocking")
    result_only = request.flag("result")
    wait_ms = _wait_ms(request)
    payload = await request.json_object(request.runtime.settings.limits.payload_bytes)
    keep = Keep(success=not blocking or keeps_successful_waits(request, request.identity.namespace))
    started = await request.runtime.activator.activate(
        request.caller, name, payload, durable=not blocking, keep=keep
    )
    if blocking:
        done, _ = await asyncio.wait([started.finished], timeout=wait_ms / 1000)
        if done:
            return _finished_answer(started, started.finished.result(), result_only)
        keep.success = True  # nobody has seen its result: the record is the only place for it
        await started.note()
    return activation_answer(202, {"activationId": started.activation_id}, started.activation_id)


def keeps_successful_waits(request: ApiRequest, namespace: str) -> bool:
    """Whether a run that succeeds while somebody waits leaves a record.

    ApiError 429 when the request asks for one (extra logging) too often.
    """
    if request.http.headers.get(EXTRA_LOGGING_HEADER, "").lower() == "on":
        request.runtime.throttles.extra_logging.count(namespace)
        return True
    return request.runtime.settings.profile.keep_successful_waits


def activation_answer(status: int, content: Any, activation_id: str) -> Response:
    return Json(content, status, {ACTIVATION_HEADER: activation_id})


def _wait_ms(request: ApiRequest) -> int:
    """The parameter `timeout`: how long a blocking caller waits, not how long the action may run."""
    maximum = request.runtime.settings.limits.blocking_wait_ms
    text = request.http.query_params.get("timeout")
    if text is None:
        return maximum
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 0 < int(text) <= maximum):
        raise malformed_query("timeout", f"Timeout must be number of milliseconds up to {maximum}.")
    return int(text)


def _finished_answer(started: Started, finished: Finished, result_only: bool) -> Response:
    ended = finished.outcome
    whole = not result_only and not isinstance(ended.result, list)
    content = finished.record if whole else ended.result
    return activation_answer(STATUSES.get(ended.status_code, FAILED), content, started.activation_id)
