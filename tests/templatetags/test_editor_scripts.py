"""The import map names every module that the editor and its modules import."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from .rendering import render


@pytest.fixture
def html() -> str:
    return render("{% load editor %}{% editor_scripts %}", csp_nonce="n0nce")


@pytest.fixture
def imports(html: str) -> dict[str, str]:
    found: dict[str, dict[str, str]] = json.loads(
        re.findall(r'<script type="importmap"[^>]*>(.*?)</script>', html)[0]
    )
    return found["imports"]


def served(address: str) -> Path | None:
    """The file behind an address below STATIC_URL."""
    found = finders.find(unquote(address).removeprefix(settings.STATIC_URL))
    return Path(str(found)) if found else None


def bare_imports(script: Path) -> set[str]:
    return set(
        re.findall(r'^(?:import|export)[^"\';]*?from ["\']([^."\'][^"\']*)["\']', script.read_text(), re.M)
    )


def test_both_scripts_carry_the_nonce(html: str) -> None:
    assert html.count('nonce="n0nce"') == 2


def test_every_module_of_the_map_is_served(imports: dict[str, str]) -> None:
    missing = [address for address in imports.values() if served(address) is None]
    assert imports
    assert missing == []


def test_the_map_names_all_that_modules_import_from_each_other(imports: dict[str, str]) -> None:
    scripts = [served(address) for address in imports.values()]
    wanted = set().union(*(bare_imports(script) for script in scripts if script is not None))
    assert len(wanted) > 5
    assert wanted - set(imports) == set()


def test_the_map_names_all_that_the_editor_imports(imports: dict[str, str]) -> None:
    wanted = bare_imports(settings.BASE_DIR / "static/js/editor.js")
    assert len(wanted) > 5
    assert wanted - set(imports) == set()
