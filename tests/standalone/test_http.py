"""What holds for every path: credentials, errors, ids, CORS, encodings; what the server says of itself."""

from __future__ import annotations

import base64
import contextlib
import socket
from datetime import UTC, datetime

import pytest
import requests

from standalone.testing import RunningServer
from tests.standalone.client import ANSWER_SECONDS, Client


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def test_without_credentials_401_says_how(server: RunningServer) -> None:
    answer = requests.get(f"{server.url}/api/v1/namespaces/_/actions", timeout=ANSWER_SECONDS)
    assert answer.status_code == 401
    assert answer.json()["error"] == (
        "The resource requires authentication, which was not supplied with the request"
    )
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="OpenWhisk secure realm"'


@pytest.mark.parametrize(
    "headers",
    [
        basic("x:y"),
        basic("no-colon"),
        basic("23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "x" * 64),
        {"Authorization": "Bearer abc"},
        {"Authorization": "Basic ***"},
        {"Authorization": "Basic"},
    ],
)
def test_wrong_credentials_are_401(server: RunningServer, headers: dict[str, str]) -> None:
    answer = requests.get(
        f"{server.url}/api/v1/namespaces/_/actions", headers=headers, timeout=ANSWER_SECONDS
    )
    assert answer.status_code == 401
    assert answer.json()["error"] == "The supplied authentication is invalid"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/namespaces/guest/actions/x?blocking=nonsense"),
        ("GET", "/api/v1/namespaces/guest/packages?limit=x"),
        ("GET", "/api/v1/namespaces/guest/triggers/%01"),
        ("GET", "/api/v1/namespaces/guest/nothing"),
        ("PATCH", "/api/v1/namespaces/guest/actions"),
        ("GET", "/runtime/namespaces/guest/nothing"),
    ],
)
def test_strangers_learn_nothing_but_that_they_are(server: RunningServer, method: str, path: str) -> None:
    body = {"data": "{", "headers": {"Content-Type": "application/json"}}
    answer = requests.request(method, f"{server.url}{path}", timeout=ANSWER_SECONDS, **body)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *((text, True) for text in ("true", "TRUE", "yes", "on", "1")),
        *((text, False) for text in ("false", "no", "off", "0", "")),
    ],
)
def test_yes_and_no_may_be_written_in_these_ways(client: Client, text: str, wanted: bool) -> None:
    client.put_action("flagged", "function main(args) { return args }")
    answer = client.post(f"/actions/flagged?blocking={text}")
    assert answer.status_code == (200 if wanted else 202)


def test_errors_carry_the_transaction_id(client: Client) -> None:
    answer = client.get("/actions/missing")
    assert set(answer.json()) == {"error", "code"}
    assert answer.headers["X-Request-ID"] == answer.json()["code"]
    assert len(answer.json()["code"]) == 32


def test_a_callers_request_id_is_kept(client: Client) -> None:
    answer = client.get("/actions/missing", headers={"X-Request-ID": "mine-42"})
    assert answer.headers["X-Request-ID"] == answer.json()["code"] == "mine-42"


def test_an_unknown_path_is_404(client: Client) -> None:
    for path in ("/nothing", "/actions/a/b/c", "/limits/x/y"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"] == "The requested resource could not be found."


@pytest.mark.parametrize(
    ("method", "path", "supported"),
    [
        ("PATCH", "/actions/a", "PUT, GET, DELETE, POST"),
        ("POST", "/packages/refresh", "PUT, GET, DELETE"),
        ("DELETE", "/actions", "GET"),
        ("POST", "/limits", "GET"),
    ],
)
def test_a_method_that_is_not_allowed_is_405(client: Client, method: str, path: str, supported: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.json()["error"] == f"HTTP method not allowed, supported methods: {supported}"
    assert answer.headers["Allow"] == supported


def test_a_bare_question_mark_and_a_trailing_slash_change_nothing(client: Client) -> None:
    assert client.get("/actions?").status_code == 200
    assert client.get("/actions/").status_code == 200
    assert client.get(f"{client.server.url}/api/v1/namespaces/").json() == ["guest"]


def test_options_needs_no_credentials(server: RunningServer) -> None:
    answer = requests.options(f"{server.url}/api/v1/namespaces/_/actions", timeout=ANSWER_SECONDS)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, DELETE, POST, PUT, HEAD"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_head_is_get_without_a_body(client: Client) -> None:
    answer = client.head("/actions")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_body_without_a_declared_length_is_read_too(client: Client) -> None:
    client.put_action("chunked", "function main(args) { return args }")
    answer = client.post(
        "/actions/chunked?blocking=true&result=true",
        data=iter([b'{"a":', b" 1}"]),
        headers={"Content-Type": "application/json"},
    )
    assert answer.json() == {"a": 1}
    answer = client.post(
        "/actions/chunked", data=iter([b"x" * 600_000] * 2), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_ping_answers_pong(server: RunningServer) -> None:
    answer = requests.get(f"{server.url}/ping", timeout=ANSWER_SECONDS)
    assert (answer.status_code, answer.text) == (200, "pong")


def test_the_root_tells_limits_and_runtimes(server: RunningServer) -> None:
    about = requests.get(f"{server.url}/", timeout=ANSWER_SECONDS).json()
    assert about["api_paths"] == ["/api/v1"]
    assert about["limits"]["max_action_duration"] == 3 * 60 * 60 * 1000
    assert about["limits"]["max_action_memory"] == 4096 * 1024 * 1024
    for family in ("nodejs", "python"):
        defaults = [runtime for runtime in about["runtimes"][family] if runtime["default"]]
        assert len(defaults) == 1


def test_the_api_tells_its_version(server: RunningServer) -> None:
    about = requests.get(f"{server.url}/api/v1", timeout=ANSWER_SECONDS).json()
    assert about["api_version_path"] == "v1"
    assert about["buildno"] == "standalone"
    assert datetime.fromisoformat(about["build"]) < datetime.now(UTC)


def test_the_api_describes_its_paths(server: RunningServer) -> None:
    about = requests.get(f"{server.url}/api/v1/api-docs", timeout=ANSWER_SECONDS).json()
    assert set(about["paths"]["/namespaces/{namespace}/actions/{name}"]) == {"get", "put", "delete", "post"}
    page = requests.get(f"{server.url}/api/v1/docs", timeout=ANSWER_SECONDS)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "/api/v1/namespaces/{namespace}/activations/{id}/logs" in page.text


def test_the_caller_sees_its_own_namespace_only(client: Client, stranger: Client) -> None:
    url = f"{client.server.url}/api/v1/namespaces"
    assert client.get(url).json() == ["guest"]
    assert stranger.get(url).json() == ["other"]


def test_limits_are_those_of_the_server(client: Client) -> None:
    assert client.get("/limits").json() == {
        "invocationsPerMinute": 6000,
        "concurrentInvocations": 1000,
        "firesPerMinute": 600,
        "maxActionMemory": 4096,
        "minActionMemory": 128,
        "maxActionLogs": 10,
        "minActionLogs": 0,
        "maxActionTimeout": 10800000,
        "minActionTimeout": 100,
        "maxActionConcurrency": 500,
        "minActionConcurrency": 1,
        "maxParameterSize": "1048576 B",
        "maxActionInstances": 1000,
    }


def test_there_are_no_single_limits(client: Client) -> None:
    answer = client.get("/limits/invocationsPerMinute")
    assert answer.status_code == 400
    assert answer.json()["error"] == "Inner entity level routes for limits are not yet implemented."


def test_logs_are_not_forwarded_elsewhere(client: Client) -> None:
    url = f"{client.server.url}/runtime/namespaces/guest/logForwarding"
    here = {"adobe_io_runtime": {}}
    assert client.get(url).json() == here
    assert client.put(url, json=here).json() == here
    refused = client.put(url, json={"splunk_hec": {"host": "splunk.example"}})
    assert refused.status_code == 400
    assert "forwards none" in refused.json()["error"]
    for body in ({}, {"nowhere": {}}, {**here, "splunk_hec": {}}):
        assert client.put(url, json=body).status_code == 400
    assert client.get(f"{url}/errors").json()["errors"] == []
    other = url.replace("guest", "other")
    for method, path in (("GET", other), ("PUT", other), ("GET", f"{other}/errors")):
        assert client.request(method, path, json=here).status_code == 403


@pytest.mark.parametrize("endless", ["GET /ping?", "GET /ping HTTP/1.1\r\nhost: "])
def test_who_never_ends_the_head_of_a_request_is_refused(server: RunningServer, endless: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_SECONDS) as connection:
        connection.sendall(endless.encode())
        with contextlib.suppress(OSError):  # it hangs up in the midst of it
            for _ in range(1000):
                connection.sendall(b"x" * 65_536)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            answer = connection.recv(4096)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    padding = {"X-Padding": "x" * 100_000}
    assert requests.get(f"{server.url}/ping", headers=padding, timeout=ANSWER_SECONDS).text == "pong"
