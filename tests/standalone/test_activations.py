"""Reading activations: lists with all their parameters, single records, results, logs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.standalone.client import Client

SUMMARY = {
    "namespace", "name", "version", "publish", "annotations", "activationId", "start", "end", "duration",
    "statusCode",
}  # fmt: skip


@pytest.fixture(scope="module")
def name() -> str:
    return f"listed-{time.time_ns()}"


@pytest.fixture
def records(client: Client, name: str) -> list[dict[str, Any]]:
    """Five activations of one action, the last started first."""
    if client.get(f"/actions/{name}").status_code == 404:
        client.put_action(name, "function main(args) { console.log('run', args.n); return args }")
        for number in range(5):
            client.record(client.launch(name, n=number))
    return sorted(
        (client.record(item["activationId"]) for item in client.get(f"/activations?name={name}").json()),
        key=lambda record: -record["response"]["result"]["n"],
    )


def test_lists_show_summaries_of_the_last_started_first(
    client: Client, name: str, records: list[dict[str, Any]]
) -> None:
    items = client.get(f"/activations?name={name}").json()
    assert [item["activationId"] for item in items] == [record["activationId"] for record in records]
    assert all(set(item) == SUMMARY for item in items)
    assert all(item["statusCode"] == 0 for item in items)


def test_docs_shows_full_records(client: Client, name: str, records: list[dict[str, Any]]) -> None:
    assert client.get(f"/activations?name={name}&docs=true").json() == records
    assert records[0]["logs"][0].endswith(" stdout: run 4")


def test_limit_and_skip_cut_a_page(client: Client, name: str, records: list[dict[str, Any]]) -> None:
    items = client.get(f"/activations?name={name}&limit=2&skip=1").json()
    assert [item["activationId"] for item in items] == [record["activationId"] for record in records[1:3]]
    assert len(client.get(f"/activations?name={name}&limit=0").json()) == 5


def test_count_is_an_object(client: Client, name: str, records: list[dict[str, Any]]) -> None:
    assert client.get(f"/activations?name={name}&count=true").json() == {"activations": 5}
    assert client.get(f"/activations?name={name}&count=true&skip=2").json() == {"activations": 3}
    assert client.get(f"/activations?name={name}&count=true&skip=9").json() == {"activations": 0}


def test_since_and_upto_are_inclusive(client: Client, name: str, records: list[dict[str, Any]]) -> None:
    start = records[2]["start"]
    found = client.get(f"/activations?name={name}&since={start}&upto={start}").json()
    assert records[2]["activationId"] in [item["activationId"] for item in found]
    assert all(item["start"] == start for item in found)
    assert client.get(f"/activations?name={name}&since={records[0]['start'] + 1}").json() == []
    assert client.get(f"/activations?name={name}&upto={records[4]['start'] - 1}").json() == []


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("limit=201", "limit", "The value '201' is not in the range of 0 to 200 for activations."),
        ("limit=-1", "limit", "The value '-1' is not in the range of 0 to 200 for activations."),
        ("limit=x", "limit", "The value 'x' is not an integer for activations."),
        ("skip=-1", "skip", "The value '-1' is not greater than or equal to 0 for activations."),
        ("skip=x", "skip", "The value 'x' is not an integer for activations."),
        ("since=x", "since", "Parameter is not a valid value for epoch seconds: x"),
        ("upto=1.5", "upto", "Parameter is not a valid value for epoch seconds: 1.5"),
        ("name=a/b/c", "name", "Parameter may be a 'simple' name or 'package-name/simple' name: a/b/c"),
        ("count=maybe", "count", "'maybe' is not a valid Boolean value"),
    ],
)
def test_parameters_that_cannot_be_are_refused(
    client: Client, query: str, parameter: str, detail: str
) -> None:
    answer = client.get(f"/activations?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"] == f"The query parameter '{parameter}' was malformed:\n{detail}"


def test_docs_and_count_do_not_go_together(client: Client) -> None:
    answer = client.get("/activations?docs=true&count=true")
    assert answer.status_code == 400
    assert answer.json()["error"] == "The parameter 'docs' is not permitted with 'count'."


def test_result_and_logs_have_paths_of_their_own(client: Client, records: list[dict[str, Any]]) -> None:
    record = records[0]
    path = f"/activations/{record['activationId']}"
    assert client.get(f"{path}/result").json() == record["response"]
    assert client.get(f"{path}/logs").json() == {"logs": record["logs"]}
    assert set(client.get(f"{path}/result").json()) == {"result", "status", "success", "size"}


@pytest.mark.parametrize("ending", ["", "/result", "/logs"])
def test_an_unknown_activation_is_404(client: Client, ending: str) -> None:
    answer = client.get(f"/activations/{'0' * 32}{ending}")
    assert answer.status_code == 404
    assert answer.json()["error"] == "The requested resource does not exist."


@pytest.mark.parametrize(
    ("activation_id", "message"),
    [
        ("abc", "Activation id length is 3 but must be 32."),
        ("g" * 32, "The activation id is not valid."),
        ("A" * 32, "The activation id is not valid."),
    ],
)
def test_an_id_that_cannot_be_is_400(client: Client, activation_id: str, message: str) -> None:
    answer = client.get(f"/activations/{activation_id}")
    assert (answer.status_code, answer.json()["error"]) == (400, message)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_activations_can_only_be_read(client: Client, method: str) -> None:
    for path in ("/activations", f"/activations/{'0' * 32}"):
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert answer.json()["error"] == "HTTP method not allowed, supported methods: GET"


def test_a_stranger_sees_nothing(
    client: Client, stranger: Client, name: str, records: list[dict[str, Any]]
) -> None:
    assert stranger.get(f"/activations/{records[0]['activationId']}").status_code == 404
    assert stranger.get(f"/activations?name={name}").json() == []
    base = f"{client.server.url}/api/v1/namespaces/guest/activations"
    assert stranger.get(base).status_code == 403
    assert stranger.get(f"{base}/{records[0]['activationId']}").status_code == 403
