"""One real server for most tests; tests that stop, kill or configure servers start their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standalone.testing import RunningServer
from tests.standalone.client import Client

OTHER_AUTH = "00000000-0000-4000-8000-000000000001:" + "k" * 64


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("standalone"), namespace=[f"other={OTHER_AUTH}"]) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with Client(server) as opened:
        yield opened


@pytest.fixture
def stranger(server: RunningServer) -> Iterator[Client]:
    """A caller with the key of another namespace."""
    user, _, key = OTHER_AUTH.partition(":")
    with Client(server, (user, key)) as opened:
        yield opened
