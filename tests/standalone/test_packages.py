"""Packages, actions inside them, sharing and bindings."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.standalone.client import Client, annotation

ECHO = "function main(args) { return args }"
EXEC = {"kind": "nodejs:default", "code": ECHO}


@pytest.fixture
def package(client: Client) -> str:
    name = f"p-{time.time_ns()}"
    body = {"parameters": [{"key": "a", "value": "package"}, {"key": "b", "value": "package"}]}
    assert client.put(f"/packages/{name}", json=body).status_code == 200
    answer = put_action(client, f"{name}/echo", parameters=[{"key": "b", "value": "action"}])
    assert answer.status_code == 200
    return name


def put_action(client: Client, path: str, **fields: Any) -> requests.Response:
    return client.put(f"/actions/{path}", json={"exec": EXEC, **fields})


def test_a_package_may_be_empty(client: Client) -> None:
    name = f"p-{time.time_ns()}"
    document = client.put(f"/packages/{name}", json={}).json()
    assert document.pop("updated") > 0
    assert document == {
        "namespace": "guest", "name": name, "version": "0.0.1", "publish": False,
        "binding": {}, "parameters": [], "annotations": [],
    }  # fmt: skip


def test_a_package_lists_its_actions(client: Client, package: str) -> None:
    document = client.get(f"/packages/{package}").json()
    assert [action["name"] for action in document["actions"]] == ["echo"]
    assert document["feeds"] == []
    assert [item["name"] for item in client.get(f"/actions/{package}/?limit=5").json()] == ["echo"]
    assert client.get(f"/actions/{package}/?count=true").json() == {"actions": 1}
    everything = client.get("/actions?limit=200").json()
    assert {"guest", f"guest/{package}"} & {item["namespace"] for item in everything} >= {f"guest/{package}"}


def test_a_feed_is_listed_apart(client: Client, package: str) -> None:
    put_action(client, f"{package}/feed", annotations=[{"key": "feed", "value": True}])
    document = client.get(f"/packages/{package}").json()
    assert [feed["name"] for feed in document["feeds"]] == ["feed"]
    assert [action["name"] for action in document["actions"]] == ["echo"]


def test_an_action_inside_has_the_packages_parameters_below_its_own(client: Client, package: str) -> None:
    answer = client.post(f"/actions/{package}/echo?blocking=true", json={"c": "payload"})
    record = answer.json()
    assert record["response"]["result"] == {"a": "package", "b": "action", "c": "payload"}
    assert annotation(record, "path") == f"guest/{package}/echo"
    assert record["name"] == "echo"
    client.record(record["activationId"])
    assert len(client.get(f"/activations?name={package}/echo").json()) == 1


def test_changed_package_parameters_reach_the_next_run(client: Client, package: str) -> None:
    client.post(f"/actions/{package}/echo?blocking=true")
    client.put(f"/packages/{package}?overwrite=true", json={"parameters": [{"key": "a", "value": "new"}]})
    answer = client.post(f"/actions/{package}/echo?blocking=true&result=true")
    assert answer.json() == {"a": "new", "b": "action"}


def test_a_slash_may_be_encoded_inside_the_namespace(client: Client, package: str) -> None:
    url = f"{client.server.url}/api/v1/namespaces/guest%2F{package}/actions/echo"
    assert client.get(url).json()["namespace"] == f"guest/{package}"
    assert client.delete(url).status_code == 200


def test_an_action_needs_its_package(client: Client) -> None:
    assert put_action(client, "no-such-package/a").status_code == 404
    assert client.get("/actions/no-such-package/").status_code == 404


def test_a_package_that_is_not_empty_is_kept_unless_forced(client: Client, package: str) -> None:
    answer = client.delete(f"/packages/{package}")
    assert answer.status_code == 409
    assert answer.json()["error"] == (
        "Package not empty (contains 1 entity). Set force param or delete package contents."
    )
    assert client.delete(f"/packages/{package}?force=true").status_code == 200
    assert client.get(f"/packages/{package}").status_code == 404
    assert client.get(f"/actions/{package}/echo").status_code == 404


def test_only_the_server_says_what_a_package_is_bound_to(client: Client, package: str) -> None:
    annotations = [{"key": "binding", "value": {"namespace": "guest", "name": "x"}}, {"key": "a", "value": 1}]
    answer = client.put(f"/packages/{package}?overwrite=true", json={"annotations": annotations})
    assert answer.json()["annotations"] == [{"key": "a", "value": 1}]


def test_default_is_a_reserved_name(client: Client) -> None:
    answer = client.put("/packages/default", json={})
    assert (answer.status_code, answer.json()["error"]) == (400, "Package name 'default' is reserved.")


def test_a_private_package_is_closed_to_others(client: Client, stranger: Client, package: str) -> None:
    base = f"{client.server.url}/api/v1/namespaces/guest"
    for path in (f"/packages/{package}", f"/actions/{package}/echo", f"/actions/{package}/"):
        assert stranger.get(base + path).status_code == 403
    assert stranger.post(f"{base}/actions/{package}/echo").status_code == 403
    assert package not in [item["name"] for item in stranger.get(f"{base}/packages").json()]


def test_a_published_package_is_open_to_others_for_reading_and_running(
    client: Client, stranger: Client, package: str
) -> None:
    client.put(f"/packages/{package}?overwrite=true", json={"publish": True})
    base = f"{client.server.url}/api/v1/namespaces/guest"
    assert stranger.get(f"{base}/packages/{package}").status_code == 200
    assert package in [item["name"] for item in stranger.get(f"{base}/packages").json()]
    record = stranger.post(f"{base}/actions/{package}/echo?blocking=true").json()
    assert record["namespace"] == "other"
    assert annotation(record, "path") == f"guest/{package}/echo"
    assert stranger.delete(f"{base}/actions/{package}/echo").status_code == 403
    assert stranger.put(f"{base}/packages/{package}?overwrite=true", json={}).status_code == 403


def test_a_binding_adds_its_parameters_to_the_packages(
    client: Client, stranger: Client, package: str
) -> None:
    client.put(f"/packages/{package}?overwrite=true", json={"publish": True})
    bound = f"bound-{package}"
    body = {
        "binding": {"namespace": "guest", "name": package},
        "parameters": [{"key": "a", "value": "binding"}, {"key": "b", "value": "binding"}],
    }
    document = stranger.put(f"/packages/{bound}", json=body).json()
    assert document["binding"] == {"namespace": "guest", "name": package}
    assert annotation(document, "binding") == {"namespace": "guest", "name": package}
    record = stranger.post(f"/actions/{bound}/echo?blocking=true").json()
    assert record["response"]["result"] == {"a": "binding", "b": "action"}
    assert annotation(record, "binding") == f"other/{bound}"
    shown = stranger.get(f"/packages/{bound}").json()
    assert [action["name"] for action in shown["actions"]] == ["echo"]
    assert stranger.get(f"/actions/{bound}/echo?code=false").json()["binding"] == f"other/{bound}"
    with_code = stranger.get(f"/actions/{bound}/echo").json()
    assert "code" in with_code["exec"]
    assert "binding" not in with_code
    refused = put_action(stranger, f"{bound}/new")
    assert refused.status_code == 400
    assert refused.json()["error"] == "Operation not permitted on package binding."


def test_bindings_that_cannot_be_are_refused(client: Client, package: str) -> None:
    def bind(name: str, target: str, query: str = "") -> tuple[int, str]:
        body = {"binding": {"namespace": "_", "name": target}}
        answer = client.put(f"/packages/{name}{query}", json=body)
        return answer.status_code, answer.json().get("error", "")

    assert bind(f"b-{package}", "no-such") == (400, "Binding references a package that does not exist.")
    client.put(f"/triggers/t-{package}", json={})
    assert bind(f"b-{package}", f"t-{package}") == (409, "Cannot bind to a resource that is not a package.")
    assert bind(f"b-{package}", package)[0] == 200
    client.put(f"/triggers/t-{package}", json={})
    assert bind(f"b-{package}", f"t-{package}", "?overwrite=true") == (
        409,
        "Cannot bind to a resource that is not a package.",
    )
    assert bind(f"c-{package}", f"b-{package}") == (400, "Cannot bind to another package binding.")
    client.put(f"/packages/d-{package}", json={})
    assert bind(f"d-{package}", package, "?overwrite=true") == (
        409,
        "Resource is a package and cannot be converted into a binding.",
    )


def test_listing_packages_of_nobody_is_empty(client: Client) -> None:
    assert client.get(f"{client.server.url}/api/v1/namespaces/nobody/packages").json() == []
