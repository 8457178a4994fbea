"""One standalone runtime for all of them, with Adobe's short list pages, and a client of its guest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runtime_app.openwhisk import OpenWhiskClient
from standalone.testing import RunningServer
from tests.contract.samples import PAGE


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    options = {"list_limit": PAGE, "invocations_per_minute": 6000, "concurrent_invocations": 100}
    with RunningServer(tmp_path_factory.mktemp("standalone"), **options) as server:
        yield server


@pytest.fixture
def client(server: RunningServer) -> Iterator[OpenWhiskClient]:
    with OpenWhiskClient(server.url, server.auth) as client:
        yield client
