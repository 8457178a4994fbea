"""A description of the API, made from the route table so that it cannot say what the server does not do."""

from __future__ import annotations

import html
import re
from typing import Any

from starlette.responses import HTMLResponse, Response

from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.http.routing import Route

BASE = "/api/v1"
PARAMETER = re.compile(r"{(\w+)\*?}")


def routes_about(described: list[Route]) -> list[Route]:
    """The routes that describe the others."""
    documented = [route for route in described if route.pattern.startswith(f"{BASE}/")]

    async def api_docs(request: ApiRequest) -> Response:
        return Json(_swagger(documented))

    async def docs_page(request: ApiRequest) -> Response:
        return HTMLResponse(_page(documented))

    return [Route("GET", f"{BASE}/api-docs", api_docs), Route("GET", f"{BASE}/docs", docs_page)]


def _page(routes: list[Route]) -> str:
    rows = "".join(
        f"<tr><td>{route.method}<td><code>{html.escape(route.pattern)}</code><td>{html.escape(_summary(route))}"
        for route in routes
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>OpenWhisk API</title>"
        f"<h1>OpenWhisk API</h1><table><tr><th>Method<th>Path<th>What it does{rows}</table>"
    )


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
