"""JSON answers."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse


def dumps(value: Any) -> str:
    """Compact and ASCII only: results may hold lone surrogates, which no other form can carry."""
    return json.dumps(value, separators=(",", ":"))


class Json(JSONResponse):
    def render(self, content: Any) -> bytes:
        return dumps(content).encode()
