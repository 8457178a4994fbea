"""JSON answers."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from standalone.json_text import dumps


class Json(JSONResponse):
    def render(self, content: Any) -> bytes:
        return dumps(content).encode()
