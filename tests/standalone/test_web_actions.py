"""Web actions: what they get, and who may call them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from tests.standalone.client import ANSWER_SECONDS, Client
from tests.standalone.web import EXPORTED, Web


@pytest.fixture
def web(client: Client) -> Web:
    return Web(client)


ECHO = "const main = args => ({args})"


def echoed(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["args"]
    return found


def test_the_action_is_told_about_the_request(web: Web) -> None:
    name = web.create(ECHO)
    args = echoed(web.call(f"{name}.json/more/of%20it?a=1&b=x%20y", headers={"X-Own": "v"}))
    assert (args["a"], args["b"]) == ("1", "x y")
    assert args["__ow_method"] == "get"
    assert args["__ow_path"] == "/more/of%20it"
    assert args["__ow_headers"]["x-own"] == "v"
    assert "__ow_user" not in args
    assert "__ow_body" not in args
    assert echoed(web.call(f"{name}.json"))["__ow_path"] == ""


def test_credentials_tell_the_user(web: Web, stranger: Client) -> None:
    name = web.create(ECHO)
    assert echoed(web.call(f"{name}.json", auth=stranger.auth))["__ow_user"] == "other"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_every_method_reaches_the_action(web: Web, method: str) -> None:
    assert echoed(web.call(f"{web.create(ECHO)}.json", method))["__ow_method"] == method.lower()


def test_fields_of_the_body_win_over_the_query(web: Web) -> None:
    name = web.create(ECHO, parameters=[{"key": "c", "value": "default"}])
    for body in ({"json": {"a": 2}}, {"data": {"a": 2}}):
        args = echoed(web.call(f"{name}.json?a=1&b=1", "POST", **body))
        assert (str(args["a"]), args["b"], args["c"]) == ("2", "1", "default")


def test_other_bodies_are_handed_over_whole(web: Web) -> None:
    name = web.create(ECHO)

    def body_of(content: bytes, kind: str) -> Any:
        answer = web.call(f"{name}.json", "POST", data=content, headers={"Content-Type": kind})
        return echoed(answer)["__ow_body"]

    assert body_of(b"[1, 2]", "application/json") == [1, 2]
    assert body_of(b"text", "text/plain") == "text"
    assert body_of(b"a: 1", "application/x-yaml; charset=utf-8") == "a: 1"
    assert body_of(b"a: 1", "application/x-yaml") == base64.b64encode(b"a: 1").decode()
    assert body_of(b"\x00\xff", "application/octet-stream") == base64.b64encode(b"\x00\xff").decode()


def test_a_raw_action_gets_query_and_body_as_they_came(web: Web) -> None:
    name = web.create(ECHO, ("raw-http", True), ("final", True), parameters=[{"key": "a", "value": 0}])
    args = echoed(web.call(f"{name}.json?a=1&b=2", "POST", json={"c": 3}))
    assert args["__ow_query"] == "a=1&b=2"
    assert json.loads(base64.b64decode(args["__ow_body"])) == {"c": 3}
    assert args["a"] == 0
    assert not {"b", "c"} & set(args)
    assert echoed(web.call(f"{name}.json"))["__ow_body"] == ""


@pytest.mark.parametrize("query", ["a=2", "__ow_method=x", "__ow_body=x", "__ow_user=me"])
def test_reserved_and_final_parameters_cannot_be_set(web: Web, query: str) -> None:
    name = web.create(ECHO, ("final", True), parameters=[{"key": "a", "value": 1}])
    key, _, value = query.partition("=")
    for answer in (web.call(f"{name}.json?{query}"), web.call(f"{name}.json", "POST", json={key: value})):
        assert answer.status_code == 400
        assert answer.json()["error"] == (
            "Request defines parameters that are not allowed (e.g., reserved properties)."
        )


def test_relatives_of_json_are_read_as_json(web: Web) -> None:
    headers = {"Content-Type": "application/cloudevents+json"}
    answer = web.call(f"{web.create(ECHO)}.json", "POST", data=b'{"a": 1}', headers=headers)
    assert echoed(answer)["a"] == 1


def test_the_rest_of_the_path_is_handed_over_as_it_was_sent(web: Web) -> None:
    name = web.create(ECHO)
    for rest in ("", "/", "/a%20b/c%2Fd", "//x"):
        assert echoed(web.call(f"{name}.json{rest}"))["__ow_path"] == rest


def test_what_is_not_exported_is_404(web: Web, client: Client) -> None:
    client.put("/triggers/web-trigger?overwrite=true", json={})
    client.put_action("web-private", ECHO)
    client.put_action("web-maybe", ECHO, annotations=[{"key": "web-export", "value": "yes"}])
    base = f"{client.server.url}/api/v1/web"
    for path in (
        "guest/default/web-private",
        "guest/default/web-maybe",
        "guest/default/none",
        "guest/default/web-trigger",
        "nobody/default/x",
    ):
        answer = requests.get(f"{base}/{path}", timeout=ANSWER_SECONDS)
        assert answer.status_code == 404
        assert answer.json()["error"] == "The requested resource does not exist."


def test_an_action_in_a_package_has_its_package_in_the_path(web: Web, client: Client) -> None:
    client.put("/packages/webpkg?overwrite=true", json={"parameters": [{"key": "p", "value": 1}]})
    client.put_action("unused", ECHO)
    body = {"exec": {"kind": "nodejs:default", "code": ECHO}, "annotations": [EXPORTED]}
    client.put("/actions/webpkg/show?overwrite=true", json=body)
    answer = requests.get(f"{client.server.url}/api/v1/web/guest/webpkg/show.json", timeout=ANSWER_SECONDS)
    assert echoed(answer)["p"] == 1


def test_a_secret_may_be_required(web: Web) -> None:
    name = web.create(ECHO, ("require-whisk-auth", "s3cret"))
    refused = web.call(f"{name}.json", headers={"X-Require-Whisk-Auth": "wrong"})
    assert refused.status_code == 401
    assert refused.json()["error"] == ("Authentication is possible but has failed or not yet been provided.")
    assert web.call(f"{name}.json", headers={"X-Require-Whisk-Auth": "s3cret"}).status_code == 200


def test_credentials_may_be_required(web: Web, stranger: Client) -> None:
    name = web.create(ECHO, ("require-whisk-auth", True))
    assert web.call(f"{name}.json").status_code == 401
    assert web.call(f"{name}.json", auth=("x", "y")).status_code == 401
    assert web.call(f"{name}.json", auth=stranger.auth).status_code == 200


def test_cors_is_answered_by_the_platform(web: Web) -> None:
    name = web.create(ECHO)
    answer = web.call(f"{name}.json", "OPTIONS", headers={"Access-Control-Request-Headers": "x-mine"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
    assert answer.headers["Access-Control-Allow-Headers"] == "x-mine"
    assert web.call(f"{name}.json").headers["Access-Control-Allow-Origin"] == "*"


def test_an_action_may_answer_options_itself(web: Web) -> None:
    code = "const main = args => ({headers: {'Access-Control-Allow-Origin': 'mine'}, statusCode: 200})"
    answer = web.call(web.create(code, ("web-custom-options", True)), "OPTIONS")
    assert answer.headers["Access-Control-Allow-Origin"] == "mine"
    assert "Access-Control-Allow-Methods" not in answer.headers


def test_who_asks_what_is_allowed_needs_no_secret(web: Web) -> None:
    code = "const main = () => ({headers: {'Access-Control-Allow-Origin': 'mine'}, statusCode: 200})"
    name = web.create(code, ("web-custom-options", True), ("require-whisk-auth", "s3cret"))
    assert web.call(name, "OPTIONS").headers["Access-Control-Allow-Origin"] == "mine"
    assert web.call(name).status_code == 401


def test_a_body_over_1_mb_is_413(web: Web) -> None:
    answer = web.call(f"{web.create(ECHO)}.json", "POST", data=b"x" * 1_048_577)
    assert answer.status_code == 413


def test_the_printed_guide_works_as_it_stands(web: Web, client: Client) -> None:
    """Adobe's guide to asynchronous calls, option 1: a web action that launches the worker."""
    client.put_action(
        "guide-worker",
        "const main = args => new Promise(resolve => setTimeout(resolve, 200,"
        " {statusCode: 200, body: {payload: `done ${args.n}`}}))",
        limits={"timeout": 120000},
    )
    launcher = web.create(
        "const openwhisk = require('openwhisk')\n"
        "const main = () => openwhisk().actions.invoke("
        "{name: 'guide-worker', blocking: false, result: false, params: {n: 1}})"
    )
    answer = web.call(f"{launcher}.json")
    record = client.record(answer.json()["activationId"])
    assert record["response"]["result"] == {"statusCode": 200, "body": {"payload": "done 1"}}
