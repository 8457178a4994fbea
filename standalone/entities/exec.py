"""The `exec` of an action: kind, code, entry point (core Exec.scala)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from standalone.errors import ApiError, malformed, too_large
from standalone.kinds import Kinds

# As core Exec.isBinaryCode: whatever looks like base64 counts as an archive.
BASE64 = re.compile(r"\A[A-Za-z0-9+/]+={0,2}\Z")
MAIN = re.compile(r"\A[^\s;(){}'\"`]{1,256}\Z")


@dataclass(frozen=True)
class Exec:
    kind: str
    code: str
    main: str | None
    binary: bool

    def document(self) -> dict[str, Any]:
        """As stored: the code is kept beside the document."""
        main = {"main": self.main} if self.main else {}
        return {"kind": self.kind, **main, "binary": self.binary}


def parse_exec(value: Any, kinds: Kinds, code_bytes: int) -> Exec:
    """Check the `exec` of a PUT body."""
    if not isinstance(value, dict):
        raise malformed("exec malformed!")
    kind = value.get("kind")
    if not isinstance(kind, str):
        raise malformed("'kind' must be a string defined in 'exec'")
    kind = kind.strip().lower()
    resolved = kinds.resolve(kind)
    if resolved is None:
        raise malformed(_unsupported(kind, kinds))
    code = _code(value.get("code"), kind, code_bytes)
    return Exec(resolved, code, _main(value.get("main"), kind), is_binary(code))


def is_binary(code: str) -> bool:
    text = code.strip()
    return len(text) % 4 == 0 and BASE64.match(text) is not None


def _unsupported(kind: str, kinds: Kinds) -> str:
    valid = ", ".join(f"'{known}'" for known in (*kinds.all, "sequence"))
    return f"The specified runtime '{kind}' is not supported by this platform. Valid values are: {valid}."


def _code(code: Any, kind: str, limit_bytes: int) -> str:
    if not isinstance(code, str):  # Empty code fails when it runs, as in the original.
        raise malformed(
            f"'code' must be a string or attachment object defined in 'exec' for '{kind}' actions"
        )
    try:
        size = len(code.encode())
    except UnicodeEncodeError:
        raise malformed("'code' must be valid Unicode") from None
    if size > limit_bytes:
        raise too_large("exec", size, limit_bytes)
    return code


def _main(main: Any, kind: str) -> str | None:
    if main is None or main == "":
        return None
    if not isinstance(main, str):
        raise malformed(f"if defined, 'main' be a string in 'exec' for '{kind}' actions")
    if not MAIN.match(main):
        raise ApiError(400, "The name of the entity contains illegal characters.")
    return main
