"""Trying a host and a key: what is found out, and where each failure is said."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from runtime_app.services.connecting import trials
from runtime_app.services.connecting.trials import TrialFailedError, try_connection
from tests.factories import AUTH
from tests.upstream import NOT_FOUND, Answer, Asked, Upstream

INFO = {"api_paths": ["/api/v1"], "runtimes": {"nodejs": [{"kind": "nodejs:20", "default": True}]}}
RANGE_ERROR = "The value '200' is not in the range of 0 to 50 for actions. Use another limit."


def proper(asked: Asked) -> Answer:
    """A deployment that answers at most 50 items, as Adobe's does."""
    if asked.path.endswith("/actions") and int(asked.query["limit"]) > 50:
        return Answer(400, {"error": RANGE_ERROR, "code": "1"})
    answers: dict[str, Any] = {
        "/": INFO,
        "/api/v1/namespaces": ["123-app"],
        "/api/v1/namespaces/_/limits": {"invocationsPerMinute": 600},
        "/api/v1/namespaces/_/actions": [],
    }
    return Answer(body=answers[asked.path])


def failure(api_host: str, name: str = "", auth: str = AUTH) -> tuple[str, str]:
    with pytest.raises(TrialFailedError) as caught:
        try_connection(api_host, name, auth)
    return caught.value.field, caught.value.sentence


@pytest.mark.parametrize("name", ["", "_", "123-app"])
def test_it_finds_the_name_the_limits_and_the_kinds(upstream: Upstream, name: str) -> None:
    upstream.script = proper
    report = try_connection(f"{upstream.url}/api/v1", name, AUTH)
    assert (report.api_host, report.name, report.list_limit) == (upstream.url, "123-app", 50)
    assert report.limits == {"invocationsPerMinute": 600}
    assert report.runtimes == [{"kind": "nodejs:20", "default": True, "deprecated": False}]


def test_it_works_against_the_standalone_runtime(standalone_server: Any) -> None:
    report = try_connection(standalone_server.url, "_", standalone_server.auth)
    assert report.name == "guest"
    assert report.limits["maxActionTimeout"] > 0
    assert any(runtime["kind"].startswith("nodejs:") for runtime in report.runtimes)


def test_the_standalone_runtime_refuses_another_key(standalone_server: Any) -> None:
    field, sentence = failure(standalone_server.url)
    assert field == "auth"
    assert "did not accept the key" in sentence


def test_a_deployment_that_tells_no_limits_and_kinds_is_connected_all_the_same(upstream: Upstream) -> None:
    def old(asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(200, "<html>welcome</html>", content_type="text/html")
        return NOT_FOUND if asked.path.endswith("/limits") else proper(asked)

    upstream.script = old
    report = try_connection(upstream.url, "", AUTH)
    assert (report.limits, report.runtimes) == ({}, [])


def test_a_key_of_another_namespace_is_said_at_the_name(upstream: Upstream) -> None:
    upstream.script = proper
    assert failure(upstream.url, "456-app") == (
        "name",
        "This key opens the namespace 123-app, not 456-app.",
    )


def test_a_key_that_opens_nothing_is_said_at_the_key(upstream: Upstream) -> None:
    upstream.answers(Answer(body=[]))
    assert failure(upstream.url)[0] == "auth"


def test_a_refused_key_is_said_at_the_key(upstream: Upstream) -> None:
    upstream.answers(Answer(401, {"error": "The supplied authentication is invalid", "code": "1"}))
    field, sentence = failure(upstream.url)
    assert field == "auth"
    assert "kkk" not in sentence


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, "<!doctype html><p>Hi", content_type="text/html"), "web page"),
        (Answer(404, "<!doctype html><p>Hi", content_type="text/html"), "web page"),
        (Answer(302, {}, {"Location": "https://elsewhere.example.com/"}), "redirects"),
        (Answer(200, {"namespaces": []}), "OpenWhisk would not"),
        (Answer(200, ["team"], cut=True), "broke off"),
        (Answer(500, {"error": "There was an internal server error.", "code": "1"}), "500"),
    ],
)
def test_what_is_no_openwhisk_is_said_at_the_host(upstream: Upstream, answer: Answer, words: str) -> None:
    upstream.answers(answer)
    field, sentence = failure(upstream.url)
    assert field == "api_host"
    assert words in sentence


def test_a_host_that_hangs_is_given_up_after_a_while(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "TRIAL_SECONDS", 0.2)
    given_up = threading.Event()

    def hang(asked: Asked) -> Answer:
        given_up.wait(60)
        return Answer()

    upstream.script = hang
    field, sentence = failure(upstream.url)
    given_up.set()
    assert field == "api_host"
    assert "took too long" in sentence


def test_a_refused_connection_and_an_unknown_host_are_said_at_the_host() -> None:
    assert failure("http://127.0.0.1:9") == (
        "api_host",
        "Nothing answers at http://127.0.0.1:9: connection refused.",
    )
    field, sentence = failure("https://nowhere.invalid")
    assert field == "api_host"
    assert "could not be found" in sentence


def test_a_private_host_is_not_even_called() -> None:
    field, sentence = failure("http://10.0.0.1")
    assert field == "api_host"
    assert "private" in sentence
