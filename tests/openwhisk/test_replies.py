"""What each kind of answer means, and the sentence people read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from runtime_app.openwhisk import errors
from runtime_app.openwhisk.errors import BadReply, NotFound, OpenWhiskError, Rejected, ServerFault, Throttled
from runtime_app.openwhisk.replies import Reply, retry_after_seconds
from tests.openwhisk import documents

HTML = b"<!DOCTYPE html><html><body>Not Found</body></html>"


def reply(status: int, body: object, method: str = "GET", **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Reply(method, "http://whisk.test/api/v1/x", status, named, raw)


def error_of(answer: Reply) -> OpenWhiskError:
    with pytest.raises(OpenWhiskError) as caught:
        answer.raise_for_error()
    return caught.value


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_raises_nothing(status: int) -> None:
    reply(status, b"").raise_for_error()


def test_an_error_object_becomes_its_class_with_text_code_and_request_id() -> None:
    text = "The requested resource does not exist."
    error = error_of(reply(404, documents.error(text), X_Request_ID="tid"))
    assert type(error) is NotFound
    assert error.message == str(error) == text
    assert (error.status, error.code, error.request_id) == (404, "tid", "tid")
    assert error.url == "http://whisk.test/api/v1/x"
    assert text in error.body


def test_a_refusal_says_what_the_server_says() -> None:
    text = "requirement failed: memory size 1024 MB exceeds allowed threshold of 512 MB"
    for status in (400, 413, 415, 422):
        error = error_of(reply(status, documents.error(text)))
        assert type(error) is Rejected
        assert error.message == text


def test_a_wrong_key_is_said_in_our_words_whatever_the_body() -> None:
    for body in (documents.error("The supplied authentication is invalid"), HTML, b""):
        error = error_of(reply(401, body))
        assert type(error) is errors.Unauthorized
        assert error.message == "whisk.test did not accept the key."


def test_a_numeric_code_of_another_deployment_is_kept_as_text() -> None:
    assert error_of(reply(404, {"error": "gone", "code": 4711})).code == "4711"


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_an_html_error_is_somebody_elses_and_never_a_missing_activation(status: int) -> None:
    error = error_of(reply(status, HTML, Content_Type="text/html"))
    assert type(error) is BadReply
    assert error.message == (
        "whisk.test answered with a web page instead of the OpenWhisk API. Check the API host."
    )


@pytest.mark.parametrize(
    "body", [b"", b"404 page not found", {"message": "no Route matched"}, [], {"error": {}}]
)
def test_a_404_that_is_not_the_apis_is_no_missing_activation(body: object) -> None:
    error = error_of(reply(404, body))
    assert type(error) is BadReply
    assert error.message == "The server at whisk.test answered 404 Not Found without saying why."


@pytest.mark.parametrize("body", [HTML, b"", documents.error("There was an internal server error.")])
def test_a_fault_behind_a_gateway_stays_a_fault(body: object) -> None:
    error = error_of(reply(503, body))
    assert type(error) is ServerFault
    assert error.message.startswith("The server at whisk.test answered 503 Service Unavailable")
    assert error.retryable


def test_a_status_that_http_does_not_know() -> None:
    assert error_of(reply(599, b"")).message == "The server at whisk.test answered 599."


def test_throttling_carries_the_servers_advice() -> None:
    text = "Too many requests in the last minute (count: 61, allowed: 60)."
    error = error_of(reply(429, documents.error(text), Retry_After="7"))
    assert isinstance(error, Throttled)
    assert error.retry_after == 7
    assert error.message == f"whisk.test asks to slow down: {text}"
    silent = error_of(reply(429, HTML))
    assert isinstance(silent, Throttled)
    assert silent.retry_after is None


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after_seconds(later) == pytest.approx(90, abs=5)
    assert retry_after_seconds("Wed, 01 Jan 2020 00:00:00 GMT") == 0
    assert retry_after_seconds("Wed, 01 Jan 2020 00:00:00 -0000") == 0


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "²"])
def test_a_retry_after_that_says_nothing_is_none(value: str | None) -> None:
    assert retry_after_seconds(value) is None


def test_a_redirect_names_where_it_leads() -> None:
    error = error_of(reply(308, b"", method="POST", Location="https://guest.whisk.test/"))
    assert type(error) is BadReply
    assert error.message == (
        "The server at whisk.test redirects to https://guest.whisk.test/. "
        "Redirects are not followed: use the final address as the API host."
    )
    assert not error.may_have_run


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"a": ',
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"\xff\xfe{}\xff",
        b"[" * 100_000,
        b"OK",
    ],
)
def test_what_is_no_complete_json_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReply, match="sent an answer that is not complete JSON") as caught:
        reply(200, body, method="POST").json()
    assert caught.value.may_have_run


def test_a_number_of_ten_thousand_digits_is_a_bad_reply() -> None:
    with pytest.raises(BadReply):
        reply(200, b"1" * 10_000).json()


@pytest.mark.parametrize("body", [HTML, b"\n  <html></html>", b"<div>Sign in</div>"])
def test_a_web_page_with_status_200_is_called_one(body: bytes) -> None:
    with pytest.raises(BadReply, match="answered with a web page"):
        reply(200, body, Content_Type="text/html; charset=utf-8").json()


def test_the_activation_id_of_the_header_survives_a_broken_body() -> None:
    broken = reply(504, HTML, method="POST", X_OpenWhisk_Activation_Id=documents.ACTIVATION_ID)
    assert error_of(broken).activation_id == documents.ACTIVATION_ID
    assert reply(200, b"", X_OpenWhisk_Activation_Id="../etc").activation_id is None


@pytest.mark.parametrize("value", ["9" * 400, "7200", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_no_server_can_ask_for_more_than_an_hour(value: str) -> None:
    assert retry_after_seconds(value) == 3600


@given(st.text())
def test_whatever_a_server_writes_as_retry_after_does_no_harm(value: str) -> None:
    seconds = retry_after_seconds(value)
    assert seconds is None or 0 <= seconds <= 3600


def test_an_error_of_megabytes_or_of_nothing_is_still_a_sentence() -> None:
    assert len(error_of(reply(400, documents.error("x" * 1_000_000))).message) == 1000
    assert error_of(reply(400, documents.error(""))).message == (
        "The server at whisk.test answered 400 Bad Request."
    )
