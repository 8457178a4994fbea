"""`POST /namespaces/NS/actions/NAME`: start a run and, if asked to, wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from standalone.entities import parameters
from standalone.entities.actions import COLLECTION, immutable_keys
from standalone.errors import CONCURRENT_CHANGE, PARAMETERS_NOT_ALLOWED, ApiError, malformed_query
from standalone.execution.invocation import Executable, Invocation
from standalone.execution.invoker import Finished
from standalone.execution.outcome import INTERNAL_ERROR, SUCCESS
from standalone.handlers.paths import entity_name, find_or_404
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.names import EntityName
from standalone.store.entities import Entity

ACTIVATION_HEADER = "x-openwhisk-activation-id"
LOOKUPS_MAXIMUM = 5


async def invoke_action(request: ApiRequest) -> Response:
    name = entity_name(request)
    blocking = request.flag("blocking")
    result_only = request.flag("result")
    wait_ms = _wait_ms(request)
    throttles = request.runtime.throttles
    throttles.invocations.count(request.namespace)
    throttles.concurrent.begin(request.namespace)
    try:
        invocation = await _invocation(request, name)
        finished = await request.runtime.invoker.accept(invocation, durable=not blocking)
    except BaseException:
        throttles.concurrent.end(request.namespace)
        raise
    finished.add_done_callback(lambda _: throttles.concurrent.end(invocation.namespace))
    if blocking:
        done, _ = await asyncio.wait([finished], timeout=wait_ms / 1000)
        if done:
            return _finished_answer(invocation, finished.result(), result_only)
    return _answer(202, {"activationId": invocation.activation_id}, invocation)


async def _invocation(request: ApiRequest, name: EntityName) -> Invocation:
    payload = await request.json_object(request.runtime.settings.limits.payload_bytes)
    action, executable = await _executable(request, name)
    if immutable_keys(action.document) & payload.keys():
        raise ApiError(400, PARAMETERS_NOT_ALLOWED)
    return Invocation(
        executable=executable,
        arguments={**parameters.run_values(action.document["parameters"]), **payload},
        namespace=request.identity.namespace,
        subject=request.identity.subject,
        api_key=request.identity.auth,
        transaction_id=request.transaction_id,
    )


async def _executable(request: ApiRequest, name: EntityName) -> tuple[Entity, Executable]:
    """The action as it is now, with its code; looks again when a PUT came between the two."""
    for _ in range(LOOKUPS_MAXIMUM):
        action = await find_or_404(request, name, COLLECTION)
        executable = await request.runtime.executables.prepare(action)
        if executable is not None:
            return action, executable
    raise ApiError(409, CONCURRENT_CHANGE)


def _wait_ms(request: ApiRequest) -> int:
    """The parameter `timeout`: how long a blocking caller waits, not how long the action may run."""
    maximum = request.runtime.settings.limits.blocking_wait_ms
    text = request.http.query_params.get("timeout")
    if text is None:
        return maximum
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 0 < int(text) <= maximum):
        raise malformed_query("timeout", f"Timeout must be number of milliseconds up to {maximum}.")
    return int(text)


def _finished_answer(invocation: Invocation, finished: Finished, result_only: bool) -> Response:
    outcome = finished.outcome
    status = {SUCCESS: 200, INTERNAL_ERROR: 500}.get(outcome.status_code, 502)
    whole = not result_only and not isinstance(outcome.result, list)
    return _answer(status, finished.record if whole else outcome.result, invocation)


def _answer(status: int, content: Any, invocation: Invocation) -> Response:
    return Json(content, status, {ACTIVATION_HEADER: invocation.activation_id})
