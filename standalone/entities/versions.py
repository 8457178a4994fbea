"""Versions of entities: `0.0.1` at first, one patch more with every update (core SemVer.scala)."""

from __future__ import annotations

import re
from typing import Any

from standalone.errors import malformed

FIRST_VERSION = "0.0.1"
VERSION = re.compile(r"\A\d{1,9}(\.\d{1,9}){0,2}\Z", re.ASCII)


def next_version(old: str | None, given: Any) -> str:
    """`given` is the body's `version`, None when it has none; `old` is None for a new entity."""
    if given is not None:
        return _parse(given)
    if old is None:
        return FIRST_VERSION
    major, minor, patch = old.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def _parse(given: Any) -> str:
    if not isinstance(given, str) or not VERSION.match(given):
        raise malformed("semantic version malformed")
    parts = [str(int(part)) for part in given.split(".")]
    version = ".".join(parts + ["0"] * (3 - len(parts)))
    if version == "0.0.0":
        raise malformed("semantic version malformed")
    return version
