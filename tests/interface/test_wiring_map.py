"""The wiring map in a browser: edges meet rows, pointer, arrow keys, the panel, dragging, phones."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from runtime_app.models import Namespace, Role, RuleOutcome, Status
from runtime_app.services.wiring.map_drawing import ROW_PX
from tests.chromium import DESKTOP, PHONE
from tests.factories import make_action, make_namespace, make_rule, make_trigger, member
from tests.waiting import wait_until
from tests.wiring import call_url, fire_rule

from .conftest import ORIGIN, Answer, Site

pytestmark = pytest.mark.django_db

MAP = "/n/shop/wiring/"
QUERIES = ("", "as=table", "as=map", "only=off", *(f"zoom={zoom}" for zoom in ROW_PX))
SCREENS: dict[str, dict[str, Any]] = {
    "light": DESKTOP,
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "phone": PHONE,
}
# How far the ends of each edge are from the middles of its rows, in pixels.
DISTANCES = """() => [...document.querySelectorAll("#map .edge[data-ends]")].map(path => {
    const box = path.ownerSVGElement.getBoundingClientRect();
    const length = path.getTotalLength();
    const rows = path.dataset.ends.split(" ").map(key => document.getElementById("map-" + key));
    return Math.max(...[0, length].map((at, end) => {
        const row = rows[end].getBoundingClientRect();
        return Math.abs(box.top + path.getPointAtLength(at).y - (row.top + row.height / 2));
    }));
})"""


@pytest.fixture
def shop() -> Namespace:
    """A namespace with every kind of row and edge."""
    shop = make_namespace(slug="shop", name="shop", synced_at=timezone.now())
    for trigger in ("upload", "orders", "lonely"):
        make_trigger(shop, name=trigger)
    for action in ("images/resize", "images/thumbnail", "notify", "idle"):
        make_action(shop, path=action)
    make_action(shop, path="hook", annotations={"web-export": True}, starts="images/thumbnail")
    make_action(shop, path="import", kind="sequence", components=["/shop/notify", "/whisk.system/utils/echo"])
    for name, trigger, action, is_active in (
        ("on-resize", "upload", "images/resize", True),
        ("on-thumbnail", "upload", "images/thumbnail", True),
        ("on-order", "orders", "import", True),
        ("asleep", "orders", "notify", False),
        ("broken", "gone", "gone-too", True),
    ):
        make_rule(shop, name=name, trigger_name=trigger, action_path=action, is_active=is_active)
    call_url(shop, "hook", "images/thumbnail", status=Status.TIMED_OUT)
    fire_rule(shop, "on-resize")
    fire_rule(shop, "on-thumbnail", status=Status.APPLICATION_ERROR)
    fire_rule(shop, "on-order", trigger="orders", outcome=RuleOutcome.Status.REFUSED)
    return shop


@pytest.fixture
def shown(shop: Namespace, client: Client) -> Site:
    """The map's pages as an editor gets them, rendered beforehand; POSTs are noted and answered."""
    client.force_login(member(shop, Role.EDITOR, "eve"))
    panels = [f"{MAP}rules/{rule.pk}/" for rule in shop.rules.all()]
    panels += [f"{MAP}urls/{url.pk}/" for url in shop.actions.filter(path="hook")]
    pages = {
        (address, part): client.get(address, headers={"HX-Request": "true"} if part else {})
        for address in [*(f"{MAP}?{query}".removesuffix("?") for query in QUERIES), *panels]
        for part in (True, False)
    }

    def answer(request: Request) -> dict[str, Any]:
        url = urlsplit(request.url)
        address = f"{url.path}?{url.query}".removesuffix("?")
        page = pages[address, "hx-request" in request.headers]
        return {"body": page.content, "headers": dict(page.headers)}

    def posted(request: Request) -> dict[str, Any]:
        return {"body": "<title>Posted</title>", "content_type": "text/html"}

    answers: dict[str, Answer] = {MAP: answer, "/n/shop/rules/new/": posted}
    return Site("", "", answers=answers | dict.fromkeys(panels, answer))


def open_map(site: Site, context: BrowserContext, query: str = "") -> Page:
    context.route("**/*", site.answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}{MAP}{query}")
    return page


def row(page: Page, name: str) -> Any:
    return page.locator("#wiring-map .map__row").filter(has_text=name).first


def expect_lit(page: Page, *names: str) -> None:
    found = page.locator("#map .map__row.is-lit > span")
    wait_until(lambda: sorted(found.all_inner_texts()) == list(names))


@pytest.mark.parametrize("zoom", ROW_PX)
def test_every_edge_meets_the_middle_of_its_rows(shown: Site, context: BrowserContext, zoom: str) -> None:
    page = open_map(shown, context, f"?zoom={zoom}")
    distances = page.evaluate(DISTANCES)
    assert len(distances) == 12
    assert max(distances) <= 1


@pytest.mark.parametrize("screen", SCREENS)
def test_map_panel_and_table_have_no_axe_violation(shown: Site, browser: Browser, screen: str) -> None:
    # Without motion, so that no colour is looked at while a panel fades in.
    context = browser.new_context(**SCREENS[screen])
    found = []
    for query in ("?as=map", "?as=table"):
        page = open_map(shown, context, query)
        found += Axe().run(page).response["violations"]
        page.locator("a[data-panel]").first.click()
        expect(page.locator("#map-panel")).to_be_visible()
        found += Axe().run(page).response["violations"]
    context.close()
    assert [(violation["id"], violation["nodes"][0]["target"]) for violation in found] == []


def test_what_belongs_to_a_row_stands_out(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    row(page, "upload").hover()
    expect_lit(page, "images/resize", "images/thumbnail", "on-resize", "on-thumbnail", "upload")
    page.locator("h1").hover()
    expect_lit(page)
    row(page, "images/thumbnail").focus()
    expect_lit(page, "by its code", "hook", "images/thumbnail", "on-thumbnail", "upload")


def test_arrow_keys_walk_along_edges_and_columns(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    row(page, "upload").focus()
    steps = []
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
        steps.append(page.evaluate("document.activeElement.querySelector('span').textContent"))
    assert steps == ["on-resize", "on-thumbnail", "images/thumbnail", "on-thumbnail", "upload"]


def test_arrow_keys_follow_a_url_to_what_it_starts(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    row(page, "hook").focus()
    expect_lit(page, "by its code", "hook", "images/thumbnail")
    for expected in ("by its code", "images/thumbnail"):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.querySelector('span').textContent") == expected


def test_a_rule_opens_its_panel_and_gives_the_focus_back(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    row(page, "on-thumbnail").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="on-thumbnail")
    expect(panel.get_by_text("Application error")).to_be_visible()
    expect(panel.get_by_role("button", name="Switch off")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#map-panel-body")).to_be_empty()
    expect(row(page, "on-thumbnail")).to_be_focused()


def test_the_focus_comes_back_to_a_row_that_was_refreshed_behind_the_panel(
    shown: Site, context: BrowserContext
) -> None:
    page = open_map(shown, context)
    row(page, "on-thumbnail").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="on-thumbnail")).to_be_visible()
    page.evaluate("document.getElementById('map').dataset.mark = 'old'")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:changed'))")
    expect(page.locator("#map[data-mark]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(row(page, "on-thumbnail")).to_be_focused()


def test_what_a_url_starts_opens_its_latest_calls(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    row(page, "by its code").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="URL of hook")
    expect(panel.get_by_text("Timed out")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    page.locator("#map .edge.tone-timed-out").first.dispatch_event("click")
    expect(panel).to_be_visible()


def test_a_rule_opens_also_while_the_map_refreshes(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    shown.held_back[MAP] = []
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:changed'))")
    wait_until(lambda: bool(shown.held_back[MAP]) or page.wait_for_timeout(20))
    row(page, "on-thumbnail").click()
    (refresh,) = shown.held_back.pop(MAP)
    refresh.fulfill(**shown.answers[MAP](refresh.request))
    expect(page.get_by_role("dialog", name="on-thumbnail")).to_be_visible()


def test_a_chip_counts_also_while_the_map_refreshes(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    shown.held_back[MAP] = []
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:changed'))")
    wait_until(lambda: bool(shown.held_back[MAP]) or page.wait_for_timeout(20))
    (refresh,) = shown.held_back.pop(MAP)
    page.locator("#only-off").click()
    expect(page).to_have_url(f"{ORIGIN}{MAP}?only=off")
    expect(row(page, "asleep")).to_be_visible()
    expect(row(page, "on-resize")).to_have_count(0)
    refresh.abort()


def test_a_click_on_an_edge_opens_the_panel_of_its_rule(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context)
    page.locator("#map .edge.tone-refused").first.dispatch_event("click")
    expect(page.get_by_role("dialog", name="on-order")).to_be_visible()


def test_a_trigger_dragged_to_an_action_is_connected_after_asking(
    shown: Site, context: BrowserContext
) -> None:
    page = open_map(shown, context)
    start, end = row(page, "upload").bounding_box(), row(page, "images/thumbnail").bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 14, steps=3)
    page.mouse.move(end["x"] + 20, end["y"] + 10, steps=3)
    page.mouse.up()
    expect(page.get_by_role("heading", name="Connect upload to images/thumbnail?")).to_be_visible()
    assert shown.asked("/n/shop/rules/new/") == []
    page.locator("#confirm-button").click()
    expect(page).to_have_title("Posted")
    sent = parse_qs(shown.asked("/n/shop/rules/new/")[0].post_data or "")
    assert (sent["trigger"], sent["action"], sent["next"]) == (["upload"], ["images/thumbnail"], [MAP])


def test_the_map_refreshes_when_something_changed(shown: Site, context: BrowserContext) -> None:
    page = open_map(shown, context, "?zoom=large")
    row(page, "upload").focus()
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers) as answered:
        page.evaluate("document.body.dispatchEvent(new CustomEvent('live:changed'))")
    assert answered.value.request.url == f"{ORIGIN}{MAP}?zoom=large"
    expect(row(page, "upload")).to_be_focused()


def test_a_phone_gets_the_table_and_may_ask_for_the_map(shown: Site, browser: Browser) -> None:
    context = browser.new_context(**PHONE)
    page = open_map(shown, context)
    expect(page.get_by_role("table").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Map", exact=True).last.click()
    expect(page.locator("#map")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_without_scripts_links_and_the_form_do_it(shown: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = open_map(shown, context)
    page.get_by_label("When this trigger fires").select_option("lonely")
    page.get_by_label("Start this action").select_option("idle")
    row(page, "on-resize").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("on-resize")
    context.close()
