"""One-time links: for signing in, and for joining a namespace."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from runtime_app.models import Membership, Namespace, OneTimeLink, Role, User
from runtime_app.services.connecting import access
from tests.factories import make_namespace, make_user, member

pytestmark = pytest.mark.django_db

NEWCOMER = {"name": "Ada L", "username": "ada", "password": "a long passphrase"}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(name="team", slug="team")


@pytest.fixture
def invitation(namespace: Namespace) -> str:
    return access.invite(namespace, Role.EDITOR, "Ada", person=member(namespace, Role.ADMIN, "boss"))


def test_opening_a_link_uses_nothing_up(client: Client) -> None:
    url = access.sign_in_link(make_user("ann"))
    for _ in range(3):
        response = client.get(url)
        assert response.status_code == 200
        assert "Sign in as ann" in response.content.decode()
    assert client.head(url).status_code == 200
    assert OneTimeLink.objects.usable().count() == 1
    assert "_auth_user_id" not in client.session


def test_the_address_of_a_link_stays_on_this_site_and_in_no_cache(client: Client, invitation: str) -> None:
    response = client.get(invitation)
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store"


def test_it_signs_in_once(client: Client) -> None:
    url = access.sign_in_link(make_user("ann"))
    assert client.post(url)["Location"] == "/"
    assert client.session["_auth_user_id"]
    again = client.post(url)
    assert again.status_code == 410
    assert "used already" in again.content.decode()


def test_the_first_administrator_is_asked_to_choose_a_password(client: Client) -> None:
    url = access.first_sign_in_link()
    assert url is not None
    page = client.post(url, follow=True)
    assert page.redirect_chain == [("/account/", 302)]
    assert "Choose a password" in page.content.decode()


def test_it_signs_in_over_somebody_else(client: Client) -> None:
    client.force_login(make_user("bob"))
    ann = make_user("ann")
    url = access.sign_in_link(ann)
    assert "You are signed in as bob" in client.get(url).content.decode()
    client.post(url)
    assert client.session["_auth_user_id"] == str(ann.pk)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_never_was_has_run_out_or_was_withdrawn_says_so(client: Client, method: str) -> None:
    url = access.sign_in_link(make_user("ann"))
    OneTimeLink.objects.update(expires_at=timezone.now())
    for address in (url, "/link/never-was/"):
        response = getattr(client, method)(address)
        assert response.status_code == 410
        assert "does not work" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_closed_account_is_not_signed_in(client: Client) -> None:
    ann = make_user("ann")
    url = access.sign_in_link(ann)
    User.objects.update(is_active=False)
    assert client.post(url).status_code == 410
    assert "_auth_user_id" not in client.session


def test_an_invitation_says_who_invites_to_what(client: Client, invitation: str) -> None:
    page = client.get(invitation).content.decode()
    assert "Join team" in page
    assert "boss invites you" in page
    assert "creates, changes and deletes actions" in page


def test_a_newcomer_makes_an_account_and_is_in(client: Client, invitation: str, namespace: Namespace) -> None:
    assert client.post(invitation, NEWCOMER)["Location"] == "/n/team/"
    ada = User.objects.get(username="ada")
    assert ada.shown_name == "Ada L"
    assert ada.check_password(NEWCOMER["password"])
    assert namespace.role_of(ada) == Role.EDITOR
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert client.post(invitation, {**NEWCOMER, "username": "eve"}).status_code == 410
    assert not User.objects.filter(username="eve").exists()


def test_a_refused_newcomer_keeps_the_link_and_the_name(client: Client, invitation: str) -> None:
    response = client.post(invitation, {**NEWCOMER, "username": "boss"})
    page = response.content.decode()
    assert "already" in page
    assert 'value="Ada L"' in page
    assert NEWCOMER["password"] not in page
    assert client.post(invitation, NEWCOMER).status_code == 302


def test_who_has_an_account_joins_with_it(client: Client, invitation: str, namespace: Namespace) -> None:
    ann = make_user("ann")
    client.force_login(ann)
    assert "Join as ann" in client.get(invitation).content.decode()
    assert not Membership.objects.filter(user=ann).exists()
    assert client.post(invitation)["Location"] == "/n/team/"
    assert namespace.role_of(ann) == Role.EDITOR


def test_an_invitation_to_a_namespace_that_is_gone_does_not_work(
    client: Client, invitation: str, namespace: Namespace
) -> None:
    namespace.delete()
    assert client.get(invitation).status_code == 410


def test_other_methods_are_refused(client: Client, invitation: str) -> None:
    assert client.put(invitation).status_code == 405
