"""Members, their roles, and invitations."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from runtime_app.models import Membership, Namespace, OneTimeLink, Role, User
from runtime_app.services.connecting import access
from tests.factories import make_namespace, make_user, member

pytestmark = pytest.mark.django_db

URL = "/n/team/members/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(slug="team", name="team")


@pytest.fixture
def admin(client: Client, namespace: Namespace) -> User:
    user = member(namespace, Role.ADMIN, "boss")
    client.force_login(user)
    return user


@pytest.fixture
def viewer(namespace: Namespace) -> Membership:
    return Membership.objects.get(user=member(namespace, Role.VIEWER, "ann"))


def paths(membership_pk: int, link_pk: int) -> list[str]:
    return [
        "invite/",
        f"invitations/{link_pk}/withdraw/",
        f"{membership_pk}/change-role/",
        f"{membership_pk}/remove/",
    ]


def open_invitation(namespace: Namespace, admin: User) -> OneTimeLink:
    access.invite(namespace, Role.EDITOR, "Bob", person=admin)
    return OneTimeLink.objects.get()


def test_it_lists_members_roles_and_open_invitations(
    client: Client, namespace: Namespace, admin: User, viewer: Membership
) -> None:
    open_invitation(namespace, admin)
    page = client.get(URL).content.decode()
    for words in ("boss", "ann", "Bob", "sees actions, history and results", "2 members"):
        assert words in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.EDITOR])
def test_other_roles_get_403(client: Client, namespace: Namespace, admin: User, role: Role) -> None:
    link = open_invitation(namespace, admin)
    client.force_login(member(namespace, role))
    assert client.get(URL).status_code == 403
    pk = Membership.objects.get(user=admin).pk
    assert [client.post(URL + path).status_code for path in paths(pk, link.pk)] == [403] * 4


def test_strangers_get_404(client: Client, namespace: Namespace, admin: User) -> None:
    link = open_invitation(namespace, admin)
    client.force_login(make_user("stranger"))
    assert client.get(URL).status_code == 404
    pk = Membership.objects.get(user=admin).pk
    assert [client.post(URL + path).status_code for path in paths(pk, link.pk)] == [404] * 4


def test_deeds_take_a_post(client: Client, namespace: Namespace, admin: User) -> None:
    link = open_invitation(namespace, admin)
    pk = Membership.objects.get(user=admin).pk
    assert [client.get(URL + path).status_code for path in paths(pk, link.pk)] == [405] * 4


def test_ids_of_another_namespace_are_404(client: Client, admin: User) -> None:
    other = make_namespace()
    foreign = Membership.objects.get(user=member(other, Role.ADMIN))
    link = open_invitation(other, admin)
    assert [
        client.post(URL + path, {"role": "viewer"}).status_code for path in paths(foreign.pk, link.pk)[1:]
    ] == [404] * 3
    assert OneTimeLink.objects.filter(pk=link.pk).exists()


def test_an_invitation_link_is_shown_once_and_works(
    client: Client, namespace: Namespace, admin: User
) -> None:
    response = client.post(URL + "invite/", {"role": "editor", "note": "Bob <b>"})
    page = response.content.decode()
    found = re.search(r"http://testserver(/link/[\w-]+/)", page)
    assert found is not None
    assert "Bob &lt;b&gt;" in page
    assert response["Cache-Control"] == "no-store"
    assert "/link/" not in client.get(URL).content.decode()
    bob = make_user("bob")
    client.force_login(bob)
    client.post(found[1])
    assert namespace.role_of(bob) == Role.EDITOR


def test_an_invitation_by_htmx_answers_the_part(client: Client, admin: User) -> None:
    page = client.post(URL + "invite/", {"role": "viewer"}, headers=HTMX).content.decode()
    assert page.lstrip().startswith('<section id="invitations"')
    assert "http://testserver/link/" in page


def test_a_refused_invitation_keeps_the_note(client: Client, admin: User) -> None:
    page = client.post(URL + "invite/", {"role": "emperor", "note": "Bob"}).content.decode()
    assert 'id="id_role_error"' in page
    assert 'value="Bob"' in page
    assert not OneTimeLink.objects.exists()


def test_an_invitation_is_withdrawn(client: Client, namespace: Namespace, admin: User) -> None:
    link = open_invitation(namespace, admin)
    path = f"{URL}invitations/{link.pk}/withdraw/"
    assert client.post(path)["Location"] == URL
    assert client.post(path).status_code == 404
    link = open_invitation(namespace, admin)
    part = client.post(f"{URL}invitations/{link.pk}/withdraw/", headers=HTMX)
    assert "Bob" not in part.content.decode()
    assert "toast" in part["HX-Trigger"]


def test_a_role_is_changed(client: Client, namespace: Namespace, admin: User, viewer: Membership) -> None:
    path = f"{URL}{viewer.pk}/change-role/"
    assert client.post(path, {"role": "operator"})["Location"] == URL
    assert namespace.role_of(viewer.user) == Role.OPERATOR
    part = client.post(path, {"role": "editor"}, headers=HTMX)
    assert part.content.decode().lstrip().startswith('<section id="members"')
    assert "ann is editor now" in part["HX-Trigger"]
    assert namespace.role_of(viewer.user) == Role.EDITOR


def test_an_unheard_of_role_is_refused_at_its_row(client: Client, admin: User, viewer: Membership) -> None:
    page = client.post(f"{URL}{viewer.pk}/change-role/", {"role": "emperor"}).content.decode()
    assert f'id="refusal-{viewer.pk}"' in page
    viewer.refresh_from_db()
    assert viewer.role == Role.VIEWER


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_last_admin_stays(
    client: Client, namespace: Namespace, admin: User, headers: dict[str, str]
) -> None:
    own = Membership.objects.get(user=admin)
    for path, data in (("change-role", {"role": "viewer"}), ("remove", {})):
        page = client.post(f"{URL}{own.pk}/{path}/", data, headers=headers).content.decode()
        assert f'id="refusal-{own.pk}"' in page
        assert "only admin" in page
    assert namespace.role_of(admin) == Role.ADMIN


def test_removing_takes_access_away_at_once(
    client: Client, namespace: Namespace, admin: User, viewer: Membership
) -> None:
    ann = Client()
    ann.force_login(viewer.user)
    assert ann.get(URL).status_code == 403
    assert client.post(f"{URL}{viewer.pk}/remove/")["Location"] == URL
    assert ann.get(URL).status_code == 404


def test_an_admin_who_leaves_is_led_out(client: Client, namespace: Namespace, admin: User) -> None:
    member(namespace, Role.ADMIN)
    own = Membership.objects.get(user=admin)
    assert client.post(f"{URL}{own.pk}/remove/", headers=HTMX)["HX-Redirect"] == "/namespaces/"
    assert client.get(URL).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_members(
    client: Client, namespace: Namespace, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        member(namespace)
        access.invite(namespace, Role.VIEWER, "", person=admin)
    client.get(URL)
    with django_assert_num_queries(7):  # session, user, namespace, role, members, invitations, the switcher
        client.get(URL)
