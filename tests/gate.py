"""Jobs that run until a test lets them end, so that no test can be too slow to see one running."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LOOK_MS = 20


class Gate:
    """The jobs of one gate end once it is open; `folder` must be the test's own."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "gate-is-open"

    def job(self, result: Any) -> str:
        """The code of a Node.js action that returns `result` (JSON) when the gate opens."""
        return f"""const main = () => new Promise(resolve => {{
  const look = () => require('fs').existsSync({json.dumps(str(self._file))})
    ? resolve({json.dumps(result)}) : setTimeout(look, {LOOK_MS})
  look()
}})
exports.main = main
"""

    def open(self) -> None:
        self._file.touch()
