"""The history's filters in a browser: what is chosen as soon as they are drawn applies as it does later."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Request

from tests.factories import make_activation, make_namespace, member
from tests.waiting import wait_until

from .conftest import ORIGIN, Site

pytestmark = pytest.mark.django_db

HISTORY = "/n/shop/activations/"
CHOOSE_AS_SOON_AS_THEY_ARE_DRAWN = """document.body.addEventListener("htmx:afterSwap", () => {
    const time = document.getElementById("id_when");
    time.value = "1h";
    time.dispatchEvent(new Event("change", { bubbles: true }));
}, { once: true })"""


@pytest.fixture
def shown(client: Client) -> Site:
    """The history of a namespace, as a whole page and as htmx asks for it."""
    shop = make_namespace(slug="shop", name="shop")
    client.force_login(member(shop))
    make_activation(shop)

    whole, part = client.get(HISTORY), client.get(HISTORY, headers={"HX-Request": "true"})

    def history(request: Request) -> dict[str, Any]:
        page = part if "hx-request" in request.headers else whole
        return {"body": page.content, "headers": dict(page.headers)}

    return Site("", "", answers={HISTORY: history})


def test_a_filter_chosen_as_soon_as_the_others_have_changed_loads_no_whole_page(
    shown: Site, context: BrowserContext
) -> None:
    context.route("**/*", shown.answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}{HISTORY}")
    page.evaluate(CHOOSE_AS_SOON_AS_THEY_ARE_DRAWN)
    page.get_by_role("link", name="Not reported").click()
    wait_until(lambda: len(shown.asked(HISTORY)) == 3 or page.wait_for_timeout(20))
    assert ["hx-request" in each.headers for each in shown.asked(HISTORY)] == [False, True, True]
