"""The ASGI application: transaction ids, CORS, routing; what handlers raise becomes an answer here."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from standalone.clock import new_id
from standalone.errors import INTERNAL_ERROR, ApiError
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.http.routing import Router

if TYPE_CHECKING:
    from standalone.runtime import Runtime

log = logging.getLogger(__name__)
TRANSACTION_ID = re.compile(r"\A[\x21-\x7e]{1,128}\Z")
# Web actions decide about CORS themselves.
WEB_PREFIXES = (b"/api/v1/web/", b"/gateway/")
# Who calls is asked first: strangers learn neither what there is nor what is wrong with their request.
PRIVATE_PREFIXES = (b"/api/v1/namespaces", b"/runtime/")
# core http/CorsSettings.scala
CORS_HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, DELETE, POST, PUT, HEAD"),
    (
        b"access-control-allow-headers",
        b"Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent",
    ),
]


class Api:
    def __init__(self, runtime: Runtime, router: Router) -> None:
        self._runtime = runtime
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        http = Request(scope, receive)
        transaction_id = _transaction_id(http)
        try:
            response = await self._answer(http, transaction_id)
        except ClientDisconnect:
            return
        response.raw_headers.append((b"x-request-id", transaction_id.encode()))
        if not http.scope["raw_path"].startswith(WEB_PREFIXES):
            response.raw_headers.extend(CORS_HEADERS)
        await response(scope, receive, send)

    async def _answer(self, http: Request, transaction_id: str) -> Response:
        try:
            raw_path: bytes = http.scope["raw_path"]
            if http.method == "OPTIONS" and not raw_path.startswith(WEB_PREFIXES):
                return Response()
            request = ApiRequest(http, self._runtime, transaction_id)
            if raw_path.startswith(PRIVATE_PREFIXES):
                _ = request.identity
            handler, request.params = self._router.find(http.method, raw_path.decode("latin-1"))
            return await handler(request)
        except ApiError as error:
            return error_response(error, transaction_id)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("%s %s failed", http.method, http.url.path)
            return error_response(ApiError(500, INTERNAL_ERROR), transaction_id)


def error_response(error: ApiError, transaction_id: str) -> Response:
    return Json({"error": error.message, "code": transaction_id}, error.status, error.headers)


def _transaction_id(http: Request) -> str:
    given = http.headers.get("x-request-id", "")
    return given if TRANSACTION_ID.match(given) else new_id()
