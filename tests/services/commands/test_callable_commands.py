"""URLs, sequences and packages as commands: they do what they say, and hold no secret."""

from __future__ import annotations

import itertools
import shlex
from typing import Any

import pytest
import requests

from runtime_app.models import Namespace, Role
from runtime_app.openwhisk import ActionSpec
from runtime_app.openwhisk.web import SECRET_HEADER
from runtime_app.services.authoring.sync import sync_action
from runtime_app.services.commands.actions import aio_sequence, aio_update, curl_update
from runtime_app.services.commands.packages import aio_create, commands_of, delete_commands
from runtime_app.services.commands.web_actions import aio_create_web, curl_call, curl_protect
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.web_actions.starters import StarterDraft, create_starter, starter_code
from tests.factories import AUTH, make_action, make_namespace, make_package, member

SECONDS = 60
ECHO = "exports.main = (args) => ({ got: args });"


def words(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


def run(namespace: Namespace, command: str, **variables: str) -> requests.Response:
    """Do what a `curl` line says, with its variables filled in."""
    for name, value in variables.items():
        command = command.replace(f"${name}", value)
    arguments = words(command)
    option: dict[str, str] = {}
    headers: dict[str, str] = {}
    for flag, value in itertools.pairwise(arguments):
        if flag == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        elif flag in ("-X", "-d", "-u"):
            option[flag] = value
    url = next(word for word in arguments if word.startswith("http"))
    auth: Any = tuple(namespace.auth.split(":")) if option.get("-u") == "$AUTH" else None
    return requests.request(
        option.get("-X", "GET"),
        url,
        data=option.get("-d", "").encode(),
        headers=headers,
        auth=auth,
        timeout=SECONDS,
    )


def test_the_curl_line_of_a_url_starts_the_worker(guest: Namespace) -> None:
    with client_for(guest) as client:
        client.put_action("my-worker", ActionSpec(kind="nodejs:default", code=ECHO))
    draft = StarterDraft(
        path="my url", worker_path="my-worker", code=starter_code("my-worker"), secret="it's"
    )
    action = create_starter(guest, draft, person=member(guest, Role.EDITOR))
    masked = curl_call(guest, action, {"a": "b's"})
    assert f"{SECRET_HEADER}: $SECRET" in masked
    assert run(guest, masked, SECRET="it's").status_code == 202
    assert run(guest, curl_call(guest, action, {}, secret="it's")).status_code == 202


def test_the_protecting_curl_line_protects(guest: Namespace) -> None:
    web: dict[str, object] = {"web-export": True, "require-whisk-auth": "old"}
    with client_for(guest) as client:
        client.put_action("quick", ActionSpec(kind="nodejs:default", code=ECHO, annotations=web))
    action = sync_action(guest, "quick")
    assert action is not None
    command = curl_protect(guest, action)
    assert run(guest, command, SECRET="new").status_code == 200
    with client_for(guest) as client:
        assert client.get_action("quick").annotations["require-whisk-auth"] == "new"


def test_the_updating_curl_line_sets_limits_or_steps(guest: Namespace) -> None:
    with client_for(guest) as client:
        client.put_action("one", ActionSpec(kind="nodejs:default", code=ECHO))
        client.put_action("both", ActionSpec(kind="sequence", components=("/_/one", "/_/one")))
    for path in ("one", "both"):
        action = sync_action(guest, path)
        assert action is not None
        answer = run(guest, curl_update(guest, action))
        assert answer.status_code == 200
        assert answer.json()["version"] == "0.0.2"


@pytest.mark.django_db
def test_aio_gets_the_words_it_needs() -> None:
    namespace = make_namespace(name="guest")
    components = ["/guest/one", "/_/images/two", "/other/pkg/three"]
    sequence = make_action(namespace, path="all", kind="sequence", components=components)
    steps = words(aio_update(namespace, sequence))
    assert steps[steps.index("--sequence") + 1] == "one,images/two,/other/pkg/three"
    assert "create" in words(aio_sequence(namespace, "all", components))
    web = {"web-export": True, "require-whisk-auth": "•••", "overtime-starts": "my worker"}
    created = words(aio_create_web(namespace, make_action(namespace, path="a url", annotations=web)))
    assert created[created.index("--web-secure") + 1] == "$SECRET"
    assert created[created.index("overtime-starts") + 1] == "my worker"


@pytest.mark.django_db
def test_packages_are_made_bound_and_deleted() -> None:
    namespace = make_namespace()
    package = make_package(namespace, is_shared=True, parameters=[{"key": "a b", "value": {"c": 1}}])
    made = words(aio_create(namespace, package))
    assert made[made.index("-p") + 1 : made.index("-p") + 3] == ["a b", '{"c": 1}']
    assert made[made.index("--shared") + 1] == "yes"
    bound = words(aio_create(namespace, make_package(namespace, name="pics", binding="other/images")))
    assert bound[bound.index("bind") + 1 :][:2] == ["/other/images", "pics"]
    inheriting = make_package(
        namespace,
        name="more",
        binding="other/images",
        parameters=[{"key": "theirs", "value": 1}, {"key": "mine", "value": 2}],
        inherited={"theirs": 1},
    )
    for _, text, box_id in commands_of(namespace, inheriting):
        assert "theirs" not in text
        assert ("mine" in text) == (box_id in ("package-put-curl", "package-create-aio"))
    texts = [text for _, text, _ in delete_commands(namespace, package, with_actions=True)]
    assert "force=true" in texts[0]
    assert texts[1].endswith(" -r")


@pytest.mark.django_db
def test_no_command_holds_the_key() -> None:
    namespace = make_namespace()
    package, action = make_package(namespace), make_action(namespace, annotations={"web-export": True})
    texts = [text for _, text, _ in commands_of(namespace, package)]
    texts += [text for _, text, _ in delete_commands(namespace, package, with_actions=False)]
    texts += [
        aio_create_web(namespace, action),
        curl_protect(namespace, action),
        curl_update(namespace, action),
    ]
    for text in texts:
        assert "$AUTH" in text
        assert AUTH not in text
