from __future__ import annotations

import pytest
import responses

from runtime_app.openwhisk import BadReply, InvalidHost, OpenWhiskClient, Unauthorized
from tests.openwhisk import documents
from tests.openwhisk.conftest import AUTH, HOST


def test_the_server_is_asked_without_the_key(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.get(f"{HOST}/", json={"description": "OpenWhisk", "api_paths": ["/api/v1"], "runtimes": {}})
    assert client.server_info().description == "OpenWhisk"
    assert "Authorization" not in wire.calls[0].request.headers


def test_a_web_site_is_not_taken_for_a_server(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.get(f"{HOST}/", body="<!doctype html><title>Shop</title>", content_type="text/html")
    with pytest.raises(BadReply, match="Check the API host"):
        client.server_info()


def test_namespaces_and_limits(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.get(f"{HOST}/api/v1/namespaces", json=["guest"])
    wire.get(f"{HOST}/api/v1/namespaces/_/limits", json={"maxActionTimeout": 10_800_000})
    assert client.namespaces() == ("guest",)
    assert client.limits().max_timeout_ms == 10_800_000


def test_a_wrong_key_is_unauthorized(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    body = documents.error("The supplied authentication is invalid")
    wire.get(f"{HOST}/api/v1/namespaces", status=401, json=body)
    with pytest.raises(Unauthorized):
        client.namespaces()


@pytest.mark.parametrize("body", [{}, "guest", [1], [["guest"]]])
def test_namespaces_of_wrong_type_are_a_bad_reply(
    client: OpenWhiskClient, wire: responses.RequestsMock, body: object
) -> None:
    wire.get(f"{HOST}/api/v1/namespaces", json=body)
    with pytest.raises(BadReply):
        client.namespaces()


def test_a_named_namespace_is_in_every_path(wire: responses.RequestsMock) -> None:
    wire.get(f"{HOST}/api/v1/namespaces/my%20team/limits", json={})
    with OpenWhiskClient(HOST, AUTH, "my team") as client:
        client.limits()


def test_an_unusable_host_is_said_before_anything_is_sent() -> None:
    with pytest.raises(InvalidHost):
        OpenWhiskClient("ftp://whisk.test", AUTH)


def test_the_key_is_in_no_representation(client: OpenWhiskClient) -> None:
    assert repr(client) == "OpenWhiskClient('http://whisk.test', namespace='_')"
