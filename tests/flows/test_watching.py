"""Watching the history and an activation in real browsers: live, filtered, cut off, and without scripts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from runtime_app.models import Status
from runtime_app.openwhisk import ActionSpec, OpenWhiskClient
from standalone.settings import GUEST_AUTH
from tests.gate import Gate
from tests.product import RunningProduct
from tests.waiting import wait_until

NAP = "async function main({ ms = 0 }) { await new Promise(r => setTimeout(r, ms)); return { slept: ms } }"
LIVE_MS = 60_000


@pytest.fixture(scope="module")
def nap(running_product: RunningProduct) -> Callable[[str, int], str]:
    """Starts a job of so many milliseconds from outside, as a terminal does; answers its activation id."""
    client = OpenWhiskClient(running_product.standalone_url, GUEST_AUTH)

    def start(name: str, ms: int) -> str:
        client.put_action(name, ActionSpec(kind="nodejs:default", code=NAP), overwrite=True)
        return client.invoke(name, {"ms": ms}).activation_id

    return start


def is_live(page: Page) -> None:
    expect(page.locator("#live-indicator")).to_have_attribute("data-state", "live")


def test_new_rows_are_announced_without_moving_the_others(
    admin: Page, nap: Callable[[str, int], str]
) -> None:
    nap("there-before", 0)
    admin.goto("/n/guest/activations/?action=there-before")
    is_live(admin)
    # An empty list fills itself once a sweep has brought something in.
    expect(admin.get_by_role("row", name="there-before").first).to_be_visible(timeout=120_000)
    admin.get_by_role("link", name="Clear", exact=True).click()
    expect(admin).to_have_url(re.compile(r"/activations/$"))
    before = admin.locator("#history-rows tr").count()
    nap("from-terminal", 0)
    pill = admin.get_by_role("link", name=re.compile(r"\+\d+ new"))
    expect(pill).to_be_visible(timeout=120_000)  # the next sweep brings it in
    assert admin.locator("#history-rows tr").count() == before
    pill.click()
    expect(admin.get_by_role("row", name="from-terminal").first).to_contain_text("Elsewhere")
    expect(pill).to_be_hidden()


def test_filters_work_at_once_stay_in_the_address_and_go_back(
    admin: Page, nap: Callable[[str, int], str]
) -> None:
    admin.goto("/n/guest/activations/")
    admin.get_by_role("link", name="Not reported").click()
    expect(admin).to_have_url(re.compile(r"\?status=not_reported$"))
    expect(admin.get_by_text("Nothing matches these filters")).to_be_visible()
    admin.get_by_label("Time", exact=True).select_option("1h")
    expect(admin).to_have_url(re.compile(r"\?status=not_reported&when=1h$"))
    admin.get_by_role("link", name="Remove the filter Time").click()
    expect(admin).not_to_have_url(re.compile("when="))
    admin.go_back()
    expect(admin.get_by_label("Time", exact=True)).to_have_value("1h")
    admin.get_by_role("link", name="Clear", exact=True).click()
    expect(admin).to_have_url(re.compile(r"/activations/$"))


def test_an_id_pasted_into_the_search_box_opens_its_page(admin: Page) -> None:
    admin.goto("/n/guest/activations/")
    admin.keyboard.press("/")
    admin.keyboard.insert_text("0" * 32)
    admin.keyboard.press("Enter")
    expect(admin.get_by_text("has no activation with this id")).to_be_visible()


def launched(page: Page, name: str, ms: int) -> str:
    """Launch by the panel; answers the address of the activation's page."""
    page.goto("/n/guest/actions/")
    page.get_by_role("button", name="Sync now").click()
    page.get_by_role("link", name=name, exact=True).click()
    editor = page.locator("#launch-panel .cm-content")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f'{{"ms": {ms}}}')
    page.locator("#launch-panel").get_by_role("button", name="Launch").first.click()
    address = page.get_by_role("link", name="Watch it").get_attribute("href")
    assert address
    return address


def put_held(upstream: OpenWhiskClient, name: str, gate: Gate) -> None:
    spec = ActionSpec(kind="nodejs:default", code=gate.job({"slept": True}))
    upstream.put_action(name, spec, overwrite=True)


def has_succeeded(product: RunningProduct, address: str) -> bool:
    """Whether the panel knows that the activation with this page is a success."""
    pk = int(address.rstrip("/").rpartition("/")[2])
    with closing(sqlite3.connect(product.home / "overtime.sqlite3", timeout=20)) as database:
        query = "SELECT status FROM runtime_app_activation WHERE id = ?"
        return bool(database.execute(query, (pk,)).fetchone() == (Status.SUCCESS.value,))


def test_a_page_whose_stream_is_refused_polls_and_still_shows_the_result(
    admin: Page, upstream: OpenWhiskClient, gate: Gate
) -> None:
    put_held(upstream, "held-napper", gate)
    address = launched(admin, "held-napper", 0)
    admin.route("**/live/?*", lambda route: route.abort())
    admin.goto(address)
    expect(admin.locator("#live-indicator")).to_have_attribute("data-state", "polling", timeout=60_000)
    gate.open()
    expect(admin.locator(".json-tree").get_by_text("slept")).to_be_visible(timeout=LIVE_MS)
    expect(admin).to_have_title(re.compile("^✓ held-napper · "))


def test_a_connection_that_was_down_catches_up(
    admin: Page, upstream: OpenWhiskClient, running_product: RunningProduct, gate: Gate
) -> None:
    put_held(upstream, "held-offline", gate)
    address = launched(admin, "held-offline", 0)
    admin.goto(address)
    is_live(admin)
    blocked: list[str] = []

    def block(route: Route) -> None:
        blocked.append(route.request.url)
        route.abort()

    admin.route("**/live/**", block)
    admin.context.set_offline(True)
    admin.wait_for_function("document.getElementById('live-indicator').dataset.state != 'live'")
    # The job ends while nobody can tell this page.
    gate.open()
    wait_until(lambda: has_succeeded(running_product, address), LIVE_MS / 1000)
    admin.unroute("**/live/**", block)
    admin.context.set_offline(False)
    expect(admin.locator(".json-tree").get_by_text("slept")).to_be_visible(timeout=LIVE_MS)


def test_everything_can_be_read_without_scripts(
    browser: Browser, running_product: RunningProduct, admin: Page, nap: Callable[[str, int], str]
) -> None:
    nap("napper", 0)
    address = launched(admin, "napper", 0)
    expect(admin.get_by_role("status").filter(has_text="Launched napper")).to_be_visible()
    context = browser.new_context(
        storage_state=admin.context.storage_state(), java_script_enabled=False, base_url=running_product.url
    )
    page = context.new_page()
    page.goto("/n/guest/activations/?action=napper")
    page.get_by_label("Time").select_option("24h")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("when=24h"))
    page.get_by_role("row", name="napper").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="napper")).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Launched napper.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_accessibility_violations(admin: Page, scheme: str) -> None:
    admin.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    addresses = ["/n/guest/", "/n/guest/activations/", "/n/guest/activations/?status=refused&when=custom"]
    admin.goto("/n/guest/activations/")
    row = admin.locator(".row-link").first.get_attribute("href")
    for address in [*addresses, row]:
        assert address
        admin.goto(address)
        found = Axe().run(admin).response["violations"]
        assert found == [], (address, [item["id"] for item in found])
