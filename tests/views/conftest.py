"""Who looks at what: a namespace, its members at the test client, and the runtimes that views call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from runtime_app.models import Namespace, Role, User
from runtime_app.openwhisk import OpenWhiskClient
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.connecting.connections import client_for
from tests.factories import make_namespace, member
from tests.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A scripted runtime."""
    with Upstream().running() as running:
        yield running


@pytest.fixture
def upstream_client(guest: Namespace) -> Iterator[OpenWhiskClient]:
    """The real one, without the panel in between."""
    with client_for(guest) as opened:
        yield opened


@pytest.fixture
def namespace(db: None) -> Namespace:
    return make_namespace()


@pytest.fixture
def person(namespace: Namespace) -> User:
    """Somebody who may only look."""
    return member(namespace)


@pytest.fixture
def viewer(client: Client, person: User) -> Client:
    """That person's browser."""
    client.force_login(person)
    return client


@pytest.fixture
def operator(client: Client, namespace: Namespace) -> Client:
    """A browser of somebody who may also launch."""
    client.force_login(member(namespace, Role.OPERATOR))
    return client


@pytest.fixture
def editor(client: Client, guest: Namespace) -> Client:
    """A browser of Eve, who may change what the real runtime holds; the panel has just read all of it."""
    sync_namespace(guest)
    client.force_login(member(guest, Role.EDITOR, "eve"))
    return client
