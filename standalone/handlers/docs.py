"""A description of the API, made from the route table so that it cannot say what the server does not do."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from standalone.http.answers import Json
from standalone.http.request import ApiRequest

if TYPE_CHECKING:
    from standalone.http.routing import Route

BASE = "/api/v1"
PARAMETER = re.compile(r"{(\w+)\*?}")


async def api_docs(request: ApiRequest) -> Response:
    return Json(_swagger(_documented()))


async def docs_page(request: ApiRequest) -> Response:
    rows = "".join(
        f"<tr><td>{route.method}<td><code>{html.escape(route.pattern)}</code><td>{html.escape(_summary(route))}"
        for route in _documented()
    )
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8><title>OpenWhisk API</title>"
        f"<h1>OpenWhisk API</h1><table><tr><th>Method<th>Path<th>What it does{rows}</table>"
    )


def _documented() -> list[Route]:
    from standalone.routes import ROUTES  # the table names this module

    return [route for route in ROUTES if route.pattern.startswith(f"{BASE}/")]


def _swagger(routes: list[Route]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in routes:
        path = PARAMETER.sub(r"{\1}", route.pattern.removeprefix(BASE))
        paths.setdefault(path, {})[route.method.lower()] = {
            "summary": _summary(route),
            "parameters": [
                {"name": name, "in": "path", "required": True, "type": "string"}
                for name in PARAMETER.findall(route.pattern)
            ],
            "responses": {"default": {"description": "See OpenWhisk's docs/rest_api.md."}},
        }
    return {
        "swagger": "2.0",
        "info": {"title": "OpenWhisk REST API", "version": "1.0.0"},
        "basePath": BASE,
        "securityDefinitions": {"basicAuth": {"type": "basic"}},
        "paths": paths,
    }


def _summary(route: Route) -> str:
    name: str = getattr(route.handler, "__name__", "")
    return name.replace("_", " ")
