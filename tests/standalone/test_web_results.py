"""Web actions: how results become responses."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from tests.standalone.client import Client
from tests.standalone.web import Web


@pytest.fixture
def web(client: Client) -> Web:
    return Web(client)


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
        ("html", {"other": 1}, 400, "Response is not valid 'text/html'."),
        ("svg", {}, 400, "Response is not valid 'image/svg+xml'."),
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
            {"headers": {"Content-Type": "image/svg+xml"}, "body": "<svg/>"},
            400,
            "Response type in header did not match generated content type.",
        ),
        (
            "http",
            {"headers": {"Content-Type": "nothing"}, "body": "x"},
            400,
            "Response did not specify a known content-type.",
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
    for kind in ("application/xml", "application/atom+xml", "text/x", "application/x; charset=utf-8"):
        shown = web.call(web.returning({"headers": {"content-type": kind}, "body": "aGk="}))
        assert (shown.headers["Content-Type"].partition(";")[0], shown.text) == (
            kind.partition(";")[0],
            "aGk=",
        )
    drawing = {"headers": {"content-type": "image/svg+xml"}, "body": base64.b64encode(b"<svg/>").decode()}
    assert web.call(web.returning(drawing)).content == b"<svg/>"
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
