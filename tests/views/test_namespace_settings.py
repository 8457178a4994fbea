"""What a namespace's administrators do with its connection."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from runtime_app.models import AuditEntry, Namespace, Role, User, Verb
from tests.factories import AUTH, make_activation, make_namespace, make_user, member

pytestmark = pytest.mark.django_db

URL = "/n/team/settings/"
SECRET = AUTH.partition(":")[2]
HTMX = {"HX-Request": "true"}
POSTS = ("replace-key/", "reveal-key/", "sync/", "disconnect/")


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(slug="team", name="team", limits={"maxActionTimeout": 10_800_000})


@pytest.fixture
def admin(client: Client, namespace: Namespace) -> User:
    user = member(namespace, Role.ADMIN, "boss")
    client.force_login(user)
    return user


def test_it_shows_host_health_and_limits_but_not_the_key(client: Client, admin: User) -> None:
    page = client.get(URL).content.decode()
    assert "http://127.0.0.1:9" in page
    assert "Not called yet" in page
    assert ">3 h<" in page
    assert SECRET not in page


def test_it_counts_what_disconnecting_would_lose(client: Client, admin: User, namespace: Namespace) -> None:
    make_activation(namespace)
    assert "<strong>1</strong> activation of history" in client.get(URL).content.decode()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.EDITOR])
@pytest.mark.parametrize("path", ["", *POSTS])
def test_other_roles_get_403(client: Client, namespace: Namespace, role: Role, path: str) -> None:
    client.force_login(member(namespace, role))
    assert (client.post if path else client.get)(URL + path).status_code == 403
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("path", ["", *POSTS])
def test_strangers_get_404(client: Client, namespace: Namespace, path: str) -> None:
    client.force_login(make_user("stranger"))
    assert (client.post if path else client.get)(URL + path).status_code == 404
    assert client.get("/n/no-such-namespace/settings/").status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_deeds_take_a_post(client: Client, admin: User, path: str) -> None:
    assert client.get(URL + path).status_code == 405


def test_revealing_shows_the_key_once_in_an_answer_that_no_cache_keeps(client: Client, admin: User) -> None:
    for headers, is_part in (({}, False), (HTMX, True)):
        response = client.post(URL + "reveal-key/", headers=headers)
        page = response.content.decode()
        assert f'value="{AUTH}"' in page
        assert ("<html" not in page) is is_part
        assert response["Cache-Control"] == "no-store"
    assert list(AuditEntry.objects.values_list("verb", "person_name")) == [(Verb.REVEALED, "boss")] * 2
    assert SECRET not in client.get(URL).content.decode()


def test_a_key_that_cannot_be_decrypted_is_said(client: Client, admin: User) -> None:
    Namespace.objects.update(encrypted_auth="gAAAAA-not-ours")
    page = client.post(URL + "reveal-key/", follow=True).content.decode()
    assert "Enter the key again." in page
    assert not AuditEntry.objects.exists()


def test_another_key_is_tried_and_replaces_the_old_one(
    client: Client, admin: User, namespace: Namespace, standalone_server: Any
) -> None:
    Namespace.objects.update(api_host=standalone_server.url, name="guest")
    assert client.post(URL + "replace-key/", {"auth": standalone_server.auth})["Location"] == URL
    namespace.refresh_from_db()
    assert namespace.auth == standalone_server.auth
    assert AuditEntry.objects.get().verb == Verb.KEY_REPLACED


@pytest.mark.parametrize(("key", "words"), [("secret", "no colon"), (AUTH, "connection refused")])
def test_a_key_that_does_not_work_replaces_nothing(
    client: Client, admin: User, namespace: Namespace, key: str, words: str
) -> None:
    before = namespace.encrypted_auth
    response = client.post(URL + "replace-key/", {"auth": key})
    assert words in response.content.decode()
    assert 'id="id_auth_error"' in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    namespace.refresh_from_db()
    assert namespace.encrypted_auth == before


def test_the_embedded_runtimes_key_is_not_replaced_by_hand(client: Client, admin: User) -> None:
    Namespace.objects.update(is_embedded=True)
    assert client.post(URL + "replace-key/", {"auth": AUTH}).status_code == 403


def test_syncing_calls_the_runtime(
    client: Client, admin: User, namespace: Namespace, standalone_server: Any
) -> None:
    namespace.api_host, namespace.auth, namespace.name = (
        standalone_server.url,
        standalone_server.auth,
        "guest",
    )
    namespace.save()
    assert client.post(URL + "sync/")["Location"] == URL
    assert client.post(URL + "sync/", {"from": "health"})["Location"] == "/n/team/health/"
    part = client.post(URL + "sync/", headers=HTMX)
    assert part.content.decode().lstrip().startswith('<section id="connection"')
    assert "toast" in part["HX-Trigger"]
    namespace.refresh_from_db()
    assert namespace.last_contact_at is not None


def test_syncing_says_why_the_runtime_does_not_answer(client: Client, admin: User) -> None:
    assert "connection refused" in client.post(URL + "sync/", follow=True).content.decode()
    assert "connection refused" in client.post(URL + "sync/", headers=HTMX).content.decode()


def test_disconnecting_needs_the_name(client: Client, admin: User) -> None:
    page = client.post(URL + "disconnect/", {"name": "tema"}).content.decode()
    assert "This is not the name" in page
    assert 'value="tema"' in page
    assert Namespace.objects.exists()
    assert client.post(URL + "disconnect/", {"name": "team"})["Location"] == "/namespaces/"
    assert not Namespace.objects.exists()
    assert AuditEntry.objects.get().verb == Verb.DISCONNECTED
