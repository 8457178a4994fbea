"""A broad sample of what clients ask an OpenWhisk server, every answer kept for the tests of the contract."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from standalone.testing import RunningServer
from tests.standalone.client import Client

ECHO = "const main = args => { console.log('echo'); return args }"
FEED = {"key": "feed", "value": True}
OVER_ONE_MEGABYTE = "x" * (1024 * 1024 + 1)
UNKNOWN_ID = "0" * 32
NAMESPACES = "/api/v1/namespaces"


@dataclass(frozen=True)
class Exchange:
    """A request in the words of the contract (`GET /actions/{name}`), and what came back."""

    operation: str
    url: str
    answer: requests.Response

    @property
    def body(self) -> Any:
        return self.answer.json()


class Recorder(Client):
    """A client that keeps every exchange."""

    def __init__(self, server: RunningServer) -> None:
        super().__init__(server)
        self.exchanges: list[Exchange] = []
        self.hooks["response"].append(self._keep)

    def _keep(self, answer: requests.Response, **_: Any) -> None:
        assert answer.request.url
        assert answer.request.method
        path = urlsplit(answer.request.url).path
        operation = f"{answer.request.method} {template(path)}"
        self.exchanges.append(Exchange(operation, answer.request.url, answer))


def template(path: str) -> str:
    """The path with its names replaced by `{name}`, `{package}`, `{id}`."""
    _, _, inside = unquote(path).removeprefix(NAMESPACES).lstrip("/").partition("/")
    if not inside:
        return "/namespaces"
    collection, *names = inside.split("/")
    if collection == "activations":
        return "/".join(["/activations", *(["{id}"] if names else []), *names[1:]])
    if len(names) == 2:
        return f"/{collection}/{{package}}/" + ("{name}" if names[1] else "")
    return f"/{collection}" + ("/{name}" if names else "")


def record(server: RunningServer) -> list[Exchange]:
    """Ask everything, return every exchange."""
    with Recorder(server) as client:
        for ask in (actions, packages, triggers_and_rules, activations, whole_namespace):
            ask(client)
        return client.exchanges


def actions(client: Recorder) -> None:
    body = {"exec": {"kind": "nodejs:22", "code": ECHO}, "parameters": [{"key": "p", "value": 1}]}
    client.put("/actions/traffic-package/inner", json=body)
    client.put("/packages/traffic-package", json={})
    for path in ("/actions/traffic", "/actions/traffic-package/inner"):
        client.put(path, json=body)
        client.put(path, json=body)
        client.put(f"{path}?overwrite=true", json={"limits": {"timeout": 50_000}})
        client.put(f"{path}?overwrite=true", json={"limits": {"timeout": 1}})
        client.put(f"{path}?overwrite=true", json={"parameters": [{"key": "p", "value": OVER_ONE_MEGABYTE}]})
        for query in ("", "?code=false"):
            client.get(path + query)
            client.get(f"{path}-missing{query}")
        invocations(client, path)
    sequence = {"kind": "sequence", "components": ["/_/traffic", "/_/traffic-package/inner"]}
    client.put("/actions/traffic-sequence", json={"exec": sequence})
    client.get("/actions/traffic-sequence")
    client.put(
        "/actions/traffic-array", json={"exec": {"kind": "nodejs:20", "code": "const main = () => [1]"}}
    )
    client.invoke("traffic-array")
    for query in ("", "?limit=1", "?count=true", "?limit=201"):
        client.get(f"/actions{query}")


def invocations(client: Recorder, path: str) -> None:
    client.post(path, json={"a": 1})
    client.post(path)
    client.post(f"{path}?blocking=true", json={"a": 1})
    client.post(f"{path}?blocking=true&result=true", json={"a": 1})
    client.post(f"{path}?blocking=true", json={"error": "meant"})
    client.post(f"{path}?blocking=true&result=true", json={"error": "meant"})
    client.post(path, json=[1])
    client.post(path, json={"a": OVER_ONE_MEGABYTE})
    client.post(f"{path}-missing", json={})


def packages(client: Recorder) -> None:
    client.put("/packages/traffic-shared", json={"publish": True, "parameters": [{"key": "q", "value": 1}]})
    client.put("/packages/traffic-shared", json={})
    client.put("/packages/default", json={})
    client.put("/packages/traffic-large", json={"parameters": [{"key": "q", "value": OVER_ONE_MEGABYTE}]})
    binding = {"namespace": "_", "name": "traffic-package"}
    client.put("/packages/traffic-bound", json={"binding": binding})
    client.put_action("traffic-package/feed", ECHO, annotations=[FEED])
    for name in ("traffic-package", "traffic-bound", "traffic-missing", "traffic"):
        client.get(f"/packages/{name}")
    for query in ("", "?code=false"):
        client.get(f"/actions/traffic-bound/inner{query}")
    client.get("/actions/traffic-package/")
    client.delete("/actions/traffic-bound/inner")
    client.put("/actions/traffic-bound/other", json={"exec": {"kind": "nodejs:20", "code": ECHO}})
    for query in ("", "?count=true", "?public=true"):
        client.get(f"/packages{query}")
    client.delete("/packages/traffic-package")
    client.delete("/packages/traffic-missing")
    client.delete("/packages/traffic-shared")


def triggers_and_rules(client: Recorder) -> None:
    client.put("/triggers/traffic-trigger", json={"parameters": [{"key": "t", "value": 1}]})
    client.put("/triggers/traffic-trigger", json={})
    client.put("/triggers/traffic-bad", json={"parameters": 1})
    client.put("/triggers/traffic-large", json={"parameters": [{"key": "q", "value": OVER_ONE_MEGABYTE}]})
    client.post("/triggers/traffic-trigger", json={})
    rule = {"trigger": "/_/traffic-trigger", "action": "/_/traffic"}
    client.put("/rules/traffic-rule", json=rule)
    client.put("/rules/traffic-rule", json=rule)
    client.put("/rules/traffic-broken", json={**rule, "action": "/_/traffic-missing"})
    client.put(
        "/rules/traffic-large", json={**rule, "annotations": [{"key": "a", "value": OVER_ONE_MEGABYTE}]}
    )
    for status in ("inactive", "active", "sleeping"):
        client.post("/rules/traffic-rule", json={"status": status})
    client.post("/rules/traffic-missing", json={"status": "active"})
    fired = client.post("/triggers/traffic-trigger", json={"f": 1}).json()["activationId"]
    client.record(fired)
    client.post("/triggers/traffic-trigger", json=[1])
    client.post("/triggers/traffic-missing", json={})
    for kind in ("triggers", "rules"):
        name = f"traffic-{kind.rstrip('s')}"
        for path in (f"/{kind}/{name}", f"/{kind}/traffic-missing", f"/{kind}/traffic", f"/{kind}"):
            client.get(path)
        client.get(f"/{kind}?count=true")
        client.delete(f"/{kind}/traffic")
        client.delete(f"/{kind}/traffic-missing")
    client.delete("/rules/traffic-rule")
    client.delete("/triggers/traffic-trigger")


def activations(client: Recorder) -> None:
    ran = client.launch("traffic-sequence", a=1)
    client.record(ran)
    client.put_action("traffic-slow", "const main = () => new Promise(() => {})", limits={"timeout": 100})
    client.record(client.launch("traffic-slow"))
    client.post("/actions/traffic-slow?blocking=true&timeout=1", json={})
    client.post("/actions/traffic-slow?blocking=true", json={})
    for found in (ran, UNKNOWN_ID, "short"):
        for part in ("", "/logs", "/result"):
            client.get(f"/activations/{found}{part}")
    for query in (
        "",
        "?limit=200",
        "?docs=true",
        "?count=true",
        "?name=traffic",
        f"?since={now_ms() - 60_000}",
    ):
        client.get(f"/activations{query}")
    for query in ("?limit=201", "?since=x", "?name=a/b/c"):
        client.get(f"/activations{query}")
    client.post(f"/activations/{ran}")


def whole_namespace(client: Recorder) -> None:
    root = f"{client.server.url}{NAMESPACES}"
    client.get(root)
    client.get("/limits")
    for path in every_path():
        for method in ("GET", "PUT", "POST", "DELETE"):
            foreign(client, method, f"{root}/nobodys{path}")
            strange(client, method, f"{root}/_{path}")
    strange(client, "GET", root)
    for path in ("/actions/traffic", "/actions/traffic-package/inner"):
        client.delete(path)
        client.delete(path)
    client.put("/triggers/traffic-other", json={})
    client.delete("/actions/traffic-other")


def every_path() -> Iterator[str]:
    for collection in ("actions", "triggers", "rules", "packages"):
        yield f"/{collection}"
        yield f"/{collection}/traffic"
    yield "/actions/traffic-package/inner"
    yield "/limits"
    yield "/activations"
    for part in ("", "/logs", "/result"):
        yield f"/activations/{UNKNOWN_ID}{part}"


def foreign(client: Recorder, method: str, url: str) -> None:
    """In a namespace that the caller's key does not open."""
    client.request(method, url, json={})


def strange(client: Recorder, method: str, url: str) -> None:
    """With a key that nobody has."""
    client.request(method, url, json={}, auth=("00000000-0000-4000-8000-00000000abcd", "z" * 64))


def now_ms() -> int:
    return int(time.time() * 1000)
