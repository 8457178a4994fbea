"""Every status has a shape, a word and a tone."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings

from runtime_app.models.statuses import Status

from .rendering import render

STATIC: Path = settings.BASE_DIR / "static"


@pytest.mark.parametrize("status", list(Status))
def test_a_badge_says_icon_word_and_explanation(status: Status) -> None:
    html = render("{% load statuses %}{% status_badge status %}", status=status.value)
    assert f"#{status.icon}" in html
    assert status.label in html
    assert f"tone-{status.tone}" in html
    assert (status.explanation in unescape(html)) == (status != Status.SUCCESS)


@pytest.mark.parametrize("status", list(Status))
def test_the_narrow_badge_has_its_word_for_screen_readers(status: Status) -> None:
    html = render("{% load statuses %}{% status_icon status %}", status=status)
    assert f'aria-label="{status.label}"' in html


def test_each_status_has_a_symbol_of_its_own_in_the_sprite() -> None:
    sprite = (STATIC / "img/icons.svg").read_text()
    shapes = dict(re.findall(r'<symbol id="(status-[a-z-]+)"[^>]*>(.*?)</symbol>', sprite))
    assert set(shapes) == {status.icon for status in Status}
    assert len(set(shapes.values())) == len(Status)


def test_each_status_has_a_tone_in_the_style_sheet() -> None:
    css = (STATIC / "css/statuses.css").read_text()
    assert set(re.findall(r"^\.tone-([a-z-]+) \{", css, re.M)) == {status.tone for status in Status}


def test_a_tone_is_a_class() -> None:
    assert render("{% load statuses %}{{ status|tone }}", status=Status.TIMED_OUT) == "tone-timed-out"
