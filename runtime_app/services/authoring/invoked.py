"""Which action another one starts, as its code says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runtime_app.models.actions import PATH_CHARACTERS, STARTS_ANNOTATION

# Bundles that mention the word somewhere are not read through for it.
MOST_CODE_CHARACTERS = 50_000
# The `openwhisk` module's `actions.invoke({name: "…"})`, whatever stands before the name.
_INVOKED = re.compile(
    r"""\.invoke\(\s*\{(?:[^{}]|\{[^{}]*\})*?\b(?:name|actionName)["']?\s*:\s*(["'`])([^"'`$\\\n]+)\1"""
)


def started_path(namespace_name: str, annotations: Mapping[str, Any], code: str | None) -> str:
    """The path of the action that this code starts by name, without its own namespace; empty: none is known.

    `code` is None for archives and where it cannot be read; then what this panel noted on creation counts.
    """
    found = _INVOKED.search(code) if code and len(code) <= MOST_CODE_CHARACTERS else None
    noted = annotations.get(STARTS_ANNOTATION)
    path = found[2].strip() if found else noted if isinstance(noted, str) else ""
    own = path.removeprefix(f"/{namespace_name}/").removeprefix("/_/")
    return own if len(own) <= PATH_CHARACTERS else ""
