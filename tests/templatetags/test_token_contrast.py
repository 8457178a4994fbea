"""Text measures at least 4.5:1 on what it stands on, in the light and in the dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings

TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0
SURFACES = ("bg", "surface", "raised", "sunken", "hover")
TEXTS = ("text", "text-2", "muted", "accent", "danger")
CODE = ("keyword", "string", "number", "comment", "function", "type")
PAIRS = [
    *((text, surface) for text in TEXTS for surface in SURFACES),
    *((f"code-{name}", surface) for name in CODE for surface in ("surface", "sunken")),
    *((f"{level}-fg", f"{level}-bg") for level in ("info", "warn", "error", "ok")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-accent-soft", "accent-soft"),
    ("on-danger", "danger"),
]


def css(name: str) -> str:
    return str((settings.BASE_DIR / "static/css" / name).read_text())


def pairs_of(text: str, pattern: str) -> dict[str, tuple[str, str]]:
    value = r"light-dark\(#([0-9a-f]{6}),\s*#([0-9a-f]{6})\)"
    return {match[1]: (match[2], match[3]) for match in re.finditer(pattern + value, text)}


TOKENS = pairs_of(css("tokens.css"), r"--([a-z0-9-]+): ")


def tones() -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    for name, body in re.findall(r"^\.tone-([a-z-]+) \{(.*?)\}", css("statuses.css"), re.M):
        yield name, pairs_of(body, r"--tone-([a-z]+): ")


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2, definition)."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_standard_does() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS)
def test_text_is_readable_on_its_surface(text: str, surface: str, theme: int) -> None:
    assert contrast(TOKENS[text][theme], TOKENS[surface][theme]) >= TEXT_CONTRAST


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "tone"), list(tones()))
def test_a_status_is_readable_on_its_pill(name: str, tone: dict[str, tuple[str, str]], theme: int) -> None:
    assert contrast(tone["fg"][theme], tone["bg"][theme]) >= TEXT_CONTRAST


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_controls_and_focus_stand_out(theme: int) -> None:
    for token in ("border-strong", "accent"):
        assert contrast(TOKENS[token][theme], TOKENS["surface"][theme]) >= SHAPE_CONTRAST
