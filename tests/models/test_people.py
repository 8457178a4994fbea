"""Roles, and links that work once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Membership, Namespace, OneTimeLink, Role
from tests.factories import make_namespace, make_user, member

pytestmark = pytest.mark.django_db


def test_each_role_includes_those_before_it() -> None:
    roles = [Role.VIEWER, Role.OPERATOR, Role.EDITOR, Role.ADMIN]
    assert sorted(Role, key=lambda role: role.rank) == roles
    for place, role in enumerate(roles):
        assert [role.includes(other) for other in roles] == [rank <= place for rank in range(4)]


@pytest.mark.parametrize("role", list(Role))
def test_a_member_has_the_given_role_and_no_other_namespace(role: Role) -> None:
    namespace, other = make_namespace(), make_namespace()
    user = member(namespace, role)
    assert namespace.role_of(user) == role
    assert other.role_of(user) is None
    assert list(Namespace.objects.visible_to(user)) == [namespace]


def test_a_superuser_administers_everything_without_a_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    namespace, root = make_namespace(), make_user("root", is_superuser=True)
    with django_assert_num_queries(0):
        assert namespace.role_of(root) == Role.ADMIN
    assert list(Namespace.objects.visible_to(root)) == [namespace]


def test_a_person_has_one_role_in_a_namespace() -> None:
    namespace = make_namespace()
    user = member(namespace)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, namespace=namespace, role=Role.ADMIN)


def test_people_are_shown_by_their_full_name_if_they_gave_one() -> None:
    assert make_user("ada", first_name="Ada", last_name="Lovelace").shown_name == "Ada Lovelace"
    assert make_user("bob").shown_name == "bob"


def test_a_link_is_found_by_its_token_which_is_not_stored() -> None:
    link, token = OneTimeLink.issue(note="for Ada")
    assert list(OneTimeLink.objects.for_token(token)) == [link]
    assert token not in str(OneTimeLink.objects.values().get())
    assert not OneTimeLink.objects.for_token(token + "x")


def test_a_link_works_once_even_for_two_at_the_same_moment() -> None:
    link, token = OneTimeLink.issue()
    same = OneTimeLink.objects.for_token(token).get()
    assert [link.claim(), same.claim(), link.claim()] == [True, False, False]
    assert not OneTimeLink.objects.usable()


def test_a_link_runs_out() -> None:
    link, _ = OneTimeLink.issue(lifetime=timedelta(hours=1))
    assert OneTimeLink.objects.usable().count() == 1
    assert not link.claim(now=timezone.now() + timedelta(hours=1, seconds=1))
    assert link.claim(now=timezone.now() + timedelta(minutes=59))


def test_every_token_is_another_one() -> None:
    assert len({OneTimeLink.issue()[1] for _ in range(20)}) == 20
