"""`manage.py sign_in_link`: letting somebody in again."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from runtime_app.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_it_prints_a_link_that_signs_in_once(client: Client) -> None:
    ann = make_user("ann")
    out = StringIO()
    call_command("sign_in_link", "ann", base_url="https://panel.example.com/", stdout=out)
    link = out.getvalue().strip()
    assert link.startswith("https://panel.example.com/link/")
    path = link.removeprefix("https://panel.example.com")
    client.post(path)
    assert client.session["_auth_user_id"] == str(ann.pk)
    assert Client().post(path).status_code == 410


def test_a_new_link_ends_the_one_before(client: Client) -> None:
    make_user("ann")
    out = StringIO()
    for _ in range(2):
        call_command("sign_in_link", "ann", base_url="", stdout=out)
    first, second = out.getvalue().split()
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


@pytest.mark.parametrize(("name", "words"), [("nobody", "Nobody has"), ("gone", "is closed")])
def test_it_says_why_there_is_no_link(name: str, words: str) -> None:
    make_user("gone", is_active=False)
    with pytest.raises(CommandError, match=words):
        call_command("sign_in_link", name)


def test_without_a_name_it_lets_the_first_administrator_in_until_one_has_a_password(client: Client) -> None:
    out = StringIO()
    call_command("sign_in_link", base_url="", stdout=out)
    client.post(out.getvalue().strip())
    admin = User.objects.get(is_superuser=True)
    assert client.session["_auth_user_id"] == str(admin.pk)
    admin.set_password("a long and good one")
    admin.save()
    with pytest.raises(CommandError, match="say whom"):
        call_command("sign_in_link", base_url="")
