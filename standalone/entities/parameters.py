"""Lists of `{"key", "value"}`: parameters and annotations (core Parameters.scala)."""

from __future__ import annotations

import hashlib
from typing import Any

from standalone.errors import malformed, too_large
from standalone.json_text import dumps

KeyValues = list[dict[str, Any]]
# Annotations are read by the same code, and get the same words (core Parameters.scala).
MALFORMED = "parameters malformed!"
# What a deployment that encrypts parameters says of each of them (core ParameterEncryption.scala).
ENCRYPTION = "aes-256"


def parse(value: Any, field: str, limit_bytes: int) -> KeyValues:
    """Check the list `field` of a PUT body; a key given twice keeps its last value."""
    if not isinstance(value, list):
        raise malformed(MALFORMED)
    parsed = {item["key"]: item for item in map(_parse_item, value)}
    found = list(parsed.values())
    size = len(dumps(found))
    if size > limit_bytes and value:
        raise too_large(field, size, limit_bytes)
    return found


def _parse_item(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict) or not isinstance(item.get("key"), str) or not item["key"]:
        raise malformed(MALFORMED)
    init, encryption = item.get("init", False), item.get("encryption")
    if "value" not in item or not isinstance(init, bool) or not isinstance(encryption, str | None):
        raise malformed(MALFORMED)
    told = {**({"init": True} if init else {}), **({"encryption": encryption} if encryption else {})}
    return {"key": item["key"], "value": item["value"], **told}


def get(items: KeyValues, key: str, default: Any = None) -> Any:
    return next((item["value"] for item in items if item["key"] == key), default)


def merge(old: KeyValues, new: KeyValues) -> KeyValues:
    """Same keys take the new value, the others stay."""
    replaced = {item["key"] for item in new}
    return [item for item in old if item["key"] not in replaced] + new


def without(items: KeyValues, keys: set[str]) -> KeyValues:
    return [item for item in items if item["key"] not in keys]


def hashed(items: KeyValues) -> KeyValues:
    """For reading only: each value replaced by a hash of it, and marked as stored encrypted."""
    return [{**item, "value": _digest(item["value"]), "encryption": ENCRYPTION} for item in items]


def revealed(items: KeyValues, old: KeyValues) -> KeyValues:
    """What a client has read as hashes and writes back means the values that it could not read."""
    known = {item["key"]: item for item in old}
    return [_revealed(item, known.get(item["key"])) if "encryption" in item else item for item in items]


def _revealed(item: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    return old if old is not None and item["value"] == _digest(old["value"]) else item


def _digest(value: Any) -> str:
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def run_values(items: KeyValues) -> dict[str, Any]:
    """The parameters that become arguments of a run."""
    return {item["key"]: item["value"] for item in items if not item.get("init")}


def init_values(items: KeyValues) -> dict[str, Any]:
    """The parameters that go to the environment at initialisation only."""
    return {item["key"]: item["value"] for item in items if item.get("init")}
