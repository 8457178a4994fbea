"""All components in a browser: no axe violation, nothing the policy blocks, nothing wider than the screen."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import DESKTOP, PHONE

from .conftest import Site

SCREENS: dict[str, dict[str, Any]] = {
    "light": DESKTOP,
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "phone": PHONE,
    "dark phone": {**PHONE, "color_scheme": "dark"},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_no_component_has_an_axe_violation(site: Site, browser: Browser, screen: str) -> None:
    context = browser.new_context(**SCREENS[screen])
    page = site.open(context)
    page.wait_for_selector(".cm-content")
    results = Axe().run(page)
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in results.response["violations"]] == []


def test_open_menus_and_dialogs_have_no_axe_violation(gallery: Page) -> None:
    gallery.click(".switcher > summary")
    menu = Axe().run(gallery)
    gallery.keyboard.press("Escape")
    gallery.click("[data-opens-dialog=gallery-dialog]")
    dialog = Axe().run(gallery)
    assert [v["id"] for v in menu.response["violations"] + dialog.response["violations"]] == []


def test_the_browser_reports_no_error_and_no_blocked_content(site: Site, context: BrowserContext) -> None:
    complaints: list[str] = []
    context.on(
        "console", lambda message: complaints.append(message.text) if message.type == "error" else None
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = site.open(context)
    page.wait_for_selector(".cm-content")
    assert complaints == []


def test_nothing_is_asked_of_another_host(site: Site, context: BrowserContext) -> None:
    site.open(context).wait_for_selector(".cm-content")
    assert {request.url.split("/")[2] for request in site.requests} == {"localhost:8999"}


def test_a_phone_shows_everything_without_scrolling_sideways(site: Site, phone: BrowserContext) -> None:
    page = site.open(phone)
    page.wait_for_selector(".cm-content")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_phone_has_targets_of_44_pixels(site: Site, phone: BrowserContext) -> None:
    page = site.open(phone)
    small = page.eval_on_selector_all(
        ".button:not(.button--small), .side-nav__link, .menu__item, .tabs__tab",
        """controls => controls.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)
                               .map(e => e.outerHTML)""",
    )
    assert page.locator(".button").count() > 5
    assert small == []


def test_forms_and_data_are_there_without_scripts(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = site.open(context)
    visible = [page.is_visible(selector) for selector in ("#id_code", "#id_parameters", ".json-tree")]
    context.close()
    assert visible == [True, True, True]


def test_an_error_opens_by_keyboard_and_stays_open_when_its_place_is_swapped(gallery: Page) -> None:
    error = gallery.locator("#gist-gallery")
    error.locator("summary").focus()
    gallery.keyboard.press("Enter")
    assert error.evaluate("element => element.open")
    gallery.evaluate(
        """() => {
            const place = document.querySelector("#gist-gallery").parentElement;
            const fresh = place.innerHTML.replace(" open=\\"\\"", "");
            window.htmx.swap(place, fresh, { swapStyle: "innerHTML" });
        }"""
    )
    assert error.evaluate("element => element.open")
    assert error.locator("pre").is_visible()
