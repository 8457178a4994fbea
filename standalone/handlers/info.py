"""What a server says about itself."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from starlette.responses import PlainTextResponse, Response

from standalone.errors import ApiError, forbidden
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.limits import namespace_limits, system_limits

BUILD_NUMBER = "standalone"
PACKAGE = Path(__file__).parent.parent
NO_SINGLE_LIMITS = "Inner entity level routes for limits are not yet implemented."


async def system(request: ApiRequest) -> Response:
    return Json(
        {
            "description": "OpenWhisk",
            "support": {
                "github": "https://github.com/apache/openwhisk/issues",
                "slack": "http://slack.openwhisk.org",
            },
            "api_paths": ["/api/v1"],
            "limits": system_limits(request.runtime.settings.limits),
            "runtimes": request.runtime.kinds.describe(),
        }
    )


async def api(request: ApiRequest) -> Response:
    return Json(
        {
            "description": "OpenWhisk API",
            "api_version": "1.0.0",
            "api_version_path": "v1",
            "build": build_date(),
            "buildno": BUILD_NUMBER,
            "swagger_paths": {"ui": "/docs", "api-docs": "/api-docs"},
        }
    )


@cache
def build_date() -> str:
    """When this server's code was last changed: OpenWhisk tells the date of its commit here."""
    changed = max(source.stat().st_mtime for source in PACKAGE.rglob("*.py"))
    return f"{datetime.fromtimestamp(changed, UTC):%Y-%m-%dT%H:%M:%SZ}"


async def ping(request: ApiRequest) -> Response:
    return PlainTextResponse("pong")


async def namespaces(request: ApiRequest) -> Response:
    return Json([request.identity.namespace])


async def limits(request: ApiRequest) -> Response:
    require_own_namespace(request, "limits")
    return Json(namespace_limits(request.runtime.settings.limits))


async def one_limit(request: ApiRequest) -> Response:
    require_own_namespace(request, "limits")
    raise ApiError(400, NO_SINGLE_LIMITS)


def require_own_namespace(request: ApiRequest, resource: str) -> None:
    """ApiError 403 for a namespace that is not the caller's."""
    if request.namespace != request.identity.namespace:
        raise forbidden(f"{request.namespace}/{resource}")
