"""The live connection: what it shows, resumes and falls back to, against answers that this test scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.waiting import wait_until

from .conftest import Site

STREAM = "/n/guest/live/"
CHANGES = "/n/guest/live/changes/"
INDICATOR = "#live-indicator"
ROW = "02f3a9c2d1e84b0c8d6e5f4a3b2c1d0e"
LIVE_ATTRIBUTES = f'<body data-live-url="{STREAM}" data-live-changes-url="{CHANGES}" data-live-cursor="40"'


class Upstream:
    """The server's side: `messages` are (cursor, event, data); each request gets those after its cursor."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, str, str]] = []
        self.stream_works = True
        self.cursors: list[int] = []

    def after(self, request: Request) -> Iterator[tuple[int, str, str]]:
        cursor = int(parse_qs(urlsplit(request.url).query)["cursor"][0])
        self.cursors.append(cursor)
        return (message for message in self.messages if message[0] > cursor)

    def stream(self, request: Request) -> dict[str, Any]:
        """A stream that ends after what there is, so that the browser has to come back for more."""
        if not self.stream_works:
            return {"status": 503, "body": "no"}
        body = ": hello\n\n"
        for cursor, event, data in self.after(request):
            lines = "".join(f"data: {line}\n" for line in data.split("\n"))
            body += f"id: {cursor}\nevent: {event}\n{lines}\n"
        return {"body": body, "content_type": "text/event-stream"}

    def changes(self, request: Request) -> dict[str, Any]:
        news = list(self.after(request))
        if not news:
            return {"status": 204, "body": ""}
        html = "".join(data for _, event, data in news if event == "fragment")
        changed = [json.loads(data) for _, event, data in news if event == "changed"]
        resync = any(event == "resync" for _, event, _ in news)
        answer = {"cursor": str(news[-1][0]), "html": html, "changed": changed, "resync": resync}
        return {"body": json.dumps(answer)}


@pytest.fixture
def upstream(site: Site) -> Upstream:
    upstream = Upstream()
    site.html = site.html.replace("<body", LIVE_ATTRIBUTES, 1)
    site.answers |= {STREAM: upstream.stream, CHANGES: upstream.changes}
    site.answers["/static/js/editor.js"] = lambda _: {"body": "", "content_type": "text/javascript"}
    return upstream


def row(identity: str, text: str, swap: str = "true") -> str:
    return f'<template><tr id="a-{identity}" hx-swap-oob="{swap}"><td>{text}</td></tr></template>'


def test_a_fragment_replaces_its_row_and_flashes_it(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    upstream.messages = [(41, "fragment", row(ROW, "done\nin two lines"))]
    page = site.open(context)
    expect(page.locator(f"#a-{ROW}")).to_have_text("done in two lines")


def test_a_fragment_without_a_place_is_ignored_without_a_complaint(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    errors: list[str] = []
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    upstream.messages = [(41, "fragment", row("elsewhere", "x") + row(ROW, "known"))]
    page = site.open(context)
    expect(page.locator(f"#a-{ROW}")).to_have_text("known")
    expect(page.locator("#a-elsewhere")).to_have_count(0)
    assert errors == []


def test_new_rows_come_on_top(site: Site, upstream: Upstream, context: BrowserContext) -> None:
    rows = '<tbody hx-swap-oob="afterbegin:.table tbody"><tr id="a-new"><td>new</td></tr></tbody>'
    piece = f"<template>{rows}</template>"
    upstream.messages = [(41, "fragment", piece)]
    page = site.open(context)
    expect(page.locator(".table tbody tr").first).to_have_text("new")


def test_hostile_text_in_a_fragment_runs_nothing(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    bad = row(ROW, "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>late")
    upstream.messages = [(41, "fragment", bad)]
    page = site.open(context)
    expect(page.locator(f"#a-{ROW}")).to_have_text("late")
    assert page.evaluate("window.hit") is None


def test_a_broken_stream_resumes_after_the_last_message(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    upstream.messages = [(41, "fragment", row(ROW, "first"))]
    page = site.open(context)
    expect(page.locator(f"#a-{ROW}")).to_have_text("first")
    upstream.messages.append((42, "fragment", row(ROW, "second")))
    expect(page.locator(f"#a-{ROW}")).to_have_text("second")
    assert upstream.cursors[0] == 40
    assert 41 in upstream.cursors


SECTION = """<section id="part" hx-get="/part/" hx-trigger="live:changed from:body" hx-swap="outerHTML"
 hx-sync="this:drop">old</section>"""


def count_changes(page: Page) -> None:
    """How many changes the page tells itself of, and what the row holds when it does so last."""
    page.evaluate(
        """row => {
          window.changes = 0;
          document.body.addEventListener('live:changed', () => {
            window.changes += 1;
            window.seen = document.getElementById(row).textContent;
          });
        }""",
        f"a-{ROW}",
    )


def test_many_changes_become_few_and_the_last_is_not_lost(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    page = site.open(context)
    expect(page.locator(INDICATOR)).not_to_have_text("Connecting…")
    count_changes(page)
    upstream.messages = [(cursor, "changed", "{}") for cursor in range(41, 61)]
    wait_until(lambda: page.evaluate("window.changes") > 0)
    upstream.messages += [(61, "fragment", row(ROW, "the last")), (62, "changed", "{}")]
    wait_until(lambda: page.evaluate("window.seen") == "the last")
    # Two, or few more on a machine that stands still among the first twenty.
    assert page.evaluate("window.changes") < 6


@pytest.mark.parametrize("settle_ms", [0, 20, 1000])
def test_a_section_that_is_still_asking_asks_again_for_what_came_meanwhile(
    site: Site, upstream: Upstream, context: BrowserContext, settle_ms: int
) -> None:
    """htmx wires new elements only when they have settled: here at once, by its own rule 20 ms later."""
    site.html = site.html.replace("<h1>", SECTION + "<h1>", 1)
    held: list[Route] = []
    site.held_back["/part/"] = held
    page = site.open(context)
    page.evaluate(f"htmx.config.defaultSettleDelay = {settle_ms}")
    upstream.messages = [(41, "changed", "{}")]
    wait_until(lambda: page.evaluate("1") and len(held) == 1)
    upstream.messages.append((42, "changed", "{}"))
    wait_until(lambda: page.evaluate("1") and 42 in upstream.cursors)
    held[0].fulfill(body=SECTION.replace("old", "new"))
    wait_until(lambda: page.evaluate("1") and len(held) == 2)


def test_a_section_that_left_the_page_while_it_asked_holds_nothing_up(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    site.html = site.html.replace("<h1>", SECTION + "<h1>", 1)
    held: list[Route] = []
    site.held_back["/part/"] = held
    page = site.open(context)
    count_changes(page)
    upstream.messages = [(41, "changed", "{}")]
    wait_until(lambda: page.evaluate("1") and len(held) == 1)
    page.locator("[hx-get='/part/']").evaluate("section => section.remove()")
    held[0].fulfill(body=SECTION)
    upstream.messages.append((42, "changed", "{}"))
    wait_until(lambda: page.evaluate("window.changes") == 2)


def test_without_a_stream_the_page_polls_and_says_so(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    upstream.stream_works = False
    page = site.open(context)
    expect(page.locator(INDICATOR)).to_have_text("Reconnecting…")
    expect(page.locator(INDICATOR)).to_have_text("Polling every 3 s", timeout=60_000)
    upstream.messages = [(41, "fragment", row(ROW, "polled"))]
    expect(page.locator(f"#a-{ROW}")).to_have_text("polled")


def test_polling_with_an_expired_session_leads_to_sign_in(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    upstream.stream_works = False
    site.answers[CHANGES] = lambda _: {"status": 401, "body": ""}
    page = site.open(context)
    page.wait_for_url("**/sign-in/?next=%2Fgallery%2F", timeout=60_000)


def test_a_browser_without_event_source_polls(
    site: Site, upstream: Upstream, context: BrowserContext
) -> None:
    context.add_init_script("delete window.EventSource")
    upstream.messages = [(41, "fragment", row(ROW, "polled"))]
    page = site.open(context)
    expect(page.locator(f"#a-{ROW}")).to_have_text("polled")
    expect(page.locator(INDICATOR)).to_have_text("Polling every 3 s")
