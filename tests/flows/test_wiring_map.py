"""The wiring map in the whole product: connect, switch, fire, and see it on the map."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import create_action

WORKER = "exports.main = async ({ fail }) => fail ? { error: 'as asked' } : { done: true };"


def test_connect_switch_and_fire_from_the_map(admin: Page) -> None:
    create_action(admin, "mapped-worker", WORKER, timeout="60", unit="seconds")
    admin.goto("/n/guest/triggers/new/")
    admin.get_by_role("textbox", name="Name").first.fill("mapped-trigger")
    admin.get_by_role("button", name="Create").click()
    expect(admin.get_by_role("heading", name="mapped-trigger")).to_be_visible()
    admin.goto("/n/guest/wiring/")
    admin.get_by_label("When this trigger fires").select_option("mapped-trigger")
    admin.get_by_label("Start this action").select_option("mapped-worker")
    admin.get_by_role("button", name="Connect").click()

    rule = admin.locator("#map").get_by_role("link", name="mapped-trigger-to-mapped-worker")
    expect(rule).to_be_visible()
    rule.click()
    panel = admin.get_by_role("dialog", name="mapped-trigger-to-mapped-worker")
    panel.get_by_role("button", name="Switch off").click()
    expect(rule).to_contain_text("off")
    rule.click()
    panel.get_by_role("button", name="Enable").click()
    expect(rule).not_to_contain_text("off")

    other = admin.context.new_page()
    other.goto("/n/guest/triggers/?q=mapped-trigger")
    other.get_by_role("button", name="Fire").first.click()
    ends = f"[data-ends~='{(rule.get_attribute('id') or '').removeprefix('map-')}']"
    # The open map learns of it by itself.
    expect(admin.locator(f"#map .edge.tone-success{ends}")).to_have_count(2, timeout=90_000)
    rule.click()
    expect(panel.get_by_text("Success")).to_be_visible()
    panel.get_by_role("link", name="Trace").first.click()
    expect(admin).to_have_url(re.compile("/trace/$"))
