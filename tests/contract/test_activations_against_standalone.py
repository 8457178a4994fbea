"""The client and the standalone runtime must mean the same: reading what has run."""

from __future__ import annotations

import pytest

from runtime_app.openwhisk import (
    ActionSpec,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
)
from tests.contract.samples import (
    ECHO,
    RECORD_SECONDS,
    WAIT,
    node,
    record_of,
)
from tests.waiting import wait_until


def test_an_id_that_cannot_be_one_is_refused(client: OpenWhiskClient) -> None:
    with pytest.raises(Rejected, match="Activation id"):
        client.get_activation("abc")
    with pytest.raises(NotFound):
        client.get_activation("0" * 32)


def test_activations_are_listed_counted_and_filtered(client: OpenWhiskClient) -> None:
    client.put_action("counted", node(ECHO), overwrite=True)
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
    client.put_action("window", node(ECHO), overwrite=True)
    starts = sorted(record_of(client, client.invoke("window").activation_id).start_ms for _ in range(3))
    first, last = starts[0], starts[-1]

    def found(since_ms: int, upto_ms: int) -> list[int]:
        items = client.iter_activations(name="window", since_ms=since_ms, upto_ms=upto_ms)
        return sorted(item.start_ms for item in items)

    assert found(first, last) == starts
    assert found(first + 1, last - 1) == [start for start in starts if first < start < last]
    assert client.count_activations(name="window", since_ms=last + 1) == 0


def test_arguments_and_defaults_meet_in_the_result_and_prints_in_the_logs(client: OpenWhiskClient) -> None:
    spec = ActionSpec(kind="nodejs:default", code=ECHO, parameters=(Parameter("a", 1), Parameter("b", 1)))
    client.put_action("echo", spec, overwrite=True)
    activation_id = client.invoke("echo", {"b": 2, "c": "ü→"}).activation_id
    record = record_of(client, activation_id)
    assert record.result == {"echo": {"a": 1, "b": 2, "c": "ü→"}}
    assert len(record.logs) == 1
    assert record.logs[0].endswith(" stdout: hello from the action")
    assert client.activation_logs(activation_id) == record.logs
    result = client.activation_result(activation_id)
    assert (result.result, result.status, result.size) == (record.result, record.status, record.size)


def test_a_timeout_is_told_by_its_annotation(client: OpenWhiskClient) -> None:
    client.put_action("too-slow", node(WAIT, timeout_ms=300), overwrite=True)
    record = record_of(client, client.invoke("too-slow", {"seconds": 30}).activation_id)
    assert record.timed_out
    assert not record.success
    assert "exceeded its time limits of 300 milliseconds" in str(record.result)
