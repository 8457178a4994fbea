"""What other sites may make a browser do here."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

VISIT = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_to_a_page_and_nothing_else(site: str) -> None:
    assert Client(headers={"Sec-Fetch-Site": site, **VISIT}).get("/sign-in/").status_code == 200
    assert Client(headers={"Sec-Fetch-Site": site, **VISIT}).post("/sign-in/").status_code == 403
    assert (
        Client(headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors"}).get("/sign-in/").status_code == 403
    )
    framed = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert Client(headers=framed).get("/sign-in/").status_code == 403


def test_the_refusal_is_a_page() -> None:
    response = Client(headers={"Sec-Fetch-Site": "cross-site"}).post("/sign-in/")
    assert "You may not do this" in response.content.decode()


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_the_panels_own_pages_and_programs_are_let_through(headers: dict[str, str]) -> None:
    make_user("ann")
    client = Client(headers=headers)
    assert client.post("/sign-in/", {"username": "ann", "password": PASSWORD}).status_code == 302


def test_the_asynchronous_server_refuses_the_same() -> None:
    post = async_to_sync(AsyncClient().post)
    assert post("/sign-in/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert post("/sign-in/", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
