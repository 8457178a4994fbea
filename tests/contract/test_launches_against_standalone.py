"""The client and the standalone runtime must mean the same: launches and their answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime_app.openwhisk import (
    ActionSpec,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
    Throttled,
    Unreachable,
)
from standalone.testing import RunningServer
from tests.contract.rules import Rules
from tests.contract.samples import (
    CRASH,
    ECHO,
    FAIL,
    LIST,
    PYTHON,
    RECORD_SECONDS,
    SIGNAL,
    node,
    record_of,
    result_of,
)
from tests.gate import Gate
from tests.waiting import wait_until


def test_a_launch_is_not_found_until_it_has_ended(client: OpenWhiskClient, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    client.put_action("waiter", node(gate.job({"waited": True})), overwrite=True)
    receipt = client.invoke("waiter")
    assert receipt.record is None
    with pytest.raises(NotFound):
        client.get_activation(receipt.activation_id)
    gate.open()
    record = record_of(client, receipt.activation_id)
    assert (record.status, record.success, record.result) == ("success", True, {"waited": True})
    assert record.path == "waiter"
    assert record.duration_ms is not None
    assert record.end_ms is not None
    assert record.duration_ms == record.end_ms - record.start_ms
    assert record.limits is not None
    assert record.limits.timeout_ms == 60_000
    assert not record.timed_out


def test_waiting_for_a_launch_brings_its_record(client: OpenWhiskClient) -> None:
    client.put_action("echo-now", node(ECHO), overwrite=True)
    receipt = client.invoke("echo-now", {"a": 1}, blocking=True)
    assert receipt.record is not None
    assert receipt.record.result == {"echo": {"a": 1}}
    assert receipt.record.activation_id == receipt.activation_id


def test_waiting_in_vain_leaves_the_id_and_the_run_goes_on(client: OpenWhiskClient, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    client.put_action("waiter-2", node(gate.job({})), overwrite=True)
    receipt = client.invoke("waiter-2", blocking=True, wait_ms=100)
    assert receipt.record is None
    gate.open()
    assert record_of(client, receipt.activation_id).success


@pytest.mark.parametrize(("code", "status"), [(FAIL, "application error"), (CRASH, "action developer error")])
def test_a_failed_run_is_a_receipt_and_no_error(client: OpenWhiskClient, code: str, status: str) -> None:
    client.put_action("fails", node(code), overwrite=True)
    receipt = client.invoke("fails", blocking=True)
    assert receipt.record is not None
    assert (receipt.record.status, receipt.record.success) == (status, False)
    assert record_of(client, receipt.activation_id).status == status


def test_an_error_result_loses_its_other_keys(client: OpenWhiskClient) -> None:
    client.put_action("unlucky", node(FAIL), overwrite=True)
    record = client.invoke("unlucky", blocking=True).record
    assert record is not None
    assert record.result == {"error": "no luck"}


def test_an_array_result_comes_home(client: OpenWhiskClient) -> None:
    client.put_action("array", node(LIST), overwrite=True)
    assert client.invoke("array", blocking=True).bare_result == [1, "two"]
    assert record_of(client, client.invoke("array").activation_id).result == [1, "two"]


def test_a_wait_out_of_range_is_refused_and_nothing_runs(client: OpenWhiskClient) -> None:
    client.put_action("never-run", node(ECHO), overwrite=True)
    with pytest.raises(Rejected, match="Timeout must be number of milliseconds up to") as caught:
        client.invoke("never-run", blocking=True, wait_ms=86_400_000)
    assert not caught.value.may_have_run
    assert client.count_activations(name="never-run") == 0


def test_launching_what_is_not_there_is_not_found(client: OpenWhiskClient) -> None:
    with pytest.raises(NotFound) as caught:
        client.invoke("no-such-action")
    assert not caught.value.may_have_run


def test_parameters_over_a_megabyte_are_refused_with_the_limit(client: OpenWhiskClient) -> None:
    client.put_action("echo-big", node(ECHO), overwrite=True)
    with pytest.raises(Rejected, match="larger than allowed") as caught:
        client.invoke("echo-big", {"big": "x" * 1_048_577})
    assert caught.value.status == 413


def test_an_environment_parameter_reaches_only_the_environment(client: OpenWhiskClient) -> None:
    code = "const main = args => ({ env: process.env.SECRET, args })"
    secret = Parameter("SECRET", "s3", init=True)
    client.put_action(
        "env", ActionSpec(kind="nodejs:default", code=code, parameters=(secret,)), overwrite=True
    )
    record = client.invoke("env", blocking=True).record
    assert record is not None
    assert record.result == {"env": "s3", "args": {}}


def test_a_node_action_runs_and_says_its_version(client: OpenWhiskClient) -> None:
    code = "function main(args) { return { version: process.env.__OW_ACTION_VERSION, sum: args.a + args.b } }"
    client.put_action("node", ActionSpec(kind="nodejs:default", code=code), overwrite=True)
    receipt = client.invoke("node", {"a": 1, "b": 2}, blocking=True)
    assert receipt.record is not None
    assert receipt.record.result == {"version": receipt.record.version, "sum": 3}


def test_a_python_action_runs_where_there_is_python(client: OpenWhiskClient, rules: Rules) -> None:
    spec = ActionSpec(kind="python:default", code=PYTHON)
    if "python" not in rules.families:
        with pytest.raises(Rejected, match="Valid values are"):
            client.put_action("snake", spec)
        return
    client.put_action("snake", spec, overwrite=True)
    assert result_of(client, "snake", a=1, b=2) == {"sum": 3}


def test_a_success_that_was_waited_for_is_recorded_only_where_that_is_so(
    client: OpenWhiskClient, rules: Rules
) -> None:
    client.put_action("waited-for", node(ECHO), overwrite=True)
    waited = client.invoke("waited-for", blocking=True)
    # What was launched later is recorded: so would the first one be.
    record_of(client, client.invoke("waited-for").activation_id)
    listed = {item.activation_id for item in client.list_activations(name="waited-for")}
    assert (waited.activation_id in listed) is rules.records_waits


def test_too_many_launches_are_throttled_and_did_not_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("throttled")
    with (
        RunningServer(folder, invocations_per_minute=1) as server,
        OpenWhiskClient(server.url, server.auth) as client,
    ):
        client.put_action("echo", node(ECHO))
        with pytest.raises(Throttled, match="Too many requests in the last minute") as caught:
            launch_three_times(client)
    assert not caught.value.may_have_run


def launch_three_times(client: OpenWhiskClient) -> None:
    """With one allowed a minute, one of three is refused even when a new minute begins between them."""
    for _ in range(3):
        client.invoke("echo")


def test_a_launch_whose_runtime_dies_may_have_run_and_the_next_was_not_sent(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with (
        RunningServer(tmp_path / "data") as server,
        OpenWhiskClient(server.url, server.auth) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        client.put_action("signal", node(SIGNAL))
        launch = pool.submit(client.invoke, "signal", {"file": str(started)}, blocking=True)
        wait_until(started.exists)
        server.kill()
        lost = launch.exception(RECORD_SECONDS)
        assert isinstance(lost, Unreachable)
        assert lost.may_have_run
        with pytest.raises(Unreachable, match="connection refused") as caught:
            client.invoke("signal")
        assert not caught.value.sent
