"""The history's filters in a browser: what is chosen as soon as they are drawn applies as it does later."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.factories import make_namespace, member
from tests.waiting import wait_until

from .conftest import ORIGIN, Site

pytestmark = pytest.mark.django_db

HISTORY = "/n/shop/activations/"
CHOOSE_AS_SOON_AS_THEY_ARE_DRAWN = """
const choose = () => {
    const time = document.getElementById("id_when");
    time.value = "1h";
    time.dispatchEvent(new Event("change", { bubbles: true }));
};
document.body.addEventListener("htmx:afterSwap", () => queueMicrotask(choose), { once: true });
"""
SOMETHING_CHANGED = "document.body.dispatchEvent(new CustomEvent('live:changed'))"


@pytest.fixture
def shown(client: Client) -> Site:
    """The history of a namespace without any, as a whole page and as htmx asks for it."""
    client.force_login(member(make_namespace(slug="shop", name="shop")))
    whole, part = client.get(HISTORY), client.get(HISTORY, headers={"HX-Request": "true"})

    def history(request: Request) -> dict[str, Any]:
        page = part if "hx-request" in request.headers else whole
        return {"body": page.content, "headers": dict(page.headers)}

    return Site("", "", answers={HISTORY: history})


@pytest.fixture
def page(shown: Site, context: BrowserContext) -> Page:
    context.route("**/*", shown.answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}{HISTORY}")
    return page


def test_a_filter_chosen_as_soon_as_the_others_have_changed_loads_no_whole_page(
    shown: Site, page: Page
) -> None:
    page.evaluate(CHOOSE_AS_SOON_AS_THEY_ARE_DRAWN)
    page.get_by_role("link", name="Not reported").click()
    wait_until(lambda: len(shown.asked(HISTORY)) == 3 or page.wait_for_timeout(20))
    assert ["hx-request" in each.headers for each in shown.asked(HISTORY)] == [False, True, True]


def test_what_a_person_asks_for_is_not_lost_to_a_refresh_by_itself(shown: Site, page: Page) -> None:
    asked = held_back(shown)
    page.get_by_role("link", name="Not reported").click()
    wait_until(lambda: bool(asked) or page.wait_for_timeout(20))
    page.evaluate(SOMETHING_CHANGED)
    asked[0].fulfill(**shown.answers[HISTORY](asked[0].request))
    expect(page).to_have_url(f"{ORIGIN}{HISTORY}?status=not_reported")
    assert len(asked) == 1


def test_a_refresh_by_itself_gives_way_to_what_a_person_asks_for(shown: Site, page: Page) -> None:
    asked = held_back(shown)
    page.evaluate(SOMETHING_CHANGED)
    wait_until(lambda: bool(asked) or page.wait_for_timeout(20))
    page.get_by_role("link", name="Not reported").click()
    wait_until(lambda: len(asked) == 2 or page.wait_for_timeout(20))
    asked[1].fulfill(**shown.answers[HISTORY](asked[1].request))
    expect(page).to_have_url(f"{ORIGIN}{HISTORY}?status=not_reported")


def held_back(site: Site) -> list[Route]:
    """From now on, the questions for the history."""
    site.held_back[HISTORY] = []
    return site.held_back[HISTORY]
