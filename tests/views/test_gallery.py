"""The gallery: every component, for developers only, within the rules that all pages keep."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

MAX_PAGE_BYTES = 90_000


@pytest.fixture
def page(client: Client, settings: Any) -> str:
    settings.DEBUG = True
    return client.get("/gallery/").content.decode()


@pytest.mark.django_db
def test_it_is_404_unless_debugging(client: Client) -> None:
    assert client.get("/gallery/").status_code == 404


@pytest.mark.django_db
def test_it_shows_components_in_the_frame(page: str) -> None:
    assert "<h1>Components</h1>" in page
    assert 'class="side-nav"' in page
    assert len(page) < MAX_PAGE_BYTES


@pytest.mark.django_db
def test_nothing_is_inline_that_the_content_security_policy_forbids(page: str) -> None:
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", page)
    inline = [
        attributes for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.S) if body
    ]
    assert len(inline) == 1
    assert 'type="importmap"' in inline[0]
    assert "nonce=" in inline[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "system")]
)
def test_the_theme_of_the_cookie_is_rendered_by_the_server(
    client: Client, settings: Any, cookie: str, theme: str
) -> None:
    settings.DEBUG = True
    client.cookies["theme"] = cookie
    assert f'data-theme="{theme}"' in client.get("/gallery/").content.decode()
