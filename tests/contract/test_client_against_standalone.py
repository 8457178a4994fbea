"""The client and the standalone runtime must mean the same thing by every call that the panel makes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime_app.openwhisk import (
    ActionLimits,
    ActionSpec,
    Conflict,
    Forbidden,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
    RemoteActivation,
    Throttled,
    Unauthorized,
    Unreachable,
)
from standalone.testing import RunningServer
from tests.waiting import wait_until

PAGE = 50
RECORD_SECONDS = 15
ECHO = "def main(args):\n    print('hello from the action')\n    return {'echo': args}\n"
WAIT = (
    "import time\ndef main(args):\n    time.sleep(args['seconds'])\n    return {'waited': args['seconds']}\n"
)
FAIL = "def main(args):\n    return {'error': 'no luck', 'lost': 1}\n"
CRASH = "import os\ndef main(args):\n    os._exit(3)\n"
SIGNAL = "import time\ndef main(args):\n    open(args['file'], 'w').close()\n    time.sleep(30)\n"
LIST = "def main(args):\n    return [1, 'two']\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    options = {"list_limit": PAGE, "invocations_per_minute": 6000, "concurrent_invocations": 100}
    with RunningServer(tmp_path_factory.mktemp("standalone"), **options) as server:
        yield server


@pytest.fixture
def client(server: RunningServer) -> Iterator[OpenWhiskClient]:
    with OpenWhiskClient(server.url, server.auth) as client:
        yield client


def python(code: str, timeout_ms: int = 60_000) -> ActionSpec:
    return ActionSpec(kind="python:default", code=code, limits=ActionLimits(timeout_ms=timeout_ms))


def record_of(client: OpenWhiskClient, activation_id: str) -> RemoteActivation:
    def read() -> RemoteActivation | None:
        try:
            return client.get_activation(activation_id)
        except NotFound:
            return None

    record = wait_until(read, RECORD_SECONDS)
    assert isinstance(record, RemoteActivation)
    return record


def test_the_server_says_what_it_offers(client: OpenWhiskClient) -> None:
    info = client.server_info()
    assert {runtime.family for runtime in info.runtimes} >= {"nodejs", "python"}
    for family in ("nodejs", "python"):
        assert sum(runtime.default for runtime in info.runtimes if runtime.family == family) == 1


def test_the_namespace_and_its_limits(client: OpenWhiskClient) -> None:
    assert client.namespaces() == ("guest",)
    limits = client.limits()
    assert (limits.min_timeout_ms, limits.max_timeout_ms) == (100, 10_800_000)
    assert (limits.invocations_per_minute, limits.concurrent_invocations) == (6000, 100)
    assert limits.max_parameter_bytes == 1_048_576
    assert limits.max_memory_mb is not None


@pytest.mark.parametrize(
    "auth", ["nobody:nothing", "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "x" * 64, "ü:→"]
)
def test_a_wrong_key_is_unauthorized(server: RunningServer, auth: str) -> None:
    with OpenWhiskClient(server.url, auth) as stranger, pytest.raises(Unauthorized) as caught:
        stranger.namespaces()
    assert caught.value.code
    assert caught.value.code == caught.value.request_id


def test_another_namespaces_entities_are_out_of_reach(server: RunningServer) -> None:
    with (
        OpenWhiskClient(server.url, server.auth, "somebody-else") as client,
        pytest.raises(Forbidden, match="is not authorized to access"),
    ):
        client.get_action("x")


def test_an_action_is_created_read_and_deleted(client: OpenWhiskClient) -> None:
    spec = ActionSpec(
        kind="python:default",
        code=ECHO,
        main="main",
        parameters=(Parameter("greeting", "hi"), Parameter("SECRET", "x", init=True)),
        annotations={"description": "says it back"},
        limits=ActionLimits(timeout_ms=120_000, memory_mb=256, logs_mb=5),
    )
    created = client.put_action("create me", spec)
    assert created == client.get_action("create me")
    assert (created.namespace, created.package, created.version) == ("guest", None, "0.0.1")
    assert created.kind.startswith("python:")
    assert created.kind != "python:default"
    assert (created.code, created.main, created.binary) == (ECHO, "main", False)
    assert created.parameters == spec.parameters
    assert created.annotations["description"] == "says it back"
    assert created.annotations["exec"] == created.kind
    assert (created.limits.timeout_ms, created.limits.memory_mb, created.limits.logs_mb) == (120_000, 256, 5)
    assert created.updated_ms == pytest.approx(time.time() * 1000, abs=60_000)
    assert client.get_action("create me", code=False).code is None
    client.delete_action("create me")
    with pytest.raises(NotFound, match="does not exist"):
        client.get_action("create me")


def test_an_update_keeps_what_it_does_not_say(client: OpenWhiskClient) -> None:
    first = client.put_action("update-me", python(ECHO, timeout_ms=5000))
    with pytest.raises(Conflict, match="resource already exists"):
        client.put_action("update-me", python(FAIL))
    changed = client.put_action("update-me", ActionSpec(parameters=(Parameter("a", 1),)), overwrite=True)
    assert (changed.version, changed.code) == ("0.0.2", ECHO)
    assert changed.limits == first.limits
    assert changed.parameters == (Parameter("a", 1),)


def test_an_update_of_nothing_creates(client: OpenWhiskClient) -> None:
    assert client.put_action("brand-new", python(ECHO), overwrite=True).version == "0.0.1"


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (ActionLimits(timeout_ms=99), "99 milliseconds below allowed threshold of 100"),
        (ActionLimits(timeout_ms=10_800_001), "exceeds allowed threshold of 10800000 milliseconds"),
        (ActionLimits(memory_mb=1), "memory"),
        (ActionLimits(logs_mb=1000), "log"),
    ],
)
def test_limits_out_of_range_are_refused_with_a_reason(
    client: OpenWhiskClient, limits: ActionLimits, text: str
) -> None:
    spec = ActionSpec(kind="python:default", code=ECHO, limits=limits)
    with pytest.raises(Rejected) as caught:
        client.put_action("never-made", spec)
    assert text in caught.value.message


def test_an_unknown_kind_is_refused_with_the_valid_ones(client: OpenWhiskClient) -> None:
    with pytest.raises(Rejected, match="Valid values are"):
        client.put_action("never-made", ActionSpec(kind="cobol:60", code="x"))


def test_every_action_is_listed_once_page_by_page(client: OpenWhiskClient) -> None:
    names = {f"listed-{number:03}" for number in range(PAGE + 10)}
    for name in names:
        client.put_action(name, python(ECHO), overwrite=True)
    listed = [action for action in client.iter_actions() if action.name in names]
    assert sorted(action.name for action in listed) == sorted(names)
    assert client.page_limit == PAGE
    assert {action.kind for action in listed} == {client.get_action("listed-000").kind}
    assert len(client.list_actions()) == PAGE
    assert len(client.list_actions(limit=3, skip=1)) == 3


def test_a_launch_is_not_found_until_it_has_ended(client: OpenWhiskClient) -> None:
    client.put_action("waiter", python(WAIT), overwrite=True)
    receipt = client.invoke("waiter", {"seconds": 1})
    assert receipt.record is None
    with pytest.raises(NotFound):
        client.get_activation(receipt.activation_id)
    record = record_of(client, receipt.activation_id)
    assert (record.status, record.success, record.result) == ("success", True, {"waited": 1})
    assert record.path == "waiter"
    assert record.duration_ms is not None
    assert record.duration_ms >= 1000
    assert record.limits is not None
    assert record.limits.timeout_ms == 60_000
    assert not record.timed_out


def test_arguments_and_defaults_meet_in_the_result_and_prints_in_the_logs(client: OpenWhiskClient) -> None:
    spec = ActionSpec(kind="python:default", code=ECHO, parameters=(Parameter("a", 1), Parameter("b", 1)))
    client.put_action("echo", spec, overwrite=True)
    activation_id = client.invoke("echo", {"b": 2, "c": "ü→"}).activation_id
    record = record_of(client, activation_id)
    assert record.result == {"echo": {"a": 1, "b": 2, "c": "ü→"}}
    assert len(record.logs) == 1
    assert record.logs[0].endswith(" stdout: hello from the action")
    assert client.activation_logs(activation_id) == record.logs
    result = client.activation_result(activation_id)
    assert (result.result, result.status, result.size) == (record.result, record.status, record.size)


def test_waiting_for_a_launch_brings_its_record(client: OpenWhiskClient) -> None:
    client.put_action("echo-now", python(ECHO), overwrite=True)
    receipt = client.invoke("echo-now", {"a": 1}, blocking=True)
    assert receipt.record is not None
    assert receipt.record.result == {"echo": {"a": 1}}
    assert receipt.record.activation_id == receipt.activation_id


def test_waiting_in_vain_leaves_the_id_and_the_run_goes_on(client: OpenWhiskClient) -> None:
    client.put_action("waiter-2", python(WAIT), overwrite=True)
    receipt = client.invoke("waiter-2", {"seconds": 1.5}, blocking=True, wait_ms=100)
    assert receipt.record is None
    assert record_of(client, receipt.activation_id).success


@pytest.mark.parametrize(("code", "status"), [(FAIL, "application error"), (CRASH, "action developer error")])
def test_a_failed_run_is_a_receipt_and_no_error(client: OpenWhiskClient, code: str, status: str) -> None:
    client.put_action("fails", python(code), overwrite=True)
    receipt = client.invoke("fails", blocking=True)
    assert receipt.record is not None
    assert (receipt.record.status, receipt.record.success) == (status, False)
    assert record_of(client, receipt.activation_id).status == status


def test_an_error_result_loses_its_other_keys(client: OpenWhiskClient) -> None:
    client.put_action("unlucky", python(FAIL), overwrite=True)
    record = client.invoke("unlucky", blocking=True).record
    assert record is not None
    assert record.result == {"error": "no luck"}


def test_a_timeout_is_told_by_its_annotation(client: OpenWhiskClient) -> None:
    client.put_action("too-slow", python(WAIT, timeout_ms=300), overwrite=True)
    record = record_of(client, client.invoke("too-slow", {"seconds": 30}).activation_id)
    assert record.timed_out
    assert not record.success
    assert "exceeded its time limits of 300 milliseconds" in str(record.result)


def test_an_array_result_comes_home(client: OpenWhiskClient) -> None:
    client.put_action("array", python(LIST), overwrite=True)
    receipt = client.invoke("array", blocking=True)
    assert receipt.bare_result == [1, "two"]
    assert record_of(client, receipt.activation_id).result == [1, "two"]


def test_a_wait_out_of_range_is_refused_and_nothing_runs(client: OpenWhiskClient) -> None:
    client.put_action("never-run", python(ECHO), overwrite=True)
    with pytest.raises(Rejected, match="Timeout must be number of milliseconds up to") as caught:
        client.invoke("never-run", blocking=True, wait_ms=86_400_000)
    assert not caught.value.may_have_run
    assert client.count_activations(name="never-run") == 0


def test_launching_what_is_not_there_is_not_found(client: OpenWhiskClient) -> None:
    with pytest.raises(NotFound) as caught:
        client.invoke("no-such-action")
    assert not caught.value.may_have_run


def test_parameters_over_a_megabyte_are_refused_with_the_limit(client: OpenWhiskClient) -> None:
    client.put_action("echo-big", python(ECHO), overwrite=True)
    with pytest.raises(Rejected, match="larger than allowed") as caught:
        client.invoke("echo-big", {"big": "x" * 1_048_577})
    assert caught.value.status == 413


def test_an_id_that_cannot_be_one_is_refused(client: OpenWhiskClient) -> None:
    with pytest.raises(Rejected, match="Activation id"):
        client.get_activation("abc")
    with pytest.raises(NotFound):
        client.get_activation("0" * 32)


def test_activations_are_listed_counted_and_filtered(client: OpenWhiskClient) -> None:
    client.put_action("counted", python(ECHO), overwrite=True)
    ids = [client.invoke("counted", {"n": n}).activation_id for n in range(4)]
    records = [record_of(client, activation_id) for activation_id in ids]
    wait_until(lambda: client.count_activations(name="counted") == 4, RECORD_SECONDS)

    listed = client.list_activations(name="counted")
    assert {item.activation_id for item in listed} == set(ids)
    assert [item.start_ms for item in listed] == sorted((item.start_ms for item in listed), reverse=True)
    assert {(item.status, item.path, item.kind) for item in listed} == {
        ("success", "counted", records[0].kind)
    }
    assert len(client.list_activations(name="counted", limit=3, skip=2)) == 2

    full = {record.activation_id: record for record in client.list_full_activations(name="counted")}
    assert full == {record.activation_id: record for record in records}
    assert [record.activation_id for record in client.iter_full_activations(name="counted")] == list(full)


def test_a_window_holds_both_of_its_ends(client: OpenWhiskClient) -> None:
    client.put_action("window", python(ECHO), overwrite=True)
    starts = sorted(record_of(client, client.invoke("window").activation_id).start_ms for _ in range(3))
    first, last = starts[0], starts[-1]

    def found(since_ms: int, upto_ms: int) -> list[int]:
        items = client.iter_activations(name="window", since_ms=since_ms, upto_ms=upto_ms)
        return sorted(item.start_ms for item in items)

    assert found(first, last) == starts
    assert found(first + 1, last - 1) == [start for start in starts if first < start < last]
    assert client.count_activations(name="window", since_ms=last + 1) == 0


def test_an_environment_parameter_reaches_only_the_environment(client: OpenWhiskClient) -> None:
    code = "import os\ndef main(args):\n    return {'env': os.environ.get('SECRET'), 'args': args}\n"
    secret = Parameter("SECRET", "s3", init=True)
    client.put_action(
        "env", ActionSpec(kind="python:default", code=code, parameters=(secret,)), overwrite=True
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


def test_too_many_launches_are_throttled_and_did_not_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("throttled")
    with (
        RunningServer(folder, invocations_per_minute=1) as server,
        OpenWhiskClient(server.url, server.auth) as client,
    ):
        client.put_action("echo", python(ECHO))
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
        client.put_action("signal", python(SIGNAL))
        launch = pool.submit(client.invoke, "signal", {"file": str(started)}, blocking=True)
        wait_until(started.exists)
        server.kill()
        lost = launch.exception(RECORD_SECONDS)
        assert isinstance(lost, Unreachable)
        assert lost.may_have_run
        with pytest.raises(Unreachable, match="connection refused") as caught:
            client.invoke("signal")
        assert not caught.value.sent
