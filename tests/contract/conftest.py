"""A standalone runtime with the rules of each deployment for our client, and one as it comes for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from runtime_app.openwhisk import OpenWhiskClient
from standalone.testing import RunningServer
from tests.contract.aio_shell import AioShell
from tests.contract.rules import EVERYWHERE, Rules
from tests.contract.samples import HELLO
from tests.contract.traffic import Exchange, record


@pytest.fixture(scope="package", params=EVERYWHERE, ids=lambda rules: rules.profile)
def rules(request: pytest.FixtureRequest) -> Rules:
    """Whose rules hold: a test with this, a server or a client runs once for each deployment."""
    found: Rules = request.param
    return found


@pytest.fixture(scope="package")
def servers() -> Iterator[tuple[ExitStack, dict[str, RunningServer]]]:
    """The servers of this process by profile: each starts when it is first wanted, and stays."""
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def server(
    rules: Rules,
    servers: tuple[ExitStack, dict[str, RunningServer]],
    tmp_path_factory: pytest.TempPathFactory,
) -> RunningServer:
    stack, running = servers
    if rules.profile not in running:
        started = RunningServer(tmp_path_factory.mktemp("standalone"), **rules.options)
        running[rules.profile] = stack.enter_context(started)
    return running[rules.profile]


@pytest.fixture
def client(server: RunningServer) -> Iterator[OpenWhiskClient]:
    with OpenWhiskClient(server.url, server.auth) as client:
        yield client


@pytest.fixture(scope="package")
def cli_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A runtime as everybody starts it, for other people's clients."""
    with RunningServer(tmp_path_factory.mktemp("cli")) as server:
        yield server


@pytest.fixture(scope="package")
def aio(cli_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AioShell]:
    folder = tmp_path_factory.mktemp("aio")
    (folder / "hello.js").write_text(HELLO)
    with AioShell(cli_server, folder) as shell:
        yield shell


@pytest.fixture(scope="package")
def exchanges(cli_server: RunningServer) -> list[Exchange]:
    return record(cli_server)
