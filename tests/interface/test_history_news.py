"""The history's pill "+N new" in a browser: a click is never lost to the poll that renews the pill."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from runtime_app.models import Namespace
from tests.factories import make_activation, make_namespace, member
from tests.waiting import wait_until

from .conftest import ORIGIN, Site

pytestmark = pytest.mark.django_db

HISTORY = "/n/shop/activations/"
NEWS = f"{HISTORY}news/"
PART = {"HX-Request": "true"}


@pytest.fixture
def shop() -> Namespace:
    return make_namespace(slug="shop", name="shop")


@pytest.fixture
def shown(shop: Namespace, client: Client) -> Site:
    """The history before and after a run came to it, and the pill that says so, rendered beforehand."""
    client.force_login(member(shop))
    make_activation(shop, action_path="before")
    before = client.get(HISTORY)
    cursor = before.context["live_cursor"]
    make_activation(shop, action_path="after")
    after, pill = client.get(HISTORY, headers=PART), client.get(NEWS, {"cursor": str(cursor)}, headers=PART)

    def history(request: Request) -> dict[str, Any]:
        page = after if "hx-request" in request.headers else before
        return {"body": page.content, "headers": dict(page.headers)}

    def news(request: Request) -> dict[str, Any]:
        return {"body": pill.content, "headers": dict(pill.headers)}

    return Site("", "", answers={HISTORY: history, NEWS: news})


def changed(page: Page) -> None:
    """What the page tells itself when the stream has brought something."""
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:changed'))")


def poll_on_its_way(site: Site, page: Page) -> Route:
    """A poll of the pill whose answer has not come."""
    site.held_back[NEWS] = []
    changed(page)
    wait_until(lambda: bool(site.held_back[NEWS]) or page.wait_for_timeout(20))
    (poll,) = site.held_back.pop(NEWS)
    return poll


@pytest.fixture
def page(shown: Site, context: BrowserContext) -> Page:
    """The history with the pill on it."""
    context.route("**/*", shown.answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}{HISTORY}")
    changed(page)
    expect(page.get_by_role("link", name="+1 new")).to_be_visible()
    return page


def test_a_click_while_the_pill_is_being_renewed_shows_what_is_new(shown: Site, page: Page) -> None:
    poll_on_its_way(shown, page)
    page.get_by_role("link", name="+1 new").click()
    expect(page.get_by_role("row", name="after")).to_be_visible()
    expect(page.get_by_role("link", name="+1 new")).to_have_count(0)


def test_the_pill_is_not_renewed_away_while_what_is_new_is_on_its_way(shown: Site, page: Page) -> None:
    shown.held_back[HISTORY] = []
    page.get_by_role("link", name="+1 new").click()
    wait_until(lambda: bool(shown.held_back[HISTORY]) or page.wait_for_timeout(20))
    (click,) = shown.held_back.pop(HISTORY)
    asked = len(shown.asked(NEWS))
    changed(page)
    page.wait_for_timeout(200)
    assert len(shown.asked(NEWS)) == asked
    click.fulfill(**shown.answers[HISTORY](click.request))
    expect(page.get_by_role("row", name="after")).to_be_visible()
    assert urlsplit(page.url).path == HISTORY
