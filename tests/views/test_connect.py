"""Connecting a namespace in the browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from runtime_app.models import AuditEntry, Membership, Namespace, Role, User, Verb
from tests.factories import AUTH, make_namespace, make_user
from tests.upstream import Answer, Upstream

pytestmark = pytest.mark.django_db

URL = "/namespaces/connect/"
SECRET = AUTH.partition(":")[2]


@pytest.fixture
def ann(client: Client) -> User:
    user = make_user("ann")
    client.force_login(user)
    return user


def test_the_page_asks_for_host_namespace_and_key(client: Client, ann: User) -> None:
    page = client.get(URL).content.decode()
    for words in ("API host", "Namespace", "Key", ".wskprops"):
        assert words in page


def test_it_connects_the_standalone_runtime(client: Client, ann: User, standalone_server: Any) -> None:
    response = client.post(URL, {"api_host": standalone_server.url, "auth": standalone_server.auth})
    assert response["Location"] == "/n/guest/"
    namespace = Namespace.objects.get()
    assert (namespace.name, namespace.api_host) == ("guest", standalone_server.url)
    assert namespace.auth == standalone_server.auth
    assert namespace.is_healthy
    assert namespace.max_timeout_ms > 0
    assert namespace.role_of(ann) == Role.ADMIN
    assert AuditEntry.objects.get().verb == Verb.CONNECTED


def test_it_connects_by_properties_file(client: Client, ann: User, standalone_server: Any) -> None:
    text = f"APIHOST={standalone_server.url}\nNAMESPACE=guest\nAUTH={standalone_server.auth}\n"
    client.post(URL, {"properties_file": SimpleUploadedFile(".wskprops", text.encode())})
    assert Namespace.objects.get().name == "guest"


def test_a_wrong_key_is_refused_at_the_key_and_nothing_is_kept(
    client: Client, ann: User, standalone_server: Any
) -> None:
    response = client.post(URL, {"api_host": standalone_server.url, "name": "guest", "auth": AUTH})
    page = response.content.decode()
    assert 'id="id_auth_error"' in page
    assert "did not accept the key" in page
    assert f'value="{standalone_server.url}"' in page
    assert not Namespace.objects.exists()


def test_a_refused_form_keeps_the_key_in_a_password_field_that_no_cache_keeps(
    client: Client, ann: User
) -> None:
    response = client.post(URL, {"api_host": "http://127.0.0.1:9", "auth": AUTH})
    page = response.content.decode()
    assert 'id="id_api_host_error"' in page
    assert page.count(SECRET) == 1
    assert 'type="password" name="auth" value=' in page
    assert response["Cache-Control"] == "no-store"


def test_a_malformed_key_is_refused_without_a_call(client: Client, ann: User, upstream: Upstream) -> None:
    page = client.post(URL, {"api_host": upstream.url, "auth": "secret"}).content.decode()
    assert "no colon" in page
    assert upstream.asked == []


def test_a_web_page_is_refused_at_the_host(client: Client, ann: User, upstream: Upstream) -> None:
    upstream.answers(Answer(200, "<!doctype html><script>alert(1)</script>", content_type="text/html"))
    page = client.post(URL, {"api_host": upstream.url, "auth": AUTH}).content.decode()
    assert "web page instead of the OpenWhisk API" in page
    assert "alert(1)" not in page


def test_another_namespaces_key_is_refused_at_the_name(
    client: Client, ann: User, standalone_server: Any
) -> None:
    fields = {"api_host": standalone_server.url, "name": "other", "auth": standalone_server.auth}
    page = client.post(URL, fields).content.decode()
    assert "This key opens the namespace guest, not other." in page


def test_a_connected_namespace_is_not_connected_again(
    client: Client, ann: User, standalone_server: Any
) -> None:
    namespace = make_namespace(name="guest", api_host=standalone_server.url)
    fields = {"api_host": standalone_server.url, "auth": standalone_server.auth}
    assert "ask one of its admins" in client.post(URL, fields).content.decode()
    Membership.objects.create(user=ann, namespace=namespace)
    assert "choose it from the menu" in client.post(URL, fields).content.decode()
    assert Namespace.objects.get().auth == AUTH


def test_other_methods_are_refused(client: Client, ann: User) -> None:
    assert client.delete(URL).status_code == 405
