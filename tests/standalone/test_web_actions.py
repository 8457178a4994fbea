"""Web actions: what they get, how their results are shown, who may call them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
import requests

from tests.standalone.client import Client

EXPORTED = {"key": "web-export", "value": True}


class Web:
    """Stores web actions and calls them without credentials."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.base = f"{client.server.url}/api/v1/web/guest/default"

    def create(self, code: str, *annotations: tuple[str, Any], **fields: Any) -> str:
        name = f"web-{time.time_ns()}"
        extra = [{"key": key, "value": value} for key, value in annotations]
        self.client.put_action(name, code, annotations=[EXPORTED, *extra], **fields)
        return name

    def returning(self, result: Any) -> str:
        return self.create(f"const main = () => ({json.dumps(result)})")

    def call(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        return requests.request(method, f"{self.base}/{path}", timeout=20, **options)


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
    assert args["__ow_path"] == "/more/of it"
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


def test_json_shows_the_whole_result(web: Web) -> None:
    answer = web.call(f"{web.returning({'body': 1, 'statusCode': 404})}.json")
    assert (answer.status_code, answer.json()) == (200, {"body": 1, "statusCode": 404})
    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.headers["x-openwhisk-activation-id"]) == 32


@pytest.mark.parametrize(
    ("extension", "result", "content_type", "text"),
    [
        ("html", {"body": "<b>b</b>", "html": "other"}, "text/html; charset=utf-8", "<b>b</b>"),
        ("html", {"html": "<i>ä</i>"}, "text/html; charset=utf-8", "<i>ä</i>"),
        ("svg", {"svg": "<svg/>"}, "image/svg+xml", "<svg/>"),
        ("text", {"text": "plain"}, "text/plain; charset=utf-8", "plain"),
        ("text", {"body": 42}, "text/plain; charset=utf-8", "42"),
    ],
)
def test_extensions_choose_a_property(
    web: Web, extension: str, result: Any, content_type: str, text: str
) -> None:
    answer = web.call(f"{web.returning(result)}.{extension}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
    answer.encoding = "utf-8"
    assert answer.text == text


@pytest.mark.parametrize(
    ("extension", "result", "status", "error"),
    [
        ("html", {"html": 1}, 400, "Response is not valid 'text/html'."),
        ("svg", {"body": {}}, 400, "Response is not valid 'image/svg+xml'."),
        ("text", {"other": 1}, 404, "Response does not include requested property."),
        ("http", {"statusCode": "x"}, 400, "Response is not valid 'message/http'."),
        ("http", {"statusCode": 99}, 400, "Response is not valid 'message/http'."),
        ("http", {"headers": {"a": {}}}, 400, "Response is not valid 'message/http'."),
        ("http", {"headers": {"a": "x\r\ny"}}, 400, "Response is not valid 'message/http'."),
        ("http", {"headers": [], "body": "x"}, 400, "Response is not valid 'message/http'."),
        (
            "http",
            {"headers": {"Content-Type": "text/html"}, "body": {"a": 1}},
            400,
            "Response type in header did not match generated content type.",
        ),
        (
            "http",
            {"headers": {"Content-Type": "image/png"}, "body": "no base64!"},
            400,
            "Response type in header did not match generated content type.",
        ),
    ],
)
def test_results_that_do_not_fit_are_refused(
    web: Web, extension: str, result: Any, status: int, error: str
) -> None:
    answer = web.call(f"{web.returning(result)}.{extension}")
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.text.startswith('{\n  "error"')


def test_http_messages_set_status_headers_and_body(web: Web) -> None:
    message = {
        "statusCode": "201",
        "headers": {"X-One": 1, "X-Yes": True, "Set-Cookie": ["a=1", "b=2"]},
        "body": "hi",
    }
    answer = web.call(web.returning(message))
    assert (answer.status_code, answer.text) == (201, "hi")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert (answer.headers["X-One"], answer.headers["X-Yes"]) == ("1", "true")
    assert answer.cookies.get_dict() == {"a": "1", "b": "2"}


def test_http_messages_have_a_type_that_fits_their_body(web: Web) -> None:
    plain = web.call(web.returning({"body": {"a": 1}}))
    assert (plain.headers["Content-Type"], plain.json()) == ("application/json", {"a": 1})
    image = {"headers": {"content-type": "image/png"}, "body": base64.b64encode(b"\x89PNG").decode()}
    assert web.call(web.returning(image)).content == b"\x89PNG"
    encoded = base64.b64encode(b'{"b": 1}').decode()
    for body in (encoded, '{"b": 1}'):
        answer = web.call(web.returning({"headers": {"content-type": "application/json"}, "body": body}))
        assert answer.json() == {"b": 1}


def test_a_redirect_is_passed_on(web: Web) -> None:
    name = web.returning({"statusCode": 302, "headers": {"location": "/elsewhere"}})
    answer = web.call(name, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")


def test_without_body_and_status_the_answer_is_204(web: Web) -> None:
    answer = web.call(web.returning({"activationId": "x"}))
    assert (answer.status_code, answer.content) == (204, b"")
    assert web.call(web.returning({"statusCode": 404})).status_code == 404


def test_an_application_error_is_shown_like_a_result(web: Web) -> None:
    def shown(error: Any, extension: str) -> requests.Response:
        return web.call(f"{web.returning({'error': error})}.{extension}")

    assert shown({"a": 1}, "json").json() == {"a": 1}
    assert shown("text", "json").status_code == 400
    assert shown({"statusCode": 500, "body": "oh"}, "http").status_code == 500
    assert shown("text", "http").json()["error"] == "Response is not valid 'message/http'."
    assert (shown("sorry", "text").status_code, shown("sorry", "text").text) == (200, "sorry")


def test_a_developer_error_is_400(web: Web) -> None:
    answer = web.call(f"{web.create('function main() { throw 1 }')}.json")
    assert answer.status_code == 400
    assert answer.json()["error"] == "There was an error processing your request."


def test_what_is_not_exported_is_404(web: Web, client: Client) -> None:
    client.put_action("web-private", ECHO)
    client.put_action("web-maybe", ECHO, annotations=[{"key": "web-export", "value": "yes"}])
    base = f"{client.server.url}/api/v1/web"
    for path in (
        "guest/default/web-private",
        "guest/default/web-maybe",
        "guest/default/none",
        "nobody/default/x",
    ):
        answer = requests.get(f"{base}/{path}", timeout=5)
        assert answer.status_code == 404
        assert answer.json()["error"] == "The requested resource does not exist."


def test_an_action_in_a_package_has_its_package_in_the_path(web: Web, client: Client) -> None:
    client.put("/packages/webpkg?overwrite=true", json={"parameters": [{"key": "p", "value": 1}]})
    client.put_action("unused", ECHO)
    body = {"exec": {"kind": "nodejs:default", "code": ECHO}, "annotations": [EXPORTED]}
    client.put("/actions/webpkg/show?overwrite=true", json=body)
    answer = requests.get(f"{client.server.url}/api/v1/web/guest/webpkg/show.json", timeout=10)
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
