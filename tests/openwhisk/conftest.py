"""A client, and two servers: one that answers what a test says, one that misbehaves on a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from runtime_app.openwhisk import OpenWhiskClient
from tests.openwhisk.scripted_server import ScriptedServer

HOST = "http://whisk.test"
AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own settings say must not change what an unknown host answers."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def client() -> Iterator[OpenWhiskClient]:
    with OpenWhiskClient(HOST, AUTH) as client:
        yield client


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Answers registered here are what the server says; one that is never asked for fails the test."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as wire:
        yield wire


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server
