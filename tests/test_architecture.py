"""The directions of docs/architecture.md and a few conventions, read from the code itself."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

BASE = settings.BASE_DIR
ROOMS = ("controlpanel", "runtime_app", "standalone")
STANDARD_LIBRARY = sys.stdlib_module_names

# What a part may import of our own code beside itself; the longest matching name of a part decides.
ALLOWED = {
    "controlpanel": (),
    "standalone": (),
    "runtime_app.openwhisk": (),
    "runtime_app.models": (),
    "runtime_app.migrations": ("runtime_app.models",),
    "runtime_app.services": ("runtime_app.models", "runtime_app.openwhisk"),
    "runtime_app.tasks": ("runtime_app.models", "runtime_app.services"),
    "runtime_app.forms": ("runtime_app.models", "runtime_app.services"),
    "runtime_app.templatetags": ("runtime_app.forms", "runtime_app.models", "runtime_app.services"),
    "runtime_app.context_processors": ("runtime_app.models", "runtime_app.services"),
    "runtime_app.views": (
        "runtime_app.forms",
        "runtime_app.models",
        "runtime_app.services",
        "runtime_app.templatetags",
        # Views know the errors of the client, and nothing else of it.
        "runtime_app.openwhisk.errors",
    ),
    "runtime_app.urls": ("runtime_app.views",),
    "runtime_app.supervisor": (),
    "runtime_app.management": ("runtime_app.models", "runtime_app.services", "runtime_app.supervisor"),
    "runtime_app.apps": ("runtime_app.checks",),
    "runtime_app.checks": (),
    "runtime_app": (),
}
# Parts that must stay usable without the rest: all they may import beside the standard library.
PACKAGES = {
    "runtime_app.openwhisk": {"requests", "urllib3"},
    "runtime_app.models": {"django", "cryptography"},
    "standalone": {"starlette", "uvicorn", "uvloop"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for path in sorted((BASE / room).rglob("*.py")):
            parts = path.relative_to(BASE).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports_of(module: str, path: Path) -> Iterator[str]:
    """Full names of everything that a module imports, wherever in it."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            steps = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*steps, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


def within(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def part_of(module: str) -> str:
    return max((part for part in ALLOWED if within(module, part)), key=len)


def broken_directions(module: str, imported: str) -> bool:
    """Whether `module` may not import `imported`, which is one of ours."""
    part = part_of(module)
    allowed = {part, *ALLOWED[part]} - {"runtime_app"}
    return not any(within(imported, name) for name in allowed)


def test_imports_follow_the_directions_of_the_architecture() -> None:
    broken = [
        f"{module} imports {imported}"
        for module, path in modules()
        for imported in imports_of(module, path)
        if imported.split(".")[0] in ROOMS and broken_directions(module, imported)
    ]
    assert broken == []


@pytest.mark.parametrize("part", PACKAGES)
def test_parts_that_stand_alone_need_few_packages(part: str) -> None:
    allowed = PACKAGES[part] | STANDARD_LIBRARY | {part.split(".")[0]}
    foreign = [
        f"{module} imports {imported}"
        for module, path in modules()
        for imported in imports_of(module, path)
        if within(module, part) and imported.split(".")[0] not in allowed
    ]
    assert foreign == []


def test_the_product_never_imports_its_tests() -> None:
    guilty = [
        f"{module} imports {imported}"
        for module, path in modules()
        for imported in imports_of(module, path)
        if imported.split(".")[0] in ("tests", "bench", "pytest")
    ]
    assert guilty == []


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("runtime_app.models.actions", "runtime_app.services.authoring.sync"),
        ("runtime_app.openwhisk.client", "runtime_app.models"),
        ("runtime_app.services.authoring.sync", "runtime_app.views.actions"),
        ("runtime_app.views.actions", "runtime_app.openwhisk.client"),
        ("runtime_app.views.actions", "standalone.limits"),
        ("controlpanel.settings", "runtime_app.models"),
        ("standalone.limits", "runtime_app.openwhisk.names"),
    ],
)
def test_a_broken_direction_would_be_noticed(module: str, imported: str) -> None:
    assert broken_directions(module, imported)


def test_every_partial_is_included_or_rendered_somewhere() -> None:
    root = BASE / "templates"
    named = {name for path in root.rglob("*.html") for name in templates_named_in(path)}
    named |= {name for _, path in modules() for name in templates_named_in(path)}
    unused = [partial for partial in root.rglob("_*.html") if partial not in named]
    assert unused == []


def templates_named_in(path: Path) -> Iterator[Path]:
    """Templates that another file names: from the root, or with a dot relative to itself (but not itself)."""
    for name in re.findall(r"""["']([\w./-]+\.html)(?:#[\w-]+)?["']""", path.read_text(encoding="utf-8")):
        base = path.parent if name.startswith(".") else BASE / "templates"
        found = (base / name).resolve()
        if found != path:
            yield found


def test_every_management_command_has_a_test() -> None:
    commands = {path.stem for path in (BASE / "runtime_app/management/commands").glob("[a-z]*.py")}
    tested = {path.stem.removeprefix("test_") for path in (BASE / "tests/commands").glob("test_*.py")}
    assert commands - tested == set()


def test_no_template_has_inline_script_or_handlers() -> None:
    """The content security policy would refuse them. Data in a script element does not run and may stay."""
    script = r"""<script(?![^>]*\b(?:src|nonce)=)(?![^>]*type="application/json")[^>]*>"""
    inline = re.compile(script + r"|\son(?:click|change|submit|load|input)=|javascript:")
    guilty = [
        path.relative_to(BASE).as_posix()
        for path in (BASE / "templates").rglob("*.html")
        if inline.search(path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_npm_modules_that_pages_load_are_complete() -> None:
    """Every module that one of ours imports is in the import map, or the browser stops at it."""
    specifiers = {module.specifier for module in settings.NPM_MODULES}
    statement = re.compile(r"""^(?:import|export)\b[^;]*?\bfrom\s*['"]([^.'"][^'"]*)['"]""", re.MULTILINE)
    imported = {
        name
        for module in settings.NPM_MODULES
        for name in statement.findall((settings.NODE_MODULES / module.specifier / module.entry).read_text())
    }
    assert imported
    assert imported - specifiers == set()
