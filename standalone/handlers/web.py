"""`/api/v1/web/NS/PACKAGE/ACTION[.ext][/path]`: actions as HTTP endpoints, for anybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from standalone.auth import Identity
from standalone.catalog import UsableAction
from standalone.entities import parameters
from standalone.errors import ApiError, not_found
from standalone.execution.activator import Caller, Started
from standalone.execution.invocation import Keep
from standalone.execution.invoker import Finished
from standalone.execution.outcome import APPLICATION_ERROR
from standalone.handlers.invoke import ACTIVATION_HEADER, keeps_successful_waits
from standalone.http.request import ApiRequest
from standalone.names import EntityName
from standalone.web.address import WebAddress, parse_address
from standalone.web.arguments import context, parsed_arguments, raw_arguments
from standalone.web.projection import project

NOT_AUTHENTICATED = "Authentication is possible but has failed or not yet been provided."
NOT_READY = "Response not yet ready."
FAILED = "There was an error processing your request."
AUTH_HEADER = "x-require-whisk-auth"
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
# core WebActions.scala, `defaultCorsResponse`
CORS_METHODS = "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
CORS_HEADERS = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"


@dataclass(frozen=True)
class WebCall:
    """A request to a web action of `owner`.

    Through the gateway, `values` are arguments from the path, and `secret` is what the route's creator said
    the action's `require-whisk-auth` wants to hear.
    """

    owner: Identity
    used: UsableAction
    address: WebAddress
    values: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None


async def web_action(request: ApiRequest) -> Response:
    params = request.params
    address = parse_address(params["namespace"], params["package"], params["name"], params["rest"])
    try:
        owner, used = await exported_action(request, address.action)
    except ApiError as error:
        return _with_cors(request, _error(request, error))
    return await serve(request, WebCall(owner, used, address))


async def exported_action(request: ApiRequest, name: EntityName) -> tuple[Identity, UsableAction]:
    """The action and the owner on whose account it runs; ApiError 404 unless it is exported to the web."""
    owner = request.runtime.authenticator.owner(name.namespace)
    if owner is None:
        raise not_found()
    try:
        used = await request.runtime.catalog.action(owner, name)
    except ApiError:
        raise not_found() from None
    if _annotation(used, "web-export") is not True:
        raise not_found()
    return owner, used


async def serve(request: ApiRequest, call: WebCall) -> Response:
    own_options = _annotation(call.used, "web-custom-options") is True
    if request.http.method == "OPTIONS" and not own_options:
        return _with_cors(request, Response())
    try:
        response = await _run(request, call)
    except ApiError as error:
        response = _error(request, error)
    return response if own_options else _with_cors(request, response)


async def _run(request: ApiRequest, call: WebCall) -> Response:
    user = _user(request)
    if request.http.method != "OPTIONS":  # browsers ask what is allowed without credentials
        _check_auth(request, call, user)
    content = await request.body(request.runtime.settings.limits.payload_bytes)
    if _annotation(call.used, "raw-http") is True:
        arguments = raw_arguments(request, content)
    else:
        arguments = {**parsed_arguments(request, content, call.used.immutable_keys), **call.values}
    payload = {**arguments, **context(request, call.address.path, user.namespace if user else None)}
    caller = Caller(call.owner, request.transaction_id)
    keep = Keep(success=keeps_successful_waits(request, call.owner.namespace))
    started = await request.runtime.activator.activate(
        caller, call.address.action, payload, durable=False, keep=keep
    )
    response = await _answer(request, started, call.address.extension, keep)
    response.headers[ACTIVATION_HEADER] = started.activation_id
    return response


async def _answer(request: ApiRequest, started: Started, extension: str, keep: Keep) -> Response:
    wait_seconds = request.runtime.settings.limits.blocking_wait_ms / 1000
    done, _ = await asyncio.wait([started.finished], timeout=wait_seconds)
    try:
        if not done:
            keep.success = True
            await started.note()
            raise ApiError(202, NOT_READY)
        return project(extension, _shown_value(started.finished.result()))
    except ApiError as error:
        return _error(request, error)


def _shown_value(finished: Finished) -> Any:
    """The result; of an application error, what is in its `error`."""
    ended = finished.outcome
    if ended.success:
        return ended.result
    if ended.status_code == APPLICATION_ERROR:
        return ended.result["error"]
    raise ApiError(400, FAILED)


def _user(request: ApiRequest) -> Identity | None:
    """The caller, if it gave valid credentials; web actions need none."""
    try:
        return request.identity
    except ApiError:
        return None


def _check_auth(request: ApiRequest, call: WebCall, user: Identity | None) -> None:
    """The annotation `require-whisk-auth`: true for any valid credentials, else a secret in a header."""
    required = _annotation(call.used, "require-whisk-auth")
    if required is None or required is False:
        return
    if required is True:
        allowed = user is not None
    else:
        allowed = (call.secret or request.http.headers.get(AUTH_HEADER)) == str(required)
    if not allowed:
        raise ApiError(401, NOT_AUTHENTICATED)


def _annotation(used: UsableAction, key: str) -> Any:
    return parameters.get(used.action.document["annotations"], key)


def _error(request: ApiRequest, error: ApiError) -> Response:
    content = json.dumps({"error": error.message, "code": request.transaction_id}, indent=2)
    return Response(content, error.status, error.headers, media_type="application/json")


def _with_cors(request: ApiRequest, response: Response) -> Response:
    asked = request.http.headers.get("access-control-request-headers")
    response.headers.setdefault("Access-Control-Allow-Origin", "*")
    response.headers.setdefault("Access-Control-Allow-Methods", CORS_METHODS)
    response.headers.setdefault("Access-Control-Allow-Headers", asked or CORS_HEADERS)
    return response
