"""Icons come from one sprite, and every name that templates use is in it."""

from __future__ import annotations

import re

from django.conf import settings

from .rendering import render


def test_an_icon_is_hidden_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in render('{% load icons %}{% icon "play" %}')
    labelled = render('{% load icons %}{% icon "bolt" label="Fired by a trigger" %}')
    assert 'role="img" aria-label="Fired by a trigger"' in labelled


def test_every_icon_that_a_template_names_exists() -> None:
    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([a-z-]+)"', sprite))
    used = {
        name
        for template in (settings.BASE_DIR / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', template.read_text())
    }
    assert used
    assert used - known == set()
