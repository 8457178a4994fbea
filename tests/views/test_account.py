"""A person's own account."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from runtime_app.models import Role, User
from tests.factories import PASSWORD, make_namespace, make_user, member

pytestmark = pytest.mark.django_db

NEW = "another long passphrase"


@pytest.fixture
def ann(client: Client) -> User:
    user = make_user("ann")
    client.force_login(user)
    return user


def test_it_shows_the_name_and_the_roles(client: Client) -> None:
    client.force_login(member(make_namespace(name="team"), Role.EDITOR, "ann"))
    page = client.get("/account/").content.decode()
    assert "team" in page
    assert "Editor" in page


def test_the_name_is_saved(client: Client, ann: User) -> None:
    assert client.post("/account/", {"name": "Ann B"})["Location"] == "/account/"
    ann.refresh_from_db()
    assert ann.shown_name == "Ann B"


def test_an_empty_name_is_refused_at_its_field(client: Client, ann: User) -> None:
    page = client.post("/account/", {"name": " "}).content.decode()
    assert "This field is required." in page
    assert 'id="id_name_error"' in page


def test_a_new_password_keeps_this_browser_and_ends_others(client: Client, ann: User) -> None:
    other = Client()
    other.force_login(ann)
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password/", fields)["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    ann.refresh_from_db()
    assert ann.check_password(NEW)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"old_password": "wrong"}, "was entered incorrectly"),
        ({"new_password2": "different"}, "match"),
        ({"new_password1": "123", "new_password2": "123"}, "too short"),
    ],
)
def test_a_refused_password_changes_nothing(
    client: Client, ann: User, fields: dict[str, str], words: str
) -> None:
    good = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    response = client.post("/account/password/", {**good, **fields})
    assert words in response.content.decode()
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_who_has_no_password_chooses_one_without_an_old_one(client: Client) -> None:
    root = User.objects.create_superuser("root")
    client.force_login(root)
    assert "Choose a password" in client.get("/account/").content.decode()
    chosen = client.post("/account/password/", {"new_password1": NEW, "new_password2": NEW})
    assert chosen["Location"] == "/"
    root.refresh_from_db()
    assert root.check_password(NEW)


def test_who_has_no_password_sees_that_card_first(client: Client, ann: User) -> None:
    def titles() -> list[str]:
        return re.findall(r'<h2 id="(name|password)-title"', client.get("/account/").content.decode())

    assert titles() == ["name", "password"]
    ann.set_unusable_password()
    ann.save()
    client.force_login(ann)
    assert titles() == ["password", "name"]


def test_the_theme_is_kept_in_this_browser(client: Client, ann: User) -> None:
    assert client.post("/account/theme/", {"theme": "dark"})["Location"] == "/account/"
    assert client.cookies["theme"].value == "dark"
    assert 'data-theme="dark"' in client.get("/account/").content.decode()


def test_an_unheard_of_theme_changes_nothing(client: Client, ann: User) -> None:
    client.post("/account/theme/", {"theme": "pink; path=/x"})
    assert "theme" not in client.cookies


def test_wrong_methods_are_refused(client: Client, ann: User) -> None:
    assert client.get("/account/password/").status_code == 405
    assert client.get("/account/theme/").status_code == 405
    assert client.delete("/account/").status_code == 405
