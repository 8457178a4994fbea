"""Names of OpenWhisk entities: validity, and the paths `name`, `pkg/name` and `/ns/pkg/name`.

Source of the rules: core EntityName (`EntityPath.scala`) and docs/rest_api.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

OWN_NAMESPACE = "_"
NAME_MAX_LENGTH = 256
NAME_PATTERN = r"\A([\w]|[\w][\w@ .&-]{0,254}[\w@.&-])\Z"
RESERVED_PACKAGE = "default"
_NAME = re.compile(NAME_PATTERN, re.ASCII)
_ACTIVATION_ID = re.compile(r"\A[0-9a-f]{32}\Z")


class InvalidName(ValueError):
    """A name or path that OpenWhisk would refuse. The text is one sentence for a form field."""


def is_valid_name(name: str) -> bool:
    return _NAME.match(name) is not None


def check_name(name: str) -> str:
    """Return `name` unchanged; raise InvalidName with the reason otherwise."""
    if not name:
        raise InvalidName("A name is needed.")
    if len(name) > NAME_MAX_LENGTH:
        raise InvalidName(f"The name is {len(name)} characters long; {NAME_MAX_LENGTH} is the most.")
    if not is_valid_name(name):
        raise InvalidName(
            f"The name “{name}” cannot be used: it may hold letters, digits, spaces and _ @ . & -, "
            "begin with a letter, digit or _, and not end with a space."
        )
    return name


def is_activation_id(text: str) -> bool:
    """Activation ids are 32 lowercase hexadecimal characters (core ActivationId.scala)."""
    return _ACTIVATION_ID.match(text) is not None


def quote_name(name: str) -> str:
    """One path segment of a URL; a slash or dot-dot in a hostile name cannot leave its segment."""
    return quote(name, safe="")


@dataclass(frozen=True, slots=True, order=True)
class ActionPath:
    """Where an action (or a trigger, without a package) lives. `namespace` None means the caller's own."""

    name: str
    package: str | None = None
    namespace: str | None = None

    @classmethod
    def parse(cls, text: str | ActionPath) -> ActionPath:
        """Read `name`, `pkg/name`, `/ns/name` or `/ns/pkg/name`; raise InvalidName for anything else."""
        if isinstance(text, ActionPath):
            return text
        if text.startswith("/"):
            return cls.parse_qualified(text)
        package, _, name = text.rpartition("/")
        if "/" in package:
            raise InvalidName(
                f"“{text}” has too many parts; write name, package/name or /namespace/package/name."
            )
        return cls._checked(None, package if "/" in text else None, name)

    @classmethod
    def parse_qualified(cls, text: str) -> ActionPath:
        """Read a path that begins with its namespace: `ns/name` or `ns/pkg/name`, slash in front or not."""
        parts = text.removeprefix("/").split("/")
        if len(parts) not in (2, 3):
            raise InvalidName(f"“{text}” is no path of the form /namespace/name or /namespace/package/name.")
        return cls._checked(parts[0], parts[1] if len(parts) == 3 else None, parts[-1])

    @classmethod
    def _checked(cls, namespace: str | None, package: str | None, name: str) -> ActionPath:
        for part in (namespace, package):
            if part is not None and part != OWN_NAMESPACE:
                check_name(part)
        own = namespace in (None, OWN_NAMESPACE)
        return cls(check_name(name), package, None if own else namespace)

    @property
    def relative(self) -> str:
        """`pkg/name` or `name`: the form of lists and of the activations' `name=` filter."""
        return f"{self.package}/{self.name}" if self.package else self.name

    @property
    def qualified(self) -> str:
        """`/ns/pkg/name`, with `_` for the caller's own namespace: the form of rules and sequences."""
        return f"/{self.namespace or OWN_NAMESPACE}/{self.relative}"

    @property
    def quoted(self) -> str:
        """`pkg/name` for a URL."""
        return "/".join(quote_name(part) for part in (self.package, self.name) if part)

    def __str__(self) -> str:
        return self.relative if self.namespace is None else self.qualified
