"""Conductor actions: an action says after each step which one is next (OpenWhisk docs/conductors.md)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from standalone.testing import RunningServer
from tests.standalone.client import Client, annotation

CONDUCTOR = [{"key": "conductor", "value": True}]
TRIPLE_AND_INCREMENT = """function main(params) {
    const step = params.$step || 0
    delete params.$step
    switch (step) {
        case 0: return { action: 'triple-STAMP', params, state: { $step: 1 } }
        case 1: return { action: '/_/increment-STAMP', params, state: { $step: 2 } }
        case 2: return { params }
    }
}"""


@pytest.fixture
def stamp(client: Client) -> int:
    stamp = time.time_ns()
    client.put_action(f"triple-{stamp}", "const main = ({ value }) => ({ value: value * 3 })")
    client.put_action(
        f"increment-{stamp}", "const main = ({ value }) => ({ value: value + 1 })", limits={"memory": 512}
    )
    return stamp


def conductor(client: Client, code: str, stamp: int = 0) -> str:
    """A conductor action of this code, under a new name."""
    name = f"conductor-{time.time_ns()}"
    client.put_action(name, code.replace("STAMP", str(stamp)), annotations=CONDUCTOR)
    return name


def result(client: Client, name: str, **arguments: Any) -> Any:
    return client.invoke(name, **arguments).json()["response"]["result"]


def test_the_example_of_the_documentation(client: Client, stamp: int) -> None:
    name = conductor(client, TRIPLE_AND_INCREMENT, stamp)
    activation_id = client.launch(name, value=3)
    record = client.record(activation_id)
    assert record["response"]["result"] == {"value": 10}
    assert (record["name"], annotation(record, "kind")) == (name, "sequence")
    assert annotation(record, "conductor") is True
    assert annotation(record, "topmost") is True
    assert annotation(record, "limits")["memory"] == 512
    parts = [client.record(one) for one in record["logs"]]
    assert [part["name"] for part in parts] == [
        name,
        f"triple-{stamp}",
        name,
        f"increment-{stamp}",
        name,
    ]
    assert {part["cause"] for part in parts} == {activation_id}
    assert {annotation(part, "causedBy") for part in parts} == {"sequence"}
    assert {annotation(part, "conductor") for part in parts} == {None}
    assert record["duration"] == sum(part["duration"] for part in parts)


def test_without_the_annotation_or_with_a_falsy_one_it_is_an_ordinary_action(client: Client) -> None:
    answer = {"action": "nothing", "params": {}}
    for value in (False, 0, "", None):
        name = f"ordinary-{time.time_ns()}"
        annotations = [{"key": "conductor", "value": value}]
        client.put_action(name, "const main = args => args", annotations=annotations)
        assert result(client, name, **answer) == answer


def test_the_state_wins_over_the_components_result_and_what_is_no_object_is_boxed(
    client: Client, stamp: int
) -> None:
    name = conductor(
        client,
        """const main = args => args.value === undefined
            ? { action: 'triple-STAMP', params: { value: 1 }, state: { value: 'of the state' } }
            : { params: args.value }""",
        stamp,
    )
    assert result(client, name) == {"value": "of the state"}
    boxed = conductor(
        client,
        """const main = args => 'state' in args
            ? { params: args } : { action: 'triple-STAMP', params: 2, state: 5 }""",
        stamp,
    )
    assert result(client, boxed) == {"state": 5, "value": 6}


def test_without_params_the_whole_output_is_the_result(client: Client) -> None:
    assert result(client, conductor(client, "const main = () => ({ done: 1 })")) == {"done": 1}


def test_a_components_error_comes_to_the_conductor(client: Client, stamp: int) -> None:
    client.put_action(f"fail-{stamp}", "const main = () => ({ error: 'no' })")
    name = conductor(
        client,
        """const main = args => args.error
            ? { params: { handled: args.error } } : { action: 'fail-STAMP', state: {} }""",
        stamp,
    )
    assert result(client, name) == {"handled": "no"}


def test_a_conductors_error_ends_it(client: Client) -> None:
    answer = client.invoke(conductor(client, "const main = () => ({ error: 'stop' })"))
    assert answer.status_code == 502
    assert answer.json()["response"]["status"] == "application error"
    assert answer.json()["response"]["result"] == {"error": "stop"}


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("'missing'", "Failed to resolve action with name 'guest/missing' during composition."),
        (
            "'/other/secret'",
            "Failed entitlement check for action with name 'other/secret' during composition.",
        ),
        ("17", "Failed to parse action name from json value 17 during composition."),
        ("'a//b'", 'Failed to parse action name from json value "a//b" during composition.'),
    ],
)
def test_an_action_that_is_not_to_be_had_is_told_to_the_conductor(
    client: Client, wanted: str, sentence: str
) -> None:
    name = conductor(
        client,
        f"const main = args => args.error ? {{ params: {{ told: args.error }} }} : {{ action: {wanted} }}",
    )
    assert result(client, name) == {"told": sentence}


def test_an_endless_composition_ends_at_its_limit(client: Client, stamp: int) -> None:
    name = conductor(
        client, "const main = ({ value }) => ({ action: 'increment-STAMP', params: { value } })", stamp
    )
    answer = client.invoke(name, value=0)
    assert answer.status_code == 502
    assert answer.json()["response"]["result"] == {"error": "Too many actions in the composition."}
    record = client.record(answer.json()["activationId"])
    assert len(record["logs"]) == 101 + 50, "50 components and 2 × 50 + 1 conductors"


def test_compositions_inside_sequences_and_compositions(client: Client, stamp: int) -> None:
    inner = conductor(client, TRIPLE_AND_INCREMENT, stamp)
    outer = conductor(
        client,
        f"""const main = args => args.inside
            ? {{ params: args }} : {{ action: '{inner}', params: args, state: {{ inside: 1 }} }}""",
    )
    record = client.record(client.launch(outer, value=3))
    assert record["response"]["result"] == {"value": 10, "inside": 1}
    inside = client.record(record["logs"][1])
    assert (inside["name"], inside["cause"]) == (inner, record["activationId"])
    assert annotation(inside, "topmost") is False
    assert len(record["logs"]) == 3
    sequence = f"sequence-{stamp}"
    body = {"exec": {"kind": "sequence", "components": [f"/_/increment-{stamp}", f"/_/{inner}"]}}
    assert client.put(f"/actions/{sequence}", json=body).status_code == 200
    assert result(client, sequence, value=1) == {"value": 7}


def test_a_conductor_may_be_a_web_action(client: Client, server: RunningServer, stamp: int) -> None:
    name = f"web-{stamp}"
    code = TRIPLE_AND_INCREMENT.replace("{ params }", "{ params: { body: params } }")
    annotations = [*CONDUCTOR, {"key": "web-export", "value": True}]
    client.put_action(name, code.replace("STAMP", str(stamp)), annotations=annotations)
    answer = client.get(f"{server.url}/api/v1/web/guest/default/{name}.json", params={"unused": 1})
    assert answer.status_code == 200
    assert "body" in answer.json()


def test_a_composition_that_calls_itself_through_a_sequence_ends(client: Client, stamp: int) -> None:
    sequence = f"round-{stamp}"
    name = conductor(client, f"const main = () => ({{ action: '{sequence}' }})")
    body = {"exec": {"kind": "sequence", "components": [f"/_/{name}"]}}
    assert client.put(f"/actions/{sequence}", json=body).status_code == 200
    assert result(client, name) == {"error": "Too many actions in the composition."}
    assert client.get(f"/activations?count=true&name={sequence}").json()["activations"] <= 101
