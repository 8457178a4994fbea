"""What the path of a web request names: an action, how its result is shown, and the rest of the path."""

from __future__ import annotations

from dataclasses import dataclass

from standalone.names import EntityName

DEFAULT_PACKAGE = "default"
DEFAULT_EXTENSION = "http"
EXTENSIONS = ("json", "html", "http", "text", "svg")


@dataclass(frozen=True)
class WebAddress:
    action: EntityName
    extension: str
    path: str


def parse_address(namespace: str, package: str, last: str, rest: str) -> WebAddress:
    """`last` is the action's segment, with or without extension; `rest` what follows, still encoded."""
    name, dot, extension = last.rpartition(".")
    if not (dot and name and extension in EXTENSIONS):
        name, extension = last, DEFAULT_EXTENSION
    return WebAddress(
        EntityName(namespace, "" if package == DEFAULT_PACKAGE else package, name), extension, rest
    )
