"""The way in."""

from __future__ import annotations

import pytest
from django.test import Client

from runtime_app.models import Membership, Role
from tests.factories import make_namespace, make_user, member

pytestmark = pytest.mark.django_db


def test_who_has_no_namespace_gets_the_list(client: Client) -> None:
    make_namespace()
    client.force_login(make_user("ann"))
    assert client.get("/")["Location"] == "/namespaces/"


def test_it_leads_to_the_first_namespace_by_name(client: Client) -> None:
    second, first = make_namespace(name="b", slug="b"), make_namespace(name="a", slug="a")
    ann = member(second)
    Membership.objects.create(user=ann, namespace=first)
    client.force_login(ann)
    assert client.get("/")["Location"] == "/n/a/"


def test_it_leads_to_the_namespace_that_was_open_last_while_that_may_be_seen(client: Client) -> None:
    make_namespace(name="a", slug="a")
    namespace = make_namespace(name="b", slug="b")
    client.force_login(make_user("root", is_superuser=True))
    client.get("/n/b/settings/")
    assert client.get("/")["Location"] == "/n/b/"
    namespace.delete()
    assert client.get("/")["Location"] == "/n/a/"


def test_an_old_visit_opens_no_door(client: Client) -> None:
    namespace = make_namespace(name="b", slug="b")
    ann = member(namespace, Role.ADMIN)
    client.force_login(ann)
    client.get("/n/b/settings/")
    Membership.objects.filter(user=ann).delete()
    assert client.get("/")["Location"] == "/namespaces/"


def test_it_only_reads(client: Client) -> None:
    client.force_login(make_user("ann"))
    assert client.post("/").status_code == 405
