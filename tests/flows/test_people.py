"""Inviting people, changing what they may do, and connecting a namespace, in real browsers."""

from __future__ import annotations

import re
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from standalone.settings import GUEST_AUTH
from tests.product import RunningProduct

PAGES = (
    "/namespaces/",
    "/namespaces/connect/",
    "/n/guest/settings/",
    "/n/guest/members/",
    "/n/guest/audit/",
    "/audit/",
    "/account/",
)


def look_at(page: Page) -> None:
    """No axe violation, and nothing that scrolls sideways."""
    violations = Axe().run(page).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in violations] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def test_a_role_is_changed_and_taken_away_while_the_person_looks_on(
    admin: Page, colleague: Callable[[str], Page]
) -> None:
    vera = colleague("Operator")
    vera.goto("/n/guest/members/")
    expect(vera.get_by_text("You may not do this")).to_be_visible()
    admin.goto("/n/guest/members/")
    row = admin.get_by_role("row", name="Vera Operator").last
    row.get_by_label("Role of Vera Operator").select_option(label="Admin")
    expect(admin.get_by_role("status").filter(has_text="Vera Operator is admin now")).to_be_visible()
    vera.reload()
    expect(vera.get_by_role("heading", name="Members")).to_be_visible()
    row.get_by_label("Role of Vera Operator").select_option(label="Viewer")
    expect(admin.get_by_text("is the only admin here")).to_be_visible()
    expect(row.get_by_label("Role of Vera Operator")).to_have_value("admin")


def test_a_refused_namespace_keeps_what_was_pasted_and_says_where_it_fails(
    admin: Page, running_product: RunningProduct
) -> None:
    admin.goto("/namespaces/connect/")
    text = f"APIHOST={running_product.standalone_url}\nNAMESPACE=other\nAUTH={GUEST_AUTH}\n"
    admin.get_by_label("Paste .wskprops or .env").fill(text)
    admin.get_by_role("button", name="Try and connect").click()
    expect(admin.locator("#field-name")).to_contain_text("This key opens the namespace guest, not other.")
    expect(admin.get_by_label("API host")).to_have_value(running_product.standalone_url)
    expect(admin.get_by_label("Key", exact=True)).to_have_value(GUEST_AUTH)
    expect(admin.get_by_label("Key", exact=True)).to_have_attribute("type", "password")
    look_at(admin)


def test_a_key_is_revealed_after_a_question_and_noted(admin: Page) -> None:
    admin.goto("/n/guest/settings/")
    admin.get_by_role("button", name="Reveal").click()
    admin.get_by_role("dialog").get_by_role("button", name="Reveal").click()
    expect(admin.get_by_label("Key of guest")).to_have_value(GUEST_AUTH)
    look_at(admin)
    admin.goto("/n/guest/audit/")
    admin.get_by_label("Deed").select_option(label="revealed key of")
    expect(admin.locator("#entries tbody tr").first).to_contain_text("revealed key of guest")
    expect(admin).to_have_url(re.compile("verb=revealed"))


def test_a_link_that_is_only_looked_at_still_works(
    admin: Page, context: BrowserContext, running_product: RunningProduct
) -> None:
    admin.goto("/n/guest/members/")
    admin.get_by_label("For whom").fill("Ada")
    admin.get_by_role("button", name="Make a link").click()
    address = admin.get_by_label("Invitation link").input_value()
    page = context.new_page()
    for _ in range(2):
        page.goto(address)
        expect(page.get_by_role("heading", name="Join guest")).to_be_visible()
    look_at(page)
    admin.get_by_role("button", name="Withdraw the invitation for Ada").first.click()
    expect(admin.get_by_role("status").filter(has_text="withdrawn")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    look_at(page)


def test_no_page_has_an_axe_violation(screen: Page) -> None:
    for address in PAGES:
        screen.goto(address)
        look_at(screen)
