"""The Health page in a real browser: it is green, stays true by itself, and everybody can read it."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

GREEN = "Everything is being collected"


def test_it_is_green_and_refreshes_by_itself(admin: Page) -> None:
    admin.goto("/n/guest/")
    admin.get_by_role("link", name="Health", exact=True).click()
    expect(admin.locator("#health .verdict").first).to_contain_text(GREEN)
    with admin.expect_response(re.compile(r"/n/guest/health/$")) as refresh:
        pass
    assert refresh.value.request.headers["hx-request"] == "true"
    expect(admin.locator("#health .verdict").first).to_contain_text(GREEN)
    admin.get_by_role("link", name="All namespaces").click()
    expect(admin.get_by_role("link", name="guest", exact=True).last).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("path", ["/n/guest/health/", "/health/"])
def test_everybody_can_read_it(admin: Page, path: str, width: int, scheme: Literal["light", "dark"]) -> None:
    admin.set_viewport_size({"width": width, "height": 844})
    admin.emulate_media(color_scheme=scheme)
    admin.goto(path)
    violations = Axe().run(admin).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
    assert admin.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_it_is_behind_more(admin: Page) -> None:
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.locator(".side-nav__more > summary").click()
    admin.locator(".side-nav__more").get_by_role("link", name="Health").click()
    expect(admin.get_by_role("heading", name="Health", exact=True)).to_be_visible()
