"""What the page's own scripts promise: toasts, confirmation, one submission, copying, theme, keys, clocks."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.waiting import wait_until

from .conftest import Site, static_file

FORMS_SCRIPT = "/static/js/forms.js"
BUSY_FORM = """
  const form = document.createElement("form");
  form.id = "launch";
  form.method = "post";
  form.setAttribute("hx-post", "/launch/");
  form.setAttribute("hx-swap", "none");
  form.innerHTML = '<button class="button">Launch</button>';
  document.querySelector("main").prepend(form);
  htmx.process(form);
"""

# A region that is replaced on every live event, and counts the clicks that its button gets.
LIVE_REGION = """
  document.addEventListener("click", (event) => {
    if (event.target.id === "stop") document.body.dataset.clicked = "yes";
  });
  const region = document.createElement("section");
  region.id = "region";
  region.setAttribute("hx-get", "/region/");
  region.setAttribute("hx-trigger", "live:changed from:body");
  region.innerHTML = '<button class="button" id="stop">Stop</button>';
  document.querySelector("main").prepend(region);
  htmx.process(region);
"""


def toast(page: Page, level: str, text: str) -> None:
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('toast', {detail}))", {"level": level, "text": text}
    )


def test_a_toast_is_announced_and_can_be_dismissed(gallery: Page) -> None:
    toast(gallery, "error", "The runtime does not answer.")
    region = gallery.locator("#toasts[aria-live=polite]")
    expect(region).to_contain_text("The runtime does not answer.")
    region.get_by_role("button", name="Dismiss").click()
    expect(region.locator(".toast")).to_have_count(0)


def test_a_toast_shows_markup_as_text(gallery: Page) -> None:
    toast(gallery, "info", "<img src=x>")
    expect(gallery.locator(".toast__text")).to_have_text("<img src=x>")


def test_the_same_toast_is_not_shown_twice(gallery: Page) -> None:
    toast(gallery, "error", "No connection.")
    toast(gallery, "error", "No connection.")
    expect(gallery.locator(".toast")).to_have_count(1)


def test_a_toast_comes_from_the_servers_header(site: Site, gallery: Page) -> None:
    header = '{"toast": {"level": "success", "text": "Launched resize-images"}}'
    site.answers["/launch/"] = lambda _: {"body": "", "headers": {"HX-Trigger": header}}
    gallery.evaluate(BUSY_FORM)
    gallery.click("#launch button")
    expect(gallery.locator(".toast--success")).to_contain_text("Launched resize-images")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "with your role"),
        (500, "could not do this"),
        (503, "you typed is still here"),
        (418, "refused this request (418)"),
    ],
)
def test_a_failed_request_becomes_a_sentence(site: Site, gallery: Page, status: int, words: str) -> None:
    site.answers["/launch/"] = lambda _: {"status": status, "body": "<h1>Traceback</h1>"}
    gallery.evaluate(BUSY_FORM)
    gallery.click("#launch button")
    expect(gallery.locator(".toast--error")).to_contain_text(words)
    expect(gallery.locator("body")).not_to_contain_text("Traceback")


def test_an_expired_session_leads_to_sign_in_and_back(site: Site, gallery: Page) -> None:
    site.answers["/launch/"] = lambda _: {"status": 401, "body": ""}
    gallery.evaluate(BUSY_FORM)
    gallery.click("#launch button")
    gallery.wait_for_url("**/sign-in/?next=%2Fgallery%2F")


def test_a_refresh_during_a_press_loses_no_click_and_comes_afterwards(site: Site, gallery: Page) -> None:
    site.answers["/region/"] = lambda _: {"body": '<button class="button" id="stop">Stop now</button>'}
    gallery.evaluate(LIVE_REGION)
    gallery.hover("#stop")
    gallery.mouse.down()
    with gallery.expect_response("**/region/") as answered:
        gallery.evaluate("htmx.trigger(document.body, 'live:changed')")
    answered.value.finished()
    gallery.wait_for_timeout(200)
    expect(gallery.locator("#stop")).to_have_text("Stop")
    gallery.mouse.up()
    expect(gallery.locator("body")).to_have_attribute("data-clicked", "yes")
    expect(gallery.locator("#stop")).to_have_text("Stop now")


def test_a_double_click_submits_once(site: Site, gallery: Page) -> None:
    held: list[Request] = []

    def slow(request: Request) -> dict[str, Any]:
        held.append(request)
        return {"body": ""}

    site.answers["/launch/"] = slow
    gallery.evaluate(BUSY_FORM)
    # Both clicks in one task of the browser: no answer can come between them.
    gallery.evaluate("() => { const b = document.querySelector('#launch button'); b.click(); b.click(); }")
    expect(gallery.locator("#launch button")).to_have_text("Launch")
    gallery.wait_for_load_state("networkidle")
    assert len(held) == 1


def test_a_pressed_button_says_that_it_sends(site: Site, gallery: Page) -> None:
    gallery.evaluate(BUSY_FORM)
    gallery.evaluate(
        "document.querySelector('#launch').addEventListener('htmx:beforeRequest', e => e.preventDefault())"
    )
    gallery.click("#launch button")
    expect(gallery.locator("#launch button[aria-busy=true]")).to_have_text("Sending…")


def delete_button(page: Page) -> None:
    page.locator("[data-confirm]").click()


def test_a_confirmation_names_what_happens_and_escape_refuses(site: Site, gallery: Page) -> None:
    delete_button(gallery)
    dialog = gallery.locator("#confirm-dialog")
    expect(dialog).to_contain_text("Delete resize-images?")
    expect(dialog).to_contain_text("Two presets go with it.")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    gallery.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert [request.method for request in site.asked("/gallery/")] == ["GET"]


def test_a_confirmed_form_is_sent(site: Site, gallery: Page) -> None:
    delete_button(gallery)
    with gallery.expect_request(lambda request: request.method == "POST"):
        gallery.locator("#confirm-dialog").get_by_role("button", name="Delete").click()


def test_who_is_quicker_than_the_scripts_is_asked_when_they_are_here(
    site: Site, context: BrowserContext
) -> None:
    site.held_back[FORMS_SCRIPT] = []
    page = site.open(context, wait_until="commit")
    delete_button(page)
    wait_until(lambda: bool(site.held_back[FORMS_SCRIPT]) or page.wait_for_timeout(20))
    (late,) = site.held_back.pop(FORMS_SCRIPT)
    late.fulfill(**static_file("js/forms.js"))
    expect(page.locator("#confirm-dialog")).to_contain_text("Delete resize-images?")
    assert [request.method for request in site.asked("/gallery/")] == ["GET"]


def test_a_form_that_was_replaced_while_its_question_was_open_is_sent(site: Site, gallery: Page) -> None:
    delete_button(gallery)
    gallery.evaluate("""() => {
      const form = document.querySelector("[data-confirm]").closest("form");
      form.replaceWith(form.cloneNode(true));
    }""")
    with gallery.expect_request(lambda request: request.method == "POST"):
        gallery.locator("#confirm-dialog").get_by_role("button", name="Delete").click()


def test_an_id_copies_on_click(gallery: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    # The sign is shown for a moment only: the page itself looks for it.
    gallery.evaluate(
        """() => new MutationObserver(() => {
          if (document.querySelectorAll("td .copy.is-copied").length === 1) window.shown = true;
        }).observe(document.body, { attributes: true, subtree: true })"""
    )
    gallery.locator("td .copy").first.click()
    gallery.wait_for_function("window.shown")
    assert gallery.evaluate("navigator.clipboard.readText()").startswith("00f3a9c2")


def test_a_key_of_the_tree_copies_the_path_to_its_value(gallery: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    gallery.evaluate("document.querySelectorAll('.json-tree details').forEach(d => d.open = true)")
    gallery.locator(".json-tree__key", has_text="size").nth(1).click()
    wait_until(lambda: gallery.evaluate("navigator.clipboard.readText()") == "items[1].size")


def test_the_theme_is_kept_in_a_cookie(gallery: Page, context: BrowserContext) -> None:
    gallery.click("[data-theme-toggle]")
    expect(gallery.locator("html")).to_have_attribute("data-theme", "light")
    assert [cookie.get("value") for cookie in context.cookies() if cookie.get("name") == "theme"] == ["light"]


def test_shortcuts_open_the_search_and_the_sheet(gallery: Page) -> None:
    gallery.evaluate("document.activeElement.blur()")
    gallery.keyboard.press("/")
    expect(gallery.locator("#g-q")).to_be_focused()
    gallery.keyboard.type("?")
    expect(gallery.locator("#shortcuts")).not_to_be_visible()
    gallery.evaluate("document.activeElement.blur()")
    gallery.keyboard.press("?")
    expect(gallery.locator("#shortcuts")).to_be_visible()


def test_shortcuts_can_be_turned_off(gallery: Page) -> None:
    gallery.evaluate("document.activeElement.blur()")
    gallery.keyboard.press("?")
    gallery.locator("[data-shortcuts-switch]").uncheck()
    gallery.keyboard.press("Escape")
    gallery.evaluate("document.activeElement.blur()")
    gallery.keyboard.press("?")
    expect(gallery.locator("#shortcuts")).not_to_be_visible()


def test_two_keys_go_to_a_page(gallery: Page) -> None:
    gallery.evaluate("document.activeElement.blur()")
    # Both in one task of the browser: the second counts for a moment only.
    gallery.evaluate(
        """() => [..."gh"].forEach(key =>
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))"""
    )
    gallery.wait_for_url("**/n/guest/activations/")


def test_clocks_go_on(gallery: Page) -> None:
    clock = gallery.locator("[data-elapsed-since]").first
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)


def test_a_menu_closes_on_escape_and_gives_the_focus_back(gallery: Page) -> None:
    gallery.click(".switcher > summary")
    gallery.keyboard.press("ArrowDown")
    gallery.keyboard.press("Escape")
    expect(gallery.locator(".switcher")).not_to_have_attribute("open", "")
    expect(gallery.locator(".switcher > summary")).to_be_focused()
