"""docs/architecture.md says what is: the services in its table exist, under the names it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

BASE = settings.BASE_DIR
SERVICES = BASE / "runtime_app" / "services"
PAGE = BASE / "docs" / "architecture.md"
PACKAGES = sorted(path.name for path in SERVICES.iterdir() if path.is_dir())
FILE = re.compile(rf"`((?:{'|'.join(PACKAGES)})/[a-z_]+\.py)`")
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"([A-Za-z_][A-Za-z_0-9.]*)")


def rows() -> Iterator[tuple[list[Path], str]]:
    """Of the table of services: the files of each row, and what it says of them."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        files = [SERVICES / name for name in FILE.findall(cells[0])]
        if line.startswith("|") and files:
            yield files, " | ".join(cells[1:])


def defined_in(path: Path) -> set[str]:
    """Classes, functions, methods, parameters and constants of a module, and what it imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def called_in(text: str) -> Iterator[str]:
    """Names that a description writes with brackets, or by themselves, as code."""
    for code in CODE.findall(text):
        found = NAME.match(code)
        if found and "/" not in code and not code.endswith(".py"):
            yield found.group(1).rpartition(".")[2]


def test_the_services_that_the_page_names_exist() -> None:
    missing = [path.name for files, _ in rows() for path in files if not path.is_file()]
    assert missing == []


def test_services_have_what_the_page_says_they_have() -> None:
    missing = [
        f"{', '.join(path.name for path in files)}: {name}"
        for files, text in rows()
        for name in called_in(text)
        if name not in {each for path in files for each in defined_in(path)}
    ]
    assert missing == []


def test_every_service_stands_on_the_page() -> None:
    named = {path for files, _ in rows() for path in files}
    modules = {path for path in SERVICES.rglob("*.py") if path.name != "__init__.py"}
    assert sorted(path.relative_to(SERVICES).as_posix() for path in modules - named) == []
