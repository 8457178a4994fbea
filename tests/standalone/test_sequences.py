"""Sequences: one action after another, each with the result of the one before."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.standalone.client import Client, annotation


@pytest.fixture
def stamp(client: Client) -> int:
    stamp = time.time_ns()
    client.put_action(f"inc-{stamp}", "const main = args => ({n: args.n + 1})")
    client.put_action(f"twice-{stamp}", "const main = args => ({n: args.n * 2})", limits={"memory": 512})
    client.put_action(f"fail-{stamp}", "const main = () => ({error: 'stop'})")
    return stamp


def put_sequence(client: Client, name: str, components: Any, query: str = "") -> requests.Response:
    body = {"exec": {"kind": "sequence", "components": components}}
    return client.put(f"/actions/{name}{query}", json=body)


def test_a_sequence_hands_results_on(client: Client, stamp: int) -> None:
    name = f"seq-{stamp}"
    answer = put_sequence(client, name, [f"/_/inc-{stamp}", f"/guest/twice-{stamp}"])
    document = answer.json()
    names = [f"/guest/inc-{stamp}", f"/guest/twice-{stamp}"]
    assert answer.status_code == 200
    assert document["exec"] == {"kind": "sequence", "components": names}
    assert document["parameters"] == [{"key": "_actions", "value": names}]
    assert annotation(document, "exec") == "sequence"
    reply = client.invoke(name, n=3)
    assert reply.status_code == 200
    assert reply.json()["response"]["result"] == {"n": 8}
    record = client.record(reply.json()["activationId"])
    assert annotation(record, "kind") == "sequence"
    assert annotation(record, "topmost") is True
    assert annotation(record, "limits")["memory"] == 512
    parts = [client.record(one) for one in record["logs"]]
    assert [part["name"] for part in parts] == [f"inc-{stamp}", f"twice-{stamp}"]
    assert {part["cause"] for part in parts} == {record["activationId"]}
    assert {annotation(part, "causedBy") for part in parts} == {"sequence"}
    assert record["duration"] == sum(part["duration"] for part in parts)


def test_a_sequence_stops_at_the_first_error(client: Client, stamp: int) -> None:
    name = f"seq-{stamp}"
    put_sequence(client, name, [f"/_/inc-{stamp}", f"/_/fail-{stamp}", f"/_/twice-{stamp}"])
    reply = client.invoke(name, n=1)
    assert reply.status_code == 502
    assert reply.json()["response"]["result"] == {"error": "stop"}
    assert reply.json()["response"]["status"] == "application error"
    assert len(client.record(reply.json()["activationId"])["logs"]) == 2


def test_a_sequence_may_contain_a_sequence(client: Client, stamp: int) -> None:
    put_sequence(client, f"inner-{stamp}", [f"/_/inc-{stamp}", f"/_/inc-{stamp}"])
    put_sequence(client, f"outer-{stamp}", [f"/_/inner-{stamp}", f"/_/twice-{stamp}"])
    outer = client.record(client.launch(f"outer-{stamp}", n=0))
    assert outer["response"]["result"] == {"n": 4}
    inner = client.record(outer["logs"][0])
    assert inner["cause"] == outer["activationId"]
    assert annotation(inner, "topmost") is False
    assert annotation(inner, "waitTime") == annotation(outer, "waitTime") == 0


def test_a_component_that_was_deleted_is_told(client: Client, stamp: int) -> None:
    put_sequence(client, f"seq-{stamp}", [f"/_/inc-{stamp}"])
    client.delete(f"/actions/inc-{stamp}")
    reply = client.invoke(f"seq-{stamp}", n=1)
    assert reply.status_code == 502
    assert reply.json()["response"]["result"] == {"error": "Sequence component does not exist."}


def test_a_sequence_is_refused_once_a_component_is_closed_to_its_caller(
    client: Client, stranger: Client, stamp: int
) -> None:
    for name in (f"open-{stamp}", f"shut-{stamp}"):
        client.put(f"/packages/{name}", json={"publish": True})
        client.put_action(f"{name}/echo", "const main = args => args")
    names = [f"/guest/{name}-{stamp}/echo" for name in ("open", "shut", "shut")]
    stranger.put(f"/actions/both-{stamp}", json={"exec": {"kind": "sequence", "components": names}})
    assert stranger.invoke(f"both-{stamp}", a=1).json()["response"]["result"] == {"a": 1}
    client.put(f"/packages/shut-{stamp}?overwrite=true", json={"publish": False})
    for query in ("", "?blocking=true"):
        refused = stranger.post(f"/actions/both-{stamp}{query}", json={})
        assert refused.status_code == 403
        assert refused.json()["error"] == (
            f"The supplied authentication is not authorized to access 'guest/shut-{stamp}/echo'."
        )


def test_sequences_that_cannot_be_are_refused(client: Client, stamp: int) -> None:
    def refusal(components: Any, name: str = f"bad-{stamp}") -> str:
        answer = put_sequence(client, name, components, "?overwrite=true")
        assert answer.status_code == 400
        error: str = answer.json()["error"]
        return error

    assert refusal([]) == "No component specified for the sequence."
    assert refusal(["/_/no-such"]) == "Sequence component does not exist."
    assert refusal([f"/_/inc-{stamp}"] * 51) == "Too many actions in the sequence."
    assert refusal([f"/_/bad-{stamp}"]) == "Sequence may not refer to itself."
    assert refusal(["alone"]).startswith("The request content was malformed:\n")
    assert refusal(None) == (
        "The request content was malformed:\n'components' must be defined for sequence kind"
    )
    put_sequence(client, f"inner-{stamp}", [f"/_/inc-{stamp}"])
    put_sequence(client, f"outer-{stamp}", [f"/_/inner-{stamp}"])
    assert refusal([f"/_/outer-{stamp}"], f"inner-{stamp}") == "Sequence may not refer to itself."


def test_a_sequence_may_become_an_action_again(client: Client, stamp: int) -> None:
    put_sequence(client, f"seq-{stamp}", [f"/_/inc-{stamp}"])
    document = client.put_action(f"seq-{stamp}", "const main = args => args")
    assert document["parameters"] == []
    assert client.invoke(f"seq-{stamp}", n=1).json()["response"]["result"] == {"n": 1}


def bound(client: Client, package: str, stamp: int) -> str:
    """A binding of a package that is made if there is none."""
    client.put(f"/packages/{package}?overwrite=true", json={})
    name = f"bound-{stamp}"
    body = {"binding": {"namespace": "_", "name": package}}
    assert client.put(f"/packages/{name}?overwrite=true", json=body).status_code == 200
    return name


def test_a_sequence_tells_the_binding_that_it_was_called_through(client: Client, stamp: int) -> None:
    binding = bound(client, f"package-{stamp}", stamp)
    put_sequence(client, f"package-{stamp}/seq", [f"/_/inc-{stamp}"])
    record = client.record(client.launch(f"{binding}/seq", n=1))
    assert annotation(record, "binding") == f"guest/{binding}"
    assert annotation(record, "path") == f"guest/package-{stamp}/seq"


def test_a_sequence_may_not_contain_itself_under_another_name(client: Client, stamp: int) -> None:
    binding = bound(client, f"package-{stamp}", stamp)
    put_sequence(client, f"package-{stamp}/seq", [f"/_/inc-{stamp}"])
    answer = put_sequence(client, f"package-{stamp}/seq", [f"/_/{binding}/seq"], "?overwrite=true")
    assert (answer.status_code, answer.json()["error"]) == (400, "Sequence may not refer to itself.")


def test_sequences_in_sequences_are_as_deep_as_they_may_be_long(client: Client, stamp: int) -> None:
    name, depth = f"inc-{stamp}", 0
    while True:
        answer = put_sequence(client, f"nest-{stamp}-{depth}", [f"/_/{name}"])
        if answer.status_code != 200:
            break
        name, depth = f"nest-{stamp}-{depth}", depth + 1
    assert (depth, answer.json()["error"]) == (50, "Too many actions in the sequence.")
    assert client.invoke(name, n=1).json()["response"]["result"] == {"n": 2}


def test_a_sequence_that_came_to_contain_itself_ends(client: Client, stamp: int) -> None:
    """What a binding leads to may change after the sequences were stored."""
    one, two = f"one-{stamp}", f"two-{stamp}"
    binding = bound(client, two, stamp)
    client.put(f"/packages/{one}", json={})
    assert put_sequence(client, f"{two}/next", [f"/_/inc-{stamp}"]).status_code == 200
    assert put_sequence(client, f"{one}/first", [f"/_/{binding}/next"]).status_code == 200
    assert put_sequence(client, f"{one}/next", [f"/_/{one}/first"]).status_code == 200
    bound(client, one, stamp)
    answer = client.invoke(f"{one}/first", n=1)
    assert answer.status_code == 502
    assert answer.json()["response"]["result"] == {"error": "Too many actions in the sequence."}
    assert client.get(f"/activations?count=true&name={one}/first").json()["activations"] <= 50
