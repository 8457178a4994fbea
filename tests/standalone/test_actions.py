"""PUT, GET, DELETE and lists of actions."""

from __future__ import annotations

import concurrent.futures
import time

import pytest

from tests.standalone.client import Client, annotation

CODE = "function main(args) { return args }"
EXEC = {"kind": "nodejs:default", "code": CODE}


def fresh(prefix: str) -> str:
    return f"{prefix}-{time.time_ns()}"


def test_creating_answers_200_with_the_stored_action(client: Client) -> None:
    name = fresh("created")
    answer = client.put(f"/actions/{name}", json={"exec": EXEC, "name": "ignored", "namespace": "_"})
    document = answer.json()
    assert answer.status_code == 200
    assert document["name"] == name
    assert document["namespace"] == "guest"
    assert document["version"] == "0.0.1"
    assert document["publish"] is False
    assert document["limits"] == {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}
    assert document["parameters"] == []
    assert abs(document["updated"] - time.time() * 1000) < 60_000
    assert client.get(f"/actions/{name}").json() == document


def test_a_kind_may_be_written_in_capitals_and_with_spaces(client: Client) -> None:
    document = client.put_action(fresh("loud"), CODE, " NodeJS:Default ")
    assert document["exec"]["kind"].startswith("nodejs:")


def test_a_default_kind_is_stored_as_a_concrete_one(client: Client) -> None:
    for family in ("nodejs", "python"):
        document = client.put_action(fresh("kind"), CODE, f"{family}:default")
        assert document["exec"]["kind"].startswith(f"{family}:")
        assert not document["exec"]["kind"].endswith("default")
        assert annotation(document, "exec") == document["exec"]["kind"]


def test_a_new_action_gets_the_api_key_unless_it_says_otherwise(client: Client) -> None:
    assert annotation(client.put_action(fresh("key"), CODE), "provide-api-key") is True
    refused = [{"key": "provide-api-key", "value": False}]
    assert annotation(client.put_action(fresh("key"), CODE, annotations=refused), "provide-api-key") is False


def test_without_overwrite_an_existing_action_stays_as_it_is(client: Client) -> None:
    name = fresh("kept")
    before = client.put_action(name, CODE)
    answer = client.put(f"/actions/{name}", json={"exec": {**EXEC, "code": "other"}})
    assert answer.status_code == 409
    assert answer.json()["error"] == "resource already exists"
    assert client.get(f"/actions/{name}").json() == before


def test_overwrite_creates_what_is_missing(client: Client) -> None:
    assert client.put(f"/actions/{fresh('new')}?overwrite=true", json={"exec": EXEC}).status_code == 200


def test_a_new_action_needs_code(client: Client) -> None:
    answer = client.put(f"/actions/{fresh('empty')}", json={})
    assert (answer.status_code, answer.json()["error"]) == (400, "exec undefined")


@pytest.mark.parametrize("kind", ["nodejs:default", "python:default"])
def test_empty_code_is_kept_and_fails_when_it_runs(client: Client, kind: str) -> None:
    name = fresh("empty")
    client.put_action(name, "", kind)
    assert client.get(f"/actions/{name}").json()["exec"]["code"] == ""
    answer = client.invoke(name)
    assert answer.status_code == 502
    assert answer.json()["response"]["status"] == "action developer error"
    assert answer.json()["response"]["result"] == {"error": "Missing main/no code to execute."}


def test_an_update_keeps_what_the_body_leaves_out(client: Client) -> None:
    name = fresh("merged")
    before = client.put_action(
        name, CODE, parameters=[{"key": "a", "value": 1}], annotations=[{"key": "note", "value": "x"}]
    )
    after = client.put(f"/actions/{name}?overwrite=true", json={"limits": {"timeout": 120000}}).json()
    assert after["version"] == "0.0.2"
    assert after["limits"] == {**before["limits"], "timeout": 120000}
    for field in ("exec", "parameters", "annotations"):
        assert after[field] == before[field]


def test_an_update_replaces_parameters_and_merges_annotations(client: Client) -> None:
    name = fresh("replaced")
    client.put_action(
        name,
        CODE,
        parameters=[{"key": "a", "value": 1}, {"key": "b", "value": 2}],
        annotations=[{"key": "one", "value": 1}, {"key": "two", "value": 2}],
    )
    body = {
        "parameters": [{"key": "c", "value": 3}],
        "annotations": [{"key": "two", "value": "new"}],
        "delAnnotations": ["one"],
    }
    after = client.put(f"/actions/{name}?overwrite=true", json=body).json()
    assert after["parameters"] == [{"key": "c", "value": 3}]
    assert annotation(after, "one") is None
    assert annotation(after, "two") == "new"
    assert annotation(after, "provide-api-key") is True


def test_a_new_kind_is_told_by_the_exec_annotation(client: Client) -> None:
    name = fresh("kinds")
    client.put_action(name, CODE)
    after = client.put_action(name, "def main(a): return a", "python:default")
    assert annotation(after, "exec").startswith("python:")


def test_a_version_may_be_given(client: Client) -> None:
    name = fresh("version")
    assert client.put_action(name, CODE, version="1.2.3")["version"] == "1.2.3"
    assert client.put_action(name, CODE)["version"] == "1.2.4"


def test_code_false_leaves_the_code_out(client: Client) -> None:
    name = fresh("code")
    client.put_action(name, CODE)
    without = client.get(f"/actions/{name}?code=false").json()
    assert "code" not in without["exec"]
    assert client.get(f"/actions/{name}").json()["exec"]["code"] == CODE


def test_deleting_answers_with_what_was_deleted(client: Client) -> None:
    name = fresh("deleted")
    before = client.put_action(name, CODE)
    answer = client.delete(f"/actions/{name}")
    assert (answer.status_code, answer.json()) == (200, before)
    for again in (client.get(f"/actions/{name}"), client.delete(f"/actions/{name}")):
        assert again.status_code == 404
        assert again.json()["error"] == "The requested resource does not exist."


def test_lists_show_the_last_changed_first_and_no_code(client: Client) -> None:
    names = [fresh("listed") for _ in range(3)]
    for name in names:
        client.put_action(name, CODE)
    items = client.get("/actions?limit=3").json()
    assert [item["name"] for item in items] == names[::-1]
    assert items[0]["exec"] == {"binary": False}
    assert set(items[0]) == {
        "namespace", "name", "version", "publish", "annotations", "updated", "limits", "exec",
    }  # fmt: skip
    assert [item["name"] for item in client.get("/actions?limit=1&skip=1").json()] == [names[1]]


def test_count_answers_a_number_only(client: Client) -> None:
    client.put_action(fresh("counted"), CODE)
    total = client.get("/actions?count=true").json()["actions"]
    assert total >= 1
    assert client.get("/actions?count=true&skip=1").json() == {"actions": total - 1}


@pytest.mark.parametrize("name", ["with space", "a@b", "dot.ted", "x&y", "under_score", "dash-ed", "ABC"])
def test_names_may_have_these_characters(client: Client, name: str) -> None:
    assert client.put_action(name, CODE)["name"] == name
    assert client.invoke(name, n=1).json()["response"]["result"] == {"n": 1}


@pytest.mark.parametrize("name", ["%20space", "-dash", "end%20", "semi;colon", "a%2Fb", "%C3%A4", "a%0A"])
def test_names_may_not_have_others(client: Client, name: str) -> None:
    answer = client.put(f"/actions/{name}", json={"exec": EXEC})
    assert answer.status_code == 400
    assert answer.json()["error"] == "The name of the entity contains illegal characters."


def test_names_have_at_most_256_characters(client: Client) -> None:
    answer = client.put(f"/actions/{'n' * 257}", json={"exec": EXEC})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Name segement longer than allowed: 257 > 256."
    client.put_action("n" * 256, CODE)
    assert client.invoke("n" * 256, a=1).json()["response"]["result"] == {"a": 1}


@pytest.mark.parametrize(
    ("executed", "message"),
    [
        ({"kind": "cobol:1", "code": "x"}, "The specified runtime 'cobol:1' is not supported"),
        ({"kind": "cobol:1", "code": "x"}, ", 'sequence'."),
        ({"kind": "sequence", "components": "a"}, "'components' must be an array"),
        ({"kind": "sequence", "components": [1]}, "fully qualified name malformed"),
        ({"code": "x"}, "'kind' must be a string"),
        ({"kind": "nodejs:default"}, "'code' must be a string"),
        ({"kind": "nodejs:default", "code": 1}, "'code' must be a string"),
        ({"kind": "nodejs:default", "code": "x", "main": 1}, "if defined, 'main' be a string"),
        ("text", "exec malformed!"),
    ],
)
def test_an_exec_that_cannot_be_is_refused(client: Client, executed: object, message: str) -> None:
    answer = client.put(f"/actions/{fresh('bad')}", json={"exec": executed})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The request content was malformed:\n")
    assert message in answer.json()["error"]


@pytest.mark.parametrize("field", ["parameters", "annotations"])
@pytest.mark.parametrize(
    "value",
    [
        {"a": 1},
        [1],
        [{"value": 1}],
        [{"key": 1, "value": 1}],
        [{"key": "a"}],
        [{"key": "a", "value": 1, "init": "yes"}],
        [{"key": "a", "value": 1, "init": True, "encryption": 1}],
        "x",
    ],
)
def test_parameters_and_annotations_are_lists_of_keys_and_values(
    client: Client, field: str, value: object
) -> None:
    answer = client.put(f"/actions/{fresh('bad')}", json={"exec": EXEC, field: value})
    assert answer.status_code == 400
    assert answer.json()["error"] == "The request content was malformed:\nparameters malformed!"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (
            {"timeout": 10800001},
            "duration 10800001 milliseconds exceeds allowed threshold of 10800000 milliseconds",
        ),
        ({"timeout": 99}, "duration 99 milliseconds below allowed threshold of 100 milliseconds"),
        ({"memory": 4097}, "memory size 4097 MB exceeds allowed threshold of 4096 MB"),
        ({"memory": 1}, "memory size 1 MB below allowed threshold of 128 MB"),
        ({"logs": 11}, "log size 11 MB exceeds allowed threshold of 10 MB"),
        ({"concurrency": 501}, "concurrency 501 exceeds allowed threshold of 500"),
    ],
)  # fmt: skip
def test_limits_out_of_range_are_refused(client: Client, limits: dict[str, int], message: str) -> None:
    answer = client.put(f"/actions/{fresh('limits')}", json={"exec": EXEC, "limits": limits})
    assert answer.status_code == 400
    assert answer.json()["error"] == f"requirement failed: {message}"


@pytest.mark.parametrize("limits", [{"timeout": "60000"}, {"memory": 1.5}, {"logs": True}, [1]])
def test_limits_are_whole_numbers(client: Client, limits: object) -> None:
    answer = client.put(f"/actions/{fresh('limits')}", json={"exec": EXEC, "limits": limits})
    assert answer.status_code == 400


def test_the_number_of_instances_is_kept_once_it_was_set(client: Client) -> None:
    name = fresh("instances")
    plain = client.put(f"/actions/{name}", json={"exec": EXEC}).json()
    assert "instances" not in plain["limits"]
    changed = client.put(f"/actions/{name}?overwrite=true", json={"limits": {"instances": 2}}).json()
    assert changed["limits"] == {**plain["limits"], "instances": 2}
    refused = client.put(f"/actions/{name}?overwrite=true", json={"limits": {"instances": 1001}})
    assert (refused.status_code, refused.json()["error"]) == (
        400,
        "Max action instance concurrency must not exceed your namespace concurrency of 1000.",
    )
    below = client.put(f"/actions/{name}?overwrite=true", json={"limits": {"instances": -1}})
    assert below.status_code == 400
    assert below.json()["error"].endswith("must be greater than or equal to 0.")


def test_parameters_over_1_mb_are_refused(client: Client) -> None:
    body = {"exec": EXEC, "parameters": [{"key": "a", "value": "x" * 1_100_000}]}
    answer = client.put(f"/actions/{fresh('large')}", json=body)
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("parameters larger than allowed: ")


def test_of_two_creations_at_once_one_wins(client: Client) -> None:
    name = fresh("race")

    def create(_: int) -> int:
        return Client(client.server).put(f"/actions/{name}", json={"exec": EXEC}).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(create, range(8)))
    assert sorted(statuses) == [200] + [409] * 7


def test_a_stranger_gets_403(client: Client, stranger: Client) -> None:
    name = fresh("private")
    client.put_action(name, CODE)
    url = f"{client.server.url}/api/v1/namespaces/guest/actions/{name}"
    for method in ("GET", "PUT", "DELETE", "POST"):
        answer = stranger.request(method, url, json={"exec": EXEC})
        assert answer.status_code == 403
        assert answer.json()["error"] == (
            f"The supplied authentication is not authorized to access 'guest/{name}'."
        )


def test_the_same_name_in_two_namespaces_is_two_actions(client: Client, stranger: Client) -> None:
    name = fresh("twice")
    client.put_action(name, "function main() { return {who: 'guest'} }")
    stranger.put_action(name, "function main() { return {who: process.env.__OW_NAMESPACE} }")
    assert client.invoke(name).json()["response"]["result"] == {"who": "guest"}
    assert stranger.invoke(name).json()["response"]["result"] == {"who": "other"}
