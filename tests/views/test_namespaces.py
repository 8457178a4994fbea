"""The list of namespaces."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from runtime_app.models import Membership, Role
from tests.factories import make_namespace, make_user, member

pytestmark = pytest.mark.django_db

URL = "/namespaces/"


def test_it_lists_what_the_person_may_see_with_the_role(client: Client) -> None:
    namespace = make_namespace(name="mine")
    make_namespace(name="not-mine")
    client.force_login(member(namespace, Role.OPERATOR))
    page = client.get(URL).content.decode()
    assert "mine" in page
    assert "Operator" in page
    assert "not-mine" not in page


def test_administrators_of_the_panel_see_all(client: Client) -> None:
    make_namespace(name="a-team")
    make_namespace(name="b-team")
    client.force_login(make_user("root", is_superuser=True))
    page = client.get(URL).content.decode()
    assert "a-team" in page
    assert "b-team" in page


def test_whoever_has_none_is_told_what_to_do(client: Client) -> None:
    client.force_login(make_user("ann"))
    page = client.get(URL).content.decode()
    assert "No namespace yet" in page
    assert 'href="/namespaces/connect/"' in page


def test_health_is_a_sentence(client: Client) -> None:
    now = timezone.now()
    make_namespace(last_contact_at=now)
    make_namespace(last_error="It is away.", last_error_at=now, last_contact_at=now)
    make_namespace(last_error="It did not accept the key.", last_error_at=now, key_refused=True)
    make_namespace()
    client.force_login(make_user("root", is_superuser=True))
    page = client.get(URL).content.decode()
    for words in ("Last contact", "It is away.", "until the key is replaced", "Not called yet"):
        assert words in page


def test_the_number_of_queries_does_not_grow_with_the_list(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_user("ann")
    for _ in range(5):
        Membership.objects.create(user=ann, namespace=make_namespace())
    client.force_login(ann)
    with django_assert_num_queries(5):  # session, user, roles, rows, the switcher's menu
        client.get(URL)


def test_it_only_reads(client: Client) -> None:
    client.force_login(make_user("ann"))
    assert client.post(URL).status_code == 405
