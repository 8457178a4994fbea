"""One-time links and roles."""

from __future__ import annotations

import pytest

from runtime_app.models import AuditEntry, Membership, OneTimeLink, Role, User, Verb
from runtime_app.services.connecting import access
from tests.factories import make_namespace, make_user, member

pytestmark = pytest.mark.django_db


def link_of(path: str) -> OneTimeLink:
    token = path.strip("/").split("/")[-1]
    return OneTimeLink.objects.for_token(token).get()


def test_the_first_start_makes_an_administrator_without_a_password() -> None:
    path = access.first_sign_in_link()
    admin = User.objects.get()
    assert path is not None
    assert path.startswith("/link/")
    assert admin.username == "admin"
    assert admin.is_superuser
    assert not admin.has_usable_password()
    assert link_of(path).user == admin


def test_only_the_last_first_link_works() -> None:
    first, second = access.first_sign_in_link(), access.first_sign_in_link()
    assert first != second
    assert OneTimeLink.objects.usable().count() == 1
    assert second is not None
    assert link_of(second).user == User.objects.get()


def test_there_is_no_first_link_once_an_administrator_has_a_password() -> None:
    make_user("root", is_superuser=True)
    assert access.first_sign_in_link() is None
    assert not OneTimeLink.objects.exists()


def test_an_inactive_administrator_with_a_password_does_not_count() -> None:
    make_user("root", is_superuser=True, is_active=False)
    assert access.first_sign_in_link() is not None
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_the_first_administrator_never_takes_over_an_ordinary_account() -> None:
    make_user("admin")
    path = access.first_sign_in_link()
    assert path is not None
    assert link_of(path).user == User.objects.get(username="admin-2")


def test_a_sign_in_link_works_once() -> None:
    link = link_of(access.sign_in_link(make_user("ann")))
    assert access.redeem_sign_in(link).username == "ann"
    with pytest.raises(access.LinkUsedUpError):
        access.redeem_sign_in(link)
    assert AuditEntry.objects.filter(verb=Verb.SIGNED_IN_BY_LINK).count() == 1


def test_a_closed_account_is_not_signed_in() -> None:
    link = link_of(access.sign_in_link(make_user("ann", is_active=False)))
    with pytest.raises(access.LinkUsedUpError):
        access.redeem_sign_in(link)


def test_joining_gives_the_role_of_the_invitation() -> None:
    namespace = make_namespace()
    admin, ann = member(namespace, Role.ADMIN), make_user("ann")
    link = link_of(access.invite(namespace, Role.EDITOR, "for Ann", person=admin))
    assert access.join(link, ann).role == Role.EDITOR
    assert namespace.role_of(ann) == Role.EDITOR
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {Verb.INVITED, Verb.JOINED}


def test_joining_raises_a_role_and_never_lowers_it() -> None:
    namespace = make_namespace()
    admin, viewer = member(namespace, Role.ADMIN), member(namespace, Role.VIEWER)
    access.join(link_of(access.invite(namespace, Role.EDITOR, "", person=admin)), viewer)
    assert namespace.role_of(viewer) == Role.EDITOR
    access.join(link_of(access.invite(namespace, Role.VIEWER, "", person=admin)), admin)
    assert namespace.role_of(admin) == Role.ADMIN


def test_a_used_invitation_creates_no_account() -> None:
    namespace = make_namespace()
    link = link_of(access.invite(namespace, Role.VIEWER, "", person=member(namespace, Role.ADMIN)))
    access.join(link, make_user("ann"))
    with pytest.raises(access.LinkUsedUpError):
        access.join_as_newcomer(link, username="bob", name="Bob", password="long enough 12")
    assert not User.objects.filter(username="bob").exists()


def test_a_withdrawn_invitation_is_gone() -> None:
    namespace = make_namespace()
    admin = member(namespace, Role.ADMIN)
    access.withdraw_invitation(
        link_of(access.invite(namespace, Role.VIEWER, "Ann", person=admin)), person=admin
    )
    assert not OneTimeLink.objects.exists()
    assert AuditEntry.objects.first().target == "Ann"


def test_the_last_admin_keeps_the_role_and_the_membership() -> None:
    namespace = make_namespace()
    admin = member(namespace, Role.ADMIN)
    make_user("root", is_superuser=True)
    membership = Membership.objects.get(user=admin)
    with pytest.raises(access.LastAdminError, match="only admin"):
        access.change_role(membership, Role.VIEWER, person=admin)
    with pytest.raises(access.LastAdminError):
        access.remove_member(membership, person=admin)
    assert namespace.role_of(admin) == Role.ADMIN


def test_an_admin_with_a_closed_account_does_not_count() -> None:
    namespace = make_namespace()
    admin, gone = member(namespace, Role.ADMIN), member(namespace, Role.ADMIN)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(access.LastAdminError):
        access.remove_member(Membership.objects.get(user=admin), person=admin)


def test_of_two_admins_one_may_go() -> None:
    namespace = make_namespace()
    first, second = member(namespace, Role.ADMIN), member(namespace, Role.ADMIN)
    access.change_role(Membership.objects.get(user=second), Role.OPERATOR, person=first)
    assert namespace.role_of(second) == Role.OPERATOR
    assert AuditEntry.objects.get().detail == {"before": "admin", "after": "operator"}
    access.remove_member(Membership.objects.get(user=second), person=first)
    assert namespace.role_of(second) is None


def test_the_same_role_again_is_no_deed() -> None:
    namespace = make_namespace()
    admin = member(namespace, Role.ADMIN)
    access.change_role(Membership.objects.get(user=admin), Role.ADMIN, person=admin)
    assert not AuditEntry.objects.exists()
