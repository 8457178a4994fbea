"""The API gateway: routes made by clients, and requests to them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

from tests.standalone.client import ANSWER_SECONDS, Client
from tests.standalone.web import EXPORTED

MANAGEMENT = "/api/v1/web/whisk.system/apimgmt"
ECHO = "const main = args => ({args})"


class Gateway:
    """One action and a base path of its own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.action = f"behind-{time.time_ns()}"
        self.base = f"/base-{time.time_ns()}"
        client.put_action(self.action, ECHO, annotations=[EXPORTED])

    def create(self, path: str, method: str, query: str = "", **fields: Any) -> requests.Response:
        action = {"name": self.action, "namespace": "_", "backendMethod": "GET", **fields}
        document = {
            "namespace": "_", "gatewayBasePath": self.base, "gatewayPath": path, "gatewayMethod": method,
            "action": action,
        }  # fmt: skip
        url = f"{self.client.server.url}{MANAGEMENT}/createApi{query}"
        return self.client.post(url, json={"apidoc": document})

    def list(self, query: str = "") -> Any:
        return self.client.get(f"{self.client.server.url}{MANAGEMENT}/getApi.http{query}").json()["apis"]

    def delete(self, query: str) -> requests.Response:
        return self.client.delete(f"{self.client.server.url}{MANAGEMENT}/deleteApi?{query}")


@pytest.fixture
def gateway(client: Client) -> Gateway:
    return Gateway(client)


def test_a_route_is_created_listed_and_served(gateway: Gateway) -> None:
    created = gateway.create("/hello", "get")
    assert created.status_code == 200, created.text
    url = created.json()["gwApiUrl"]
    listed = gateway.list(f"?basepath={gateway.base}")[0]["value"]
    assert listed["gwApiUrl"] == url
    assert listed in [api["value"] for api in gateway.list("?basepath=undefined&relpath=undefined")]
    operation = listed["apidoc"]["paths"]["/hello"]["get"]
    assert operation["operationId"] == f"guest/default/{gateway.action}"
    answer = requests.get(f"{url}/hello?a=1", timeout=ANSWER_SECONDS)
    assert answer.status_code == 200
    assert answer.json()["args"]["a"] == "1"
    assert answer.json()["args"]["__ow_method"] == "get"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_only_its_method_and_path_are_served(gateway: Gateway) -> None:
    url = gateway.create("/hello", "get").json()["gwApiUrl"]
    assert requests.post(f"{url}/hello", timeout=ANSWER_SECONDS).status_code == 404
    assert requests.get(f"{url}/other", timeout=ANSWER_SECONDS).status_code == 404
    assert requests.get(f"{url}-not/hello", timeout=ANSWER_SECONDS).status_code == 404


def test_path_parameters_become_arguments(gateway: Gateway) -> None:
    url = gateway.create("/books/{isbn}", "post").json()["gwApiUrl"]
    gateway.create("/books/latest", "post")
    args = requests.post(f"{url}/books/12%203", json={"b": 1}, timeout=ANSWER_SECONDS).json()["args"]
    assert (args["isbn"], args["b"], args["__ow_path"]) == ("12 3", 1, "/books/12 3")
    assert "isbn" not in requests.post(f"{url}/books/latest", timeout=ANSWER_SECONDS).json()["args"]


def test_the_response_type_is_chosen_at_creation(gateway: Gateway, client: Client) -> None:
    client.put_action(gateway.action, "const main = () => ({statusCode: 418, body: 'tea'})")
    url = gateway.create("/tea", "get", "?responsetype=http").json()["gwApiUrl"]
    answer = requests.get(f"{url}/tea", timeout=ANSWER_SECONDS)
    assert (answer.status_code, answer.text) == (418, "tea")


def test_the_gateway_knows_the_actions_secret(gateway: Gateway, client: Client) -> None:
    client.put_action(gateway.action, ECHO, annotations=[{"key": "require-whisk-auth", "value": "s3cret"}])
    url = gateway.create("/open", "get", secureKey="s3cret").json()["gwApiUrl"]
    gateway.create("/closed", "get")
    assert requests.get(f"{url}/open", timeout=ANSWER_SECONDS).status_code == 200
    assert requests.get(f"{url}/closed", timeout=ANSWER_SECONDS).status_code == 401


def test_routes_are_deleted_one_by_one_or_all_together(gateway: Gateway) -> None:
    for path, method in (("/a", "get"), ("/a", "post"), ("/b", "get"), ("/c", "get")):
        gateway.create(path, method)

    def paths() -> dict[str, list[str]]:
        found = gateway.list(f"?basepath={gateway.base}")
        listed = found[0]["value"]["apidoc"]["paths"] if found else {}
        return {path: sorted(methods) for path, methods in listed.items()}

    assert gateway.delete(f"basepath={gateway.base}&relpath=/a&operation=get").status_code == 200
    assert paths() == {"/a": ["post"], "/b": ["get"], "/c": ["get"]}
    gateway.delete(f"basepath={gateway.base}&relpath=/b&operation=undefined")
    assert paths() == {"/a": ["post"], "/c": ["get"]}
    gateway.delete(f"basepath={gateway.base}")
    assert paths() == {}
    assert gateway.delete(f"basepath={gateway.base}").status_code == 404


def test_a_whole_api_may_come_as_a_swagger_document(gateway: Gateway, client: Client) -> None:
    operation = {"x-openwhisk": {"namespace": "guest", "package": "default", "action": gateway.action}}
    document = {"basePath": gateway.base, "info": {"title": "Mine"}, "paths": {"/x": {"GET": operation}}}
    url = f"{client.server.url}{MANAGEMENT}/createApi"
    answer = client.post(url, json={"apidoc": {"swagger": json.dumps(document)}})
    assert requests.get(f"{answer.json()['gwApiUrl']}/x", timeout=ANSWER_SECONDS).status_code == 200
    assert gateway.list("?basepath=Mine")[0]["value"]["apidoc"]["basePath"] == gateway.base


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        {"paths": 1},
        {"basePath": "/x", "paths": {"/a": 1}},
        {"basePath": "/x", "paths": {"/a": {"get": {}}}},
    ],
)
def test_a_swagger_document_that_cannot_be_served_is_refused(client: Client, document: Any) -> None:
    url = f"{client.server.url}{MANAGEMENT}/createApi"
    assert client.post(url, json={"apidoc": {"swagger": document}}).status_code == 400


def test_a_route_needs_an_existing_action_and_sound_parts(gateway: Gateway) -> None:
    assert gateway.create("/a", "get", name="no-such").status_code == 404
    assert gateway.create("a", "get").status_code == 400
    assert gateway.create("/a", "fetch").status_code == 400
    assert gateway.create("/a", "get", "?responsetype=pdf").status_code == 400


def test_a_route_to_an_action_that_is_no_web_action_is_refused(gateway: Gateway, client: Client) -> None:
    for number, exported in enumerate(([], [{"key": "web-export", "value": False}])):
        name = f"{gateway.action}-inside-{number}"
        client.put_action(name, ECHO, annotations=exported)
        refused = gateway.create("/a", "get", name=name)
        assert refused.status_code == 400
        assert f"'/guest/{name}' is not a web action" in refused.json()["error"]
    assert gateway.list(f"?basepath={gateway.base}") == []


def test_managing_needs_credentials_and_shows_ones_own(gateway: Gateway, stranger: Client) -> None:
    gateway.create("/a", "get")
    url = f"{gateway.client.server.url}{MANAGEMENT}/getApi"
    assert requests.get(url, timeout=ANSWER_SECONDS).status_code == 401
    assert stranger.get(url).json() == {"apis": []}
