"""What pages render once: the same HTML as rendering it each time, and never another page's."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template
from django.urls import reverse, set_script_prefix

from runtime_app.templatetags import kept
from runtime_app.templatetags.links import panel_url, row_url

NAV = '{% load kept %}{% kept "_nav.html" slug=slug may_administer=admin shown_page=page %}'


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept._rendered.cache_clear()


def nav(slug: str = "big", *, admin: bool = False, page: str = "dashboard") -> str:
    return Template(NAV).render(Context({"slug": slug, "admin": admin, "page": page}))


def test_the_same_variables_are_rendered_once() -> None:
    assert nav() == nav()
    assert kept._rendered.cache_info().misses == 1


def test_other_variables_are_rendered_anew() -> None:
    nav()
    assert "/n/other/" in nav("other")
    assert "/n/big/" not in nav("other")
    assert "/n/big/audit/" in nav(admin=True)
    assert "/n/big/audit/" not in nav(admin=False)
    assert nav(page="actions").count('aria-current="page"') == 1
    assert nav(page="actions") != nav(page="dashboard")


def test_nothing_of_the_page_reaches_what_is_kept() -> None:
    page = Template('{% load kept %}{% kept "_nav.html" slug="big" %}')
    assert "/n/big/audit/" not in page.render(Context({"may_administer": True}))


def test_nothing_is_kept_in_debug_mode(settings: Any) -> None:
    settings.DEBUG = True
    nav()
    assert kept._rendered.cache_info().currsize == 0


def test_addresses_follow_the_prefix_that_the_panel_is_mounted_at() -> None:
    assert panel_url("actions", "big") == "/n/big/actions/"
    try:
        set_script_prefix("/panel/")
        assert panel_url("actions", "big") == "/panel/n/big/actions/"
        assert "/panel/n/big/actions/" in nav()
    finally:
        set_script_prefix("/")
    assert "/panel/" not in nav()


def test_a_row_has_the_address_that_reversing_gives() -> None:
    for slug, pk in (("big", 7), ("team-00", 100), ("0", 2_000_000)):
        assert row_url("activation", slug, pk) == reverse("runtime_app:activation", args=[slug, pk])
