"""What the panel does, as commands: they run, and they hold no key."""

from __future__ import annotations

import itertools
import json
import shlex
from typing import Any

import pytest
import requests

from runtime_app.models import Namespace
from runtime_app.openwhisk import ActionSpec
from runtime_app.services.commands.actions import aio_invoke, aio_update, curl_get, curl_invoke
from runtime_app.services.connecting.connections import client_for
from tests.factories import AUTH, make_action, make_namespace

PARAMETERS: dict[str, Any] = {"name": "Ada's", "count": 3, "tags": ["a b"], "looks_like": "12"}


def words(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


def test_curl_launches_with_what_the_command_says(guest: Namespace) -> None:
    code = "exports.main = (args) => ({ got: args });"
    with client_for(guest) as client:
        client.put_action("my worker", ActionSpec(kind="nodejs:20", code=code))
    arguments = words(curl_invoke(guest, "my worker", PARAMETERS, waits=True))
    given = dict(itertools.pairwise(arguments))
    name, _, content_type = given["-H"].partition(": ")
    answer = requests.request(
        given["-X"],
        next(word for word in arguments if word.startswith("http")),
        data=given["-d"].encode(),
        headers={name: content_type},
        auth=tuple(guest.auth.split(":")),  # type: ignore[arg-type]
        timeout=60,
    )
    assert given["-u"] == "$AUTH"
    assert answer.json()["response"]["result"] == {"got": PARAMETERS}


@pytest.mark.django_db
def test_no_command_holds_the_key() -> None:
    namespace = make_namespace()
    action = make_action(namespace)
    for command in (
        curl_invoke(namespace, "resize", {}),
        aio_invoke(namespace, "resize", {}),
        aio_update(namespace, action),
        curl_get(namespace, "resize"),
    ):
        assert "$AUTH" in command
        assert AUTH not in command


@pytest.mark.django_db
def test_aio_gets_each_parameter_as_one_word() -> None:
    fitting = {"name": "Ada's", "tags": ["a b"], "looks_like": "12", "is": True}
    arguments = words(aio_invoke(make_namespace(name="our team"), "images/resize", fitting, waits=True))
    assert arguments[1:6] == ["aio", "rt", "action", "invoke", "images/resize"]
    assert arguments[0] == "AIO_RUNTIME_NAMESPACE=our team"
    assert "-b" in arguments
    pairs = {arguments[i + 1]: arguments[i + 2] for i, word in enumerate(arguments) if word == "-p"}
    assert pairs == {"name": "Ada's", "tags": '["a b"]', "looks_like": "12", "is": "true"}


@pytest.mark.django_db
@pytest.mark.parametrize("value", [3, 1.5, None, "true", "[1", "-x"])
def test_what_aio_would_take_for_another_value_goes_in_as_a_file(value: Any) -> None:
    arguments = words(aio_invoke(make_namespace(), "resize", {"name": "Ada's", "value": value}))
    assert json.loads(arguments[2]) == {"name": "Ada's", "value": value}
    assert arguments[:2] == ["printf", "%s"]
    assert arguments[arguments.index("-P") + 1] == "/dev/stdin"
    assert "-p" not in arguments


@pytest.mark.django_db
def test_aio_updates_past_the_deploy_service() -> None:
    namespace = make_namespace(name="guest")
    command = aio_update(namespace, make_action(namespace, kind="python:3.11", main="handler"))
    assert command.startswith(
        "USE_RUNTIME_AUTH=1 AIO_RUNTIME_NAMESPACE=guest aio rt action update resize resize.py"
    )
    assert "--main handler" in command
    assert "-t 120000" in command


@pytest.mark.django_db
def test_a_name_with_spaces_is_quoted() -> None:
    assert "actions/images/my%20worker" in curl_get(make_namespace(), "images/my worker")
