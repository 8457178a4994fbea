"""Adobe's CLI (`aio rt …`): its own settings and reports, and where it sends logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from standalone.testing import RunningServer
from tests.contract.aio_shell import AioShell, environment

MANIFEST = """\
packages:
  reported:
    actions:
      greet:
        function: hello.js
        inputs:
          name: you
    sequences:
      greet-twice:
        actions: greet,greet
    triggers:
      greeting:
        inputs:
          size: 1
"""


@pytest.fixture
def told_by_file(cli_server: RunningServer, tmp_path: Path) -> Iterator[AioShell]:
    """Somebody whose only settings are in the file that `wsk` writes."""
    (tmp_path / ".wskprops").write_text(f"APIHOST={cli_server.url}\nAUTH={cli_server.auth}\n")
    variables = environment(cli_server, tmp_path)
    told = {name: value for name, value in variables.items() if not name.startswith("AIO_")}
    with AioShell(cli_server, tmp_path, told) as shell:
        yield shell


def test_properties_lead_to_the_server_until_they_are_taken_back(
    told_by_file: AioShell, cli_server: RunningServer
) -> None:
    """In 8.1.0 `set --apihost` and `set --auth` take no values: `unset` changes the flags that both share."""
    aio = told_by_file
    assert "guest" in aio.ok("namespace", "list").stdout.split()
    aio.ok("property", "set", "--namespace", cli_server.namespace)
    assert f"NAMESPACE={cli_server.namespace}" in (aio.folder / ".wskprops").read_text()
    aio.ok("property", "unset", "--auth")
    properties = (aio.folder / ".wskprops").read_text()
    assert f"APIHOST={cli_server.url}" in properties
    assert cli_server.auth not in properties
    assert aio("namespace", "list").code != 0


def test_a_report_names_what_a_manifest_would_deploy_and_deploys_nothing(aio: AioShell) -> None:
    (aio.folder / "reported.yml").write_text(MANIFEST)
    report = aio.ok("deploy", "report", "-m", "reported.yml").stdout
    for name in ("reported", "greet", "greet-twice", "greeting"):
        assert f'"name": "{name}"' in report
    assert aio("package", "get", "reported").code != 0


def test_the_cli_says_its_version(aio: AioShell) -> None:
    assert "aio-cli-plugin-runtime/8.1.0" in aio.ok("deploy", "version").stdout


# log forwarding


def test_logs_stay_with_their_activations_and_nothing_fails_to_be_forwarded(aio: AioShell) -> None:
    aio.ok("namespace", "log-forwarding", "set", "adobe-io-runtime")
    assert "adobe_io_runtime" in aio.ok("namespace", "log-forwarding", "get").stdout
    assert "No log forwarding errors" in aio.ok("namespace", "log-forwarding", "errors").stdout


def test_logs_are_sent_nowhere_and_that_is_said(aio: AioShell) -> None:
    azure = ["--customer-id", "me", "--shared-key", "k", "--log-type", "t"]
    new_relic = ["--base-uri", "https://newrelic.example", "--license-key", "k"]
    splunk = ["--host", "splunk.example", "--port", "8088", "--index", "main", "--hec-token", "t"]
    for said in (
        aio("namespace", "log-forwarding", "set", "azure-log-analytics", *azure),
        aio("namespace", "log-forwarding", "set", "splunk-hec", *splunk),
        aio("namespace", "log-forwarding", "set", "new-relic", *new_relic),
    ):
        assert said.code != 0
        assert "forwards none" in said.stderr
    assert "adobe_io_runtime" in aio.ok("namespace", "log-forwarding", "get").stdout
