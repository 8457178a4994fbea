"""The npm packages that pages load as ES modules, defined once.

`settings.py` serves their folders under `static/npm/`, and the template tag that writes the import map reads
the same list. There is no bundler: CodeMirror's packages ship ES modules that name each other by specifier.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class NpmModule(NamedTuple):
    """A module specifier, which is also its folder in `node_modules`, and the entry file in that folder."""

    specifier: str
    entry: str = "dist/index.js"

    @property
    def static_path(self) -> str:
        """The path for `{% static %}`."""
        return f"npm/{self.specifier}/{self.entry}"


NPM_MODULES = (
    NpmModule("@codemirror/autocomplete"),
    NpmModule("@codemirror/commands"),
    NpmModule("@codemirror/lang-javascript"),
    NpmModule("@codemirror/lang-json"),
    NpmModule("@codemirror/lang-python"),
    NpmModule("@codemirror/language"),
    NpmModule("@codemirror/lint"),
    NpmModule("@codemirror/search"),
    NpmModule("@codemirror/state"),
    NpmModule("@codemirror/streamparser"),
    NpmModule("@codemirror/view"),
    NpmModule("@lezer/common"),
    NpmModule("@lezer/highlight"),
    NpmModule("@lezer/javascript"),
    NpmModule("@lezer/json"),
    NpmModule("@lezer/lr"),
    NpmModule("@lezer/python"),
    NpmModule("@marijn/find-cluster-break", "src/index.js"),
    NpmModule("crelt", "index.js"),
    NpmModule("style-mod", "src/style-mod.js"),
    NpmModule("w3c-keyname", "index.js"),
)


def static_folders(node_modules: Path) -> list[tuple[str, Path]]:
    """Entries for STATICFILES_DIRS; only folders that exist, so a missing `node_modules` gives no warnings.

    Each is the folder that holds the module's entry file: tests and other sources are not served.
    """
    folders = []
    for module in NPM_MODULES:
        inner = Path(module.specifier, module.entry).parent
        if (node_modules / inner).is_dir():
            folders.append((f"npm/{inner.as_posix()}", node_modules / inner))
    return folders
