"""Names of entities: which characters they may have, how a path names a thing in a namespace and package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from standalone.errors import ApiError, malformed

MAXIMUM_NAME_LENGTH = 256
# OpenWhisk docs/reference.md, "Entity names"; `&` is allowed by core EntityPath.scala too.
NAME = re.compile(r"\A(\w|\w[\w@ .&-]{0,254}[\w@.&-])\Z", re.ASCII)


MALFORMED_NAME = "fully qualified name malformed"
NOT_QUALIFIED = (
    "The fully qualified name of the entity must contain at least the namespace and the name of the entity."
)


@dataclass(frozen=True)
class EntityName:
    """A full name. `package` is empty for the default package and for triggers, rules and packages."""

    namespace: str
    package: str
    name: str

    @property
    def parent(self) -> str:
        """The `namespace` field of an entity's JSON: `guest` or `guest/pkg`."""
        return f"{self.namespace}/{self.package}" if self.package else self.namespace

    @property
    def path(self) -> str:
        """`guest/name` or `guest/pkg/name`."""
        return f"{self.parent}/{self.name}"

    @property
    def local(self) -> str:
        """The name inside its namespace: `name` or `pkg/name`."""
        return f"{self.package}/{self.name}" if self.package else self.name


def check_name(name: str) -> str:
    """Return `name`, or refuse it with OpenWhisk's wording (its own spelling of "segement" included)."""
    if len(name) > MAXIMUM_NAME_LENGTH:
        raise ApiError(400, f"Name segement longer than allowed: {len(name)} > {MAXIMUM_NAME_LENGTH}.")
    if not NAME.match(name):
        raise ApiError(400, "The name of the entity contains illegal characters.")
    return name


def is_path(value: Any) -> bool:
    """Whether it is text made of names, with slashes between them."""
    parts = [part for part in value.split("/") if part] if isinstance(value, str) else []
    return bool(parts) and all(NAME.match(part) for part in parts)


def parse_qualified(text: str, namespace: str) -> EntityName:
    """From `/ns/name` or `/ns/package/name`, `_` standing for `namespace`; ApiError 400 for anything else."""
    parts = text.removeprefix("/").split("/")
    if len(parts) not in (2, 3):
        raise malformed(NOT_QUALIFIED if len(parts) < 2 else MALFORMED_NAME)
    owner = namespace if parts[0] == "_" else check_name(parts[0])
    *package, name = [check_name(part) for part in parts[1:]]
    return EntityName(owner, package[0] if package else "", name)
