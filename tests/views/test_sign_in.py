"""Signing in with a password, and out."""

from __future__ import annotations

import pytest
from django.test import Client

from runtime_app.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

URL = "/sign-in/"


def sign_in(client: Client, password: str = PASSWORD, **fields: str) -> int:
    return client.post(URL, {"username": "ann", "password": password, **fields}).status_code


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_the_page_asks_for_name_and_password(client: Client) -> None:
    page = client.get(URL).content.decode()
    assert "User name" in page
    assert 'type="password"' in page


def test_it_signs_in_and_goes_on_to_where_the_person_was_heading(client: Client) -> None:
    make_user("ann")
    response = client.post(f"{URL}?next=/account/", {"username": "ann", "password": PASSWORD})
    assert response["Location"] == "/account/"
    assert is_signed_in(client)


def test_it_never_leads_to_another_site(client: Client) -> None:
    make_user("ann")
    response = client.post(
        URL, {"username": "ann", "password": PASSWORD, "next": "https://evil.example.com/"}
    )
    assert response["Location"] == "/"


def test_a_wrong_password_is_one_sentence_and_keeps_the_name(client: Client) -> None:
    make_user("ann")
    response = client.post(URL, {"username": "ann", "password": "wrong"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "do not belong together" in page
    assert 'value="ann"' in page
    assert "wrong" not in page
    assert not is_signed_in(client)


def test_a_closed_account_stays_out(client: Client) -> None:
    make_user("ann", is_active=False)
    assert sign_in(client) == 200
    assert not is_signed_in(client)


def test_after_five_wrong_passwords_the_right_one_has_to_wait(client: Client) -> None:
    make_user("ann")
    answers = [sign_in(client, "wrong") for _ in range(5)]
    response = client.post(URL, {"username": "ann", "password": PASSWORD})
    assert answers[:4] == [200] * 4
    assert response.status_code == 429
    assert "Wait five minutes" in response.content.decode()
    assert not is_signed_in(client)


def test_a_lock_out_does_not_lock_out_other_people(client: Client) -> None:
    make_user("ann")
    make_user("bob")
    for _ in range(5):
        sign_in(client, "wrong")
    assert sign_in(client, username="bob") == 302


def test_who_is_signed_in_already_goes_on(client: Client) -> None:
    client.force_login(make_user("ann"))
    assert client.get(URL)["Location"] == "/"


def test_signing_out_takes_a_post(client: Client) -> None:
    client.force_login(make_user("ann"))
    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)
    assert client.post("/sign-out/")["Location"] == URL
    assert not is_signed_in(client)


@pytest.mark.parametrize("url", ["/", "/account/", "/namespaces/", "/namespaces/connect/"])
def test_strangers_are_asked_to_sign_in(client: Client, url: str) -> None:
    assert client.get(url)["Location"] == f"{URL}?next={url}"


def test_the_password_is_not_stored_in_clear() -> None:
    make_user("ann")
    assert PASSWORD not in User.objects.get().password
