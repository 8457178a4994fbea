"""URLs of web actions and bindings of packages: client and runtime mean the same by them."""

from __future__ import annotations

from typing import Any

import pytest

from runtime_app.openwhisk import (
    ActionPath,
    ActionSpec,
    Conflict,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
)
from runtime_app.openwhisk.web import WebAnswer, post_to_web_action
from standalone.testing import RunningServer
from tests.contract.rules import Rules
from tests.contract.samples import record_of
from tests.waiting import wait_until

ECHO = "exports.main = (args) => ({ got: args.a });"
SECONDS = 60.0


def post(server: RunningServer, path: str, **options: Any) -> WebAnswer:
    place = f"/api/v1/web/guest/{path}"
    return post_to_web_action(server.url, place, {"a": 1}, read_seconds=SECONDS, **options)


def put(client: OpenWhiskClient, path: str, **annotations: object) -> None:
    spec = ActionSpec(kind="nodejs:default", code=ECHO, annotations={"web-export": True, **annotations})
    client.put_action(path, spec, overwrite=True)


def test_a_url_answers_and_names_its_own_activation(
    server: RunningServer, client: OpenWhiskClient, rules: Rules
) -> None:
    put(client, "web-echo")
    answer = post(server, "default/web-echo.json")
    assert (answer.status, answer.text.replace(" ", ""), answer.started) == (200, '{"got":1}', None)
    assert answer.own is not None
    own = answer.own
    # The record is written after the answer; one that was asked for later is there not before it.
    later = client.invoke("web-echo").activation_id
    wait_until(lambda: later in {item.activation_id for item in client.list_activations()}, SECONDS)
    listed = {item.activation_id for item in client.list_activations()}
    assert (own in listed) is rules.records_waits
    if rules.records_waits:
        assert record_of(client, own).result == {"got": 1}


def test_a_secret_and_a_key_open_a_url(server: RunningServer, client: OpenWhiskClient) -> None:
    put(client, "web-secret", **{"require-whisk-auth": "s3cret"})
    put(client, "web-key", **{"require-whisk-auth": True})
    assert post(server, "default/web-secret.json").status == 401
    assert post(server, "default/web-secret.json", secret="s3cret").status == 200
    assert post(server, "default/web-key.json").status == 401
    assert post(server, "default/web-key.json", auth=server.auth).status == 200


def test_what_is_not_exported_answers_404(server: RunningServer, client: OpenWhiskClient) -> None:
    put(client, "hidden", **{"web-export": False})
    answer = post(server, "default/hidden.json")
    assert (answer.status, answer.is_success) == (404, False)


def test_a_binding_shows_what_it_stands_for(client: OpenWhiskClient, rules: Rules) -> None:
    client.put_package("bound-tools", parameters=[Parameter("a", 1)], overwrite=True)
    put(client, "bound-tools/echo")
    target = ActionPath("bound-tools", namespace="guest")
    binding = client.put_package("tools-here", parameters=[Parameter("b", 2)], binding=target)
    assert binding.binding == target
    read = client.get_package("tools-here")
    assert rules.comes_back([Parameter("a", 1), Parameter("b", 2)], read.parameters)
    assert read.actions == client.get_package(target).actions
    action = client.get_action("tools-here/echo", code=False)
    assert (action.package, action.name) == ("bound-tools", "echo")


def test_nothing_is_written_through_a_binding(client: OpenWhiskClient) -> None:
    client.put_package("written-tools", overwrite=True)
    client.put_package("no-writes", binding=ActionPath("written-tools", namespace="guest"))
    with pytest.raises(Rejected):
        put(client, "no-writes/echo")


def test_bindings_of_bindings_and_packages_made_bindings_are_refused(client: OpenWhiskClient) -> None:
    for name in ("plain", "other-plain"):
        client.put_package(name, overwrite=True)
    client.put_package("to-plain", binding=ActionPath("plain"))
    with pytest.raises(Rejected):
        client.put_package("twice", binding=ActionPath("to-plain"))
    with pytest.raises(Conflict):
        client.put_package("plain", binding=ActionPath("other-plain"), overwrite=True)
    with pytest.raises((NotFound, Rejected)):
        client.put_package("to-nothing", binding=ActionPath("nothing"))
