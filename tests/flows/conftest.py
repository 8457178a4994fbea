"""People with a browser each, in front of the whole product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime_app.openwhisk import OpenWhiskClient
from standalone.settings import GUEST_AUTH
from tests import chromium
from tests.gate import Gate
from tests.product import RunningProduct

PASSWORD = "correct horse battery staple"
PAGE_MS = 30_000

# A flow waits for dozens of pages: on a crowded machine it lasts longer than any other test.
FLOW_SECONDS = 400

expect.set_options(timeout=PAGE_MS)
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(FLOW_SECONDS))


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Holds back jobs until the test opens it, at the latest when the test is over."""
    gate = Gate(tmp_path)
    yield gate
    gate.open()


@pytest.fixture(scope="session")
def admin_cookies(browser: Browser, running_product: RunningProduct) -> Any:
    return first_sign_in(browser, running_product)


def first_sign_in(browser: Browser, product: RunningProduct) -> Any:
    """What the first administrator's browser holds after using the printed link and choosing a password."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(product.link)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Save password").click()
    expect(page.get_by_text("Your password is saved", exact=False)).to_be_visible()
    cookies = context.storage_state()
    context.close()
    return cookies


@pytest.fixture
def admin(browser: Browser, running_product: RunningProduct, admin_cookies: Any) -> Iterator[Page]:
    """The administrator's browser window, on the dashboard of the guest namespace."""
    context = browser.new_context(
        storage_state=admin_cookies, base_url=running_product.url, **chromium.DESKTOP
    )
    context.set_default_timeout(PAGE_MS)
    page = context.new_page()
    page.goto("/n/guest/")
    yield page
    context.close()


@pytest.fixture(params=["light", "dark", "phone"])
def screen(
    request: Any, browser: Browser, running_product: RunningProduct, admin_cookies: Any
) -> Iterator[Page]:
    """The administrator's browser in light and dark, and as wide as a phone."""
    context = browser.new_context(
        storage_state=admin_cookies,
        base_url=running_product.url,
        color_scheme="dark" if request.param == "dark" else "light",
        viewport={"width": 390 if request.param == "phone" else 1280, "height": 800},
        **chromium.STILL,
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def upstream(running_product: RunningProduct) -> Iterator[OpenWhiskClient]:
    """The product's runtime, without the panel in between."""
    with OpenWhiskClient(running_product.standalone_url, GUEST_AUTH) as client:
        yield client


@pytest.fixture
def colleague(
    browser: Browser, running_product: RunningProduct, admin: Page
) -> Iterator[Callable[[str], Page]]:
    """Makes a colleague with a role: invited by the administrator, joined in a browser of their own."""
    contexts: list[BrowserContext] = []

    def join(role: str) -> Page:
        admin.goto("/n/guest/members/")
        admin.get_by_label("Role", exact=True).select_option(label=role)
        admin.get_by_role("button", name="Make a link").click()
        link = admin.locator("[data-copy*='/link/'], input[value*='/link/']").first
        address = link.get_attribute("data-copy") or link.get_attribute("value") or ""
        context = browser.new_context(base_url=running_product.url, **chromium.DESKTOP)
        context.set_default_timeout(PAGE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Your name").fill(f"Vera {role}")
        page.get_by_label("User name").fill(f"{role.lower()}{next(_numbers)}")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create account and join").click()
        page.wait_for_url("**/n/guest/**")
        return page

    yield join
    for context in contexts:
        context.close()


def type_code(page: Page, source: str) -> None:
    """Replace what stands in the code editor."""
    editor = page.locator(".cm-content").first
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def create_action(page: Page, name: str, source: str, *, timeout: str, unit: str) -> None:
    """Create an action by the form, and arrive on its page."""
    page.goto("/n/guest/actions/new/")
    page.get_by_role("textbox", name="Name").fill(name)
    type_code(page, source)
    page.get_by_label("Timeout").first.fill(timeout)
    page.locator("select[name=timeout_unit]").select_option(label=unit)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def launch_from_list(page: Page, name: str) -> None:
    """The one click: the Launch button in the action's row."""
    page.goto("/n/guest/actions/")
    page.get_by_role("row", name=name).get_by_role("button", name="Launch").first.click()
    expect(page.get_by_role("status").filter(has_text=f"Launched {name}")).to_be_visible()
