"""Real failures of real connections, and the one sentence that each becomes."""

from __future__ import annotations

import socket

import pytest

from runtime_app.openwhisk import BadReply, OpenWhiskClient, Timeouts, Unreachable
from standalone.testing import free_port
from tests.openwhisk.conftest import AUTH
from tests.openwhisk.scripted_server import ScriptedServer, answer


def failure_of(host: str) -> Unreachable:
    with (
        OpenWhiskClient(host, AUTH, timeouts=Timeouts(connect=0.2, read=1)) as client,
        pytest.raises(Unreachable) as caught,
    ):
        client.invoke("my-worker")
    return caught.value


def test_a_host_that_does_not_resolve() -> None:
    error = failure_of("https://example.invalid")
    assert error.message == "The host example.invalid could not be found."
    assert not error.sent
    assert not error.may_have_run


def test_a_port_where_nothing_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    error = failure_of(url)
    assert error.message == f"Nothing answers at {url}: connection refused."
    assert not error.sent


def test_a_host_that_swallows_the_connection() -> None:
    """A listener whose backlog is full leaves further connections hanging, as a firewall does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            error = failure_of(f"http://127.0.0.1:{port}")
    assert error.message == f"http://127.0.0.1:{port} did not answer in time: no connection."
    assert not error.sent


def test_https_towards_a_server_that_speaks_http(scripted: ScriptedServer) -> None:
    scripted.scripts = [lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")]
    error = failure_of(scripted.url.replace("http://", "https://"))
    assert error.message == "No secure connection to 127.0.0.1 could be set up. Check https:// and the port."


def test_a_host_name_that_cannot_exist() -> None:
    error = failure_of(f"https://{'a' * 70}.example")
    assert not error.sent


def test_the_sentence_never_names_the_key(scripted: ScriptedServer) -> None:
    scripted.scripts = [lambda connection: None]
    error = failure_of(scripted.url)
    assert AUTH.partition(":")[2] not in f"{error!r} {error} {vars(error)} {error.__cause__!r}"


def test_the_cause_is_kept_for_the_log() -> None:
    assert type(failure_of("https://example.invalid").__cause__).__module__.startswith("requests")


def test_a_web_page_is_no_connection_fault(scripted: ScriptedServer) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"
    scripted.scripts = [lambda connection: connection.sendall(page)]
    with OpenWhiskClient(scripted.url, AUTH) as client, pytest.raises(BadReply, match="web page"):
        client.limits()


def test_a_proxy_that_is_down_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    error = failure_of("http://whisk.test")
    assert error.message == "The proxy on the way to http://whisk.test did not let the request through."
    assert not error.sent


def test_the_runtime_on_this_machine_is_reached_without_the_proxy(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    scripted.scripts = [answer(b"{}")]
    with OpenWhiskClient(scripted.url, AUTH) as client:
        assert client.limits().raw == {}
