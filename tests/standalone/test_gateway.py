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
        """`fields` are the action's."""
        return self.send({}, path, method, query, **fields)

    def send(
        self, told: dict[str, Any], path: str, method: str, query: str = "", **fields: Any
    ) -> requests.Response:
        action = {"name": self.action, "namespace": "_", "backendMethod": "GET", **fields}
        document = {
            "namespace": "_", "gatewayBasePath": self.base, "gatewayPath": path, "gatewayMethod": method,
            "action": action, **told,
        }  # fmt: skip
        url = f"{self.client.server.url}{MANAGEMENT}/createApi{query}"
        return self.client.post(url, json={"apidoc": document})

    def give(self, document: Any) -> requests.Response:
        """A whole API, as Swagger."""
        url = f"{self.client.server.url}{MANAGEMENT}/createApi"
        return self.client.post(url, json={"apidoc": {"swagger": document}})

    @property
    def document(self) -> Any:
        (api,) = self.list(f"?basepath={self.base}")
        return api["value"]["apidoc"]

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
    assert (args["isbn"], args["b"]) == ("12 3", 1)
    assert "isbn" not in requests.post(f"{url}/books/latest", timeout=ANSWER_SECONDS).json()["args"]


def test_a_route_that_answers_as_http_tells_its_action_the_whole_path(
    gateway: Gateway, client: Client
) -> None:
    """OpenWhisk's docs/apigateway.md: with the base path, and with this response type only."""
    client.put_action(gateway.action, "const main = args => ({body: {path: args.__ow_path}})")
    url = gateway.create("/books/{isbn}", "get", "?responsetype=http").json()["gwApiUrl"]
    gateway.create("/books", "get", "?responsetype=json")
    assert requests.get(f"{url}/books/123", timeout=ANSWER_SECONDS).json()["path"] == (
        f"{gateway.base}/books/123"
    )
    assert requests.get(f"{url}/books", timeout=ANSWER_SECONDS).json()["body"]["path"] == ""


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


def test_what_cannot_be_deleted_is_told_in_the_words_of_the_original(gateway: Gateway) -> None:
    """502 without a code: `wsk` then shows the text as it is."""
    gateway.create("/a", "get")
    for query, told in (
        ("/nowhere", "API '/nowhere' does not exist."),
        (f"{gateway.base}&relpath=/b", "path '/b' does not exist in the API"),
        (f"{gateway.base}&relpath=/a&operation=POST",
         "path '/a' with operation 'post' does not exist in the API"),
    ):  # fmt: skip
        refused = gateway.delete(f"basepath={query}")
        assert refused.status_code == 502
        assert refused.json() == {"error": f"API deletion failure: {told}"}


def test_a_whole_api_may_come_as_a_swagger_document(gateway: Gateway) -> None:
    operation = {"x-openwhisk": {"namespace": "guest", "package": "default", "action": gateway.action}}
    document = {"basePath": gateway.base, "info": {"title": "Mine"}, "paths": {"/x": {"GET": operation}}}
    answer = gateway.give(json.dumps(document))
    assert requests.get(f"{answer.json()['gwApiUrl']}/x", timeout=ANSWER_SECONDS).status_code == 200
    assert gateway.list("?basepath=Mine")[0]["value"]["apidoc"]["basePath"] == gateway.base
    assert accepted_by_wsk(answer.json()["apidoc"])


def test_an_api_is_the_same_after_it_was_read_deleted_and_given_back(
    gateway: Gateway, client: Client
) -> None:
    client.put_action(gateway.action, ECHO, annotations=[{"key": "require-whisk-auth", "value": "s3cret"}])
    url = gateway.create("/a", "get", "?responsetype=json", secureKey="s3cret").json()["gwApiUrl"]
    document = gateway.document
    gateway.delete(f"basepath={gateway.base}")
    assert gateway.give(document).json()["apidoc"] == document == gateway.document
    assert requests.get(f"{url}/a", timeout=ANSWER_SECONDS).status_code == 200


def test_an_operation_without_an_action_is_kept_and_never_served(gateway: Gateway) -> None:
    document = {"basePath": gateway.base, "info": {"title": "Plan"}, "paths": {"/a": {"get": {}}}}
    given = gateway.give(document)
    assert given.status_code == 200
    assert gateway.document["paths"] == {"/a": {"get": {}}}
    assert requests.get(f"{given.json()['gwApiUrl']}/a", timeout=ANSWER_SECONDS).status_code == 404


# What `wsk` shows


def accepted_by_wsk(document: Any) -> bool:
    """As openwhisk-client-go, whisk/api.go, validateApiOperation: a document that is not ends the command."""
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    return all(
        one["operationId"] and all(one["x-openwhisk"][field] for field in ("namespace", "action", "url"))
        for one in operations
        if "x-openwhisk" in one
    )


def test_a_route_is_described_as_the_original_does(gateway: Gateway, client: Client) -> None:
    created = gateway.create("/path/with/sub_paths/in/it", "GET", "?responsetype=json").json()
    url = f"{client.server.url}/api/v1/web/guest/default/{gateway.action}.json"
    assert created["apidoc"] == {
        "swagger": "2.0",
        "info": {"title": gateway.base, "version": "1.0.0"},
        "basePath": gateway.base,
        "paths": {
            "/path/with/sub_paths/in/it": {
                "get": {
                    "operationId": "getPathWithSub_pathsInIt",
                    "x-openwhisk": {
                        "url": url,
                        "namespace": "guest",
                        "package": "",
                        "action": gateway.action,
                    },
                    "responses": {"default": {"description": "Default response"}},
                }
            }
        },
        "x-ibm-configuration": {
            "assembly": {"execute": [{"operation-switch": {"case": [invoking(url)]}}]},
            "cors": {"enabled": True},
        },
    }
    assert accepted_by_wsk(created["apidoc"])


def invoking(url: str) -> dict[str, Any]:
    return {
        "operations": ["getPathWithSub_pathsInIt"],
        "execute": [{"invoke": {"target-url": url, "verb": "keep"}}],
    }


def test_a_route_tells_its_package_and_the_parameters_in_its_path(gateway: Gateway, client: Client) -> None:
    client.put("/packages/behind?overwrite=true", json={})
    client.put_action("behind/web", ECHO, annotations=[EXPORTED])
    parameters = [{"name": "isbn", "in": "path", "required": True, "type": "string"}]
    gateway.send({"pathParameters": parameters}, "/b/{isbn}", "get", "?responsetype=http", name="behind/web")
    operation = gateway.document["paths"]["/b/{isbn}"]["get"]
    assert (operation["operationId"], operation["parameters"]) == ("getBIsbn", parameters)
    assert operation["x-openwhisk"]["package"] == "behind"
    assert "web.http$(request.path)" in json.dumps(gateway.document["x-ibm-configuration"])


def test_a_route_that_is_made_again_or_deleted_leaves_nothing_behind(gateway: Gateway) -> None:
    for path in ("/a", "/a", "/b"):
        gateway.create(path, "get", secureKey=f"of{path}")
    gateway.delete(f"basepath={gateway.base}&relpath=/a")
    (step,) = gateway.document["x-ibm-configuration"]["assembly"]["execute"]
    assert [case["operations"] for case in step["operation-switch"]["case"]] == [["getB"]]
    assert "of/b" in json.dumps(step)


def test_a_route_is_added_to_an_api_by_its_name(gateway: Gateway) -> None:
    name = f"Named {gateway.base[1:]}"
    gateway.send({"apiName": name}, "/a", "get")
    assert gateway.send({"gatewayBasePath": name}, "/b", "get").status_code == 200
    assert set(gateway.document["paths"]) == {"/a", "/b"}
    assert gateway.send({"gatewayBasePath": "no such name"}, "/b", "get").status_code == 400


def test_a_list_may_be_read_in_parts(gateway: Gateway) -> None:
    for number in range(3):
        gateway.send({"gatewayBasePath": f"{gateway.base}-{number}"}, "/a", "get")
    everything = gateway.list("?limit=0&skip=0")
    assert [*gateway.list("?limit=1&skip=0"), *gateway.list("?limit=500&skip=1")] == everything


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        {"paths": 1},
        {"basePath": "/x", "paths": {"/a": 1}},
        {"basePath": "/x", "paths": {"/a": {"get": 1}}},
        {"basePath": "/x", "paths": {"/a": {"get": {"x-openwhisk": {}}}}},
    ],
)
def test_a_swagger_document_that_cannot_be_served_is_refused(gateway: Gateway, document: Any) -> None:
    assert gateway.give(document).status_code == 400


@pytest.mark.parametrize(
    "configuration",
    [
        1,
        [],
        {"assembly": 1},
        {"assembly": {"execute": [1, {"operation-switch": {"case": [{"operations": 1}]}}]}},
    ],
)
def test_whatever_a_document_says_of_invocations_its_routes_are_served(
    gateway: Gateway, configuration: Any
) -> None:
    operation = {"x-openwhisk": {"namespace": "guest", "action": gateway.action}}
    document = {"basePath": gateway.base, "paths": {"/a": {"get": operation}}}
    url = gateway.give({**document, "x-ibm-configuration": configuration}).json()["gwApiUrl"]
    assert gateway.create("/b", "get", secureKey="s").status_code == 200
    for path in ("/a", "/b"):
        assert requests.get(f"{url}{path}", timeout=ANSWER_SECONDS).status_code == 200


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


@pytest.mark.parametrize(
    "document",
    [
        {"swagger": '{"basePath": "/odd", "paths": {}, "x": NaN}'},
        {"swagger": '{"basePath": "/odd", "paths": {}, "x": 1e999}'},
        {"swagger": '{"basePath": "/odd", "paths": {}, "x": ' + "[" * 2000 + "]" * 2000 + "}"},
        {"swagger": {"basePath": "/\ud800", "paths": {}}},
        {"swagger": {"basePath": "/odd", "paths": {"/a": {"get": {"x-openwhisk": []}}}}},
    ],
)
def test_a_document_that_could_not_be_shown_again_is_refused(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    url = f"{gateway.client.server.url}{MANAGEMENT}/createApi"
    # requests itself sends no lone surrogates
    body = json.dumps({"apidoc": document})
    answer = gateway.client.post(url, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert gateway.list("?basepath=/odd") == []


def test_the_name_of_an_api_is_text(gateway: Gateway) -> None:
    url = f"{gateway.client.server.url}{MANAGEMENT}/createApi"
    document = {
        "gatewayBasePath": gateway.base, "gatewayPath": "/a", "gatewayMethod": "GET", "apiName": ["x"],
        "action": {"name": gateway.action, "namespace": "_"},
    }  # fmt: skip
    assert gateway.client.post(url, json={"apidoc": document}).status_code == 400
