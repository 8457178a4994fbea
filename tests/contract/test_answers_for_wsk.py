"""What `wsk` derives its texts and exit codes from (openwhisk-client-go, whisk/client.go), in raw answers.

`wsk` itself is a Go program that neither PyPI, npm nor Debian has. Its exit code is the HTTP status minus 256
(404 → 148, 409 → 153, 502 → 246), and 202 when a blocking call outlasts its wait.
"""

from __future__ import annotations

import re
from typing import Any

from tests.contract.traffic import Exchange

REQUEST_ID = re.compile(r"[0-9A-Za-z]{32}")


def refused(exchanges: list[Exchange]) -> list[Exchange]:
    """Answers that are no run's: errors in the words of the API."""
    return [one for one in exchanges if one.answer.status_code >= 400 and one.answer.status_code != 502]


def blocking(exchanges: list[Exchange], status: int) -> list[Exchange]:
    found = [one for one in exchanges if "blocking=true" in one.url and one.answer.status_code == status]
    assert found
    return found


def success(body: Any) -> Any:
    return body["response"]["success"] if isinstance(body, dict) and "response" in body else None


def test_every_error_has_a_text_and_a_code_or_wsk_says_that_the_connection_failed(
    exchanges: list[Exchange],
) -> None:
    errors = refused(exchanges)
    assert {one.answer.status_code for one in errors} >= {400, 401, 403, 404, 405, 409, 413}
    for one in errors:
        assert set(one.body) == {"error", "code"}
        assert isinstance(one.body["error"], str)
        assert REQUEST_ID.fullmatch(one.body["code"])
        assert one.answer.headers["X-Request-ID"] == one.body["code"]


def test_a_failed_run_is_502_without_a_code_and_says_how_it_failed(exchanges: list[Exchange]) -> None:
    found = blocking(exchanges, 502)
    assert {one.operation for one in found} == {"POST /actions/{name}", "POST /actions/{package}/{name}"}
    for one in found:
        assert "code" not in one.body
        if "result=true" in one.url:
            assert one.body == {"error": "meant"}
        else:
            assert one.body["response"]["status"] in ("application error", "action developer error")
            assert success(one.body) is False


def test_a_blocking_call_that_outlasts_its_wait_is_202_with_the_id(exchanges: list[Exchange]) -> None:
    for one in blocking(exchanges, 202):
        assert list(one.body) == ["activationId"]
        assert one.answer.headers["x-openwhisk-activation-id"] == one.body["activationId"]


def test_a_failure_is_200_only_where_a_record_is_read(exchanges: list[Exchange]) -> None:
    """`wsk` takes 200 with `success: false` for an error, but not when it reads activations."""
    answered = [one for one in exchanges if one.answer.status_code == 200 and one.answer.content != b"OK"]
    failures = [one for one in answered if success(one.body) is False]
    assert {one.operation for one in failures} <= {"GET /activations/{id}"}


def test_a_rule_is_switched_with_the_plain_text_ok(exchanges: list[Exchange]) -> None:
    switched = [one for one in exchanges if one.operation == "POST /rules/{name}"]
    assert {one.answer.content for one in switched if one.answer.status_code == 200} == {b"OK"}


def test_a_fire_that_reaches_no_rule_is_204_and_empty(exchanges: list[Exchange]) -> None:
    fires = [one for one in exchanges if one.operation == "POST /triggers/{name}"]
    (unheard,) = [one for one in fires if one.answer.status_code == 204]
    assert unheard.answer.content == b""
