"""What people do in the panel, under the rules of Apache and of Adobe; other tests take the friendly ones."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from runtime_app.models import Action, Activation, Namespace, Package, Role, Status, User
from runtime_app.openwhisk import OpenWhiskClient, Parameter
from runtime_app.services.authoring.actions import create_action, update_action
from runtime_app.services.authoring.drafts import ActionDraft, EncryptedParametersError, editable_parameters
from runtime_app.services.authoring.inheritance import (
    UNREADABLE,
    effective_parameters,
    inherited_parameters,
)
from runtime_app.services.authoring.packages import PackageDraft, create_package, update_package
from runtime_app.services.authoring.sync import sync_action, sync_namespace
from runtime_app.services.collecting.cycles import collect_namespace
from runtime_app.services.collecting.sweeping import sweep_namespace
from runtime_app.services.connecting.limits import offered_kinds
from runtime_app.services.launching.launch import launch, send
from runtime_app.services.web_actions.calls import try_url
from runtime_app.services.web_actions.starters import StarterDraft, create_starter, starter_code
from runtime_app.services.wiring.firing import fire
from runtime_app.services.wiring.traces import trace_of
from standalone.testing import RunningServer
from tests.contract.rules import ADOBE, APACHE, Rules
from tests.contract.samples import ECHO, node, result_of
from tests.factories import make_namespace, member
from tests.waiting import wait_until
from tests.wiring import collect_until_final, wire_upstream

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("rules", [APACHE, ADOBE], indirect=True, ids=lambda rules: rules.profile),
]

SECONDS = 60


@pytest.fixture
def namespace(server: RunningServer) -> Namespace:
    found = make_namespace(name="guest", slug="guest", api_host=server.url, auth=server.auth)
    sync_namespace(found)
    found.refresh_from_db()
    return found


@pytest.fixture
def person(namespace: Namespace) -> User:
    return member(namespace, Role.EDITOR, "eve")


def draft(name: str, **fields: Any) -> ActionDraft:
    plain = {"kind": "nodejs:default", "code": ECHO, "timeout_ms": 60_000, "memory_mb": 256, "logs_mb": 1}
    return ActionDraft(path=name, **{**plain, **fields})


def unused(name: str) -> str:
    """The servers are shared by all tests of a deployment."""
    return f"{name}-{uuid4().hex[:8]}"


def came_home(activation: Activation) -> Activation:
    def is_final() -> bool:
        collect_namespace(activation.namespace_id)
        activation.refresh_from_db()
        return activation.is_final

    wait_until(is_final, SECONDS)
    return activation


def test_the_kinds_offered_are_those_that_run(namespace: Namespace, rules: Rules) -> None:
    assert {kind.name.partition(":")[0] for kind in offered_kinds(namespace)} == rules.families


def test_all_actions_are_seen_however_short_the_lists_are(
    namespace: Namespace, client: OpenWhiskClient
) -> None:
    names = {unused("seen") for _ in range(60)}
    for name in names:
        client.put_action(name, node(ECHO))
    sync_namespace(namespace)
    assert names <= set(Action.objects.present().filter(namespace=namespace).values_list("path", flat=True))


def test_changing_an_action_never_stores_what_is_shown_instead_of_a_value(
    namespace: Namespace, person: User, client: OpenWhiskClient, rules: Rules
) -> None:
    first = draft(unused("secretive"), parameters={"token": "hush", "size": 1})
    action = create_action(namespace, first, person=person)
    shown = editable_parameters(action)
    assert (shown == first.parameters) is rules.shows_parameters
    slower = draft(action.path, code=None, timeout_ms=90_000, parameters=shown)
    action = update_action(action, slower, base_version=action.version, person=person)
    assert result_of(client, action.path) == {"echo": first.parameters}

    larger = draft(action.path, code=None, parameters={**shown, "size": 2})
    if rules.shows_parameters:
        action = update_action(action, larger, base_version=action.version, person=person)
    else:
        with pytest.raises(EncryptedParametersError, match="token"):
            update_action(action, larger, base_version=action.version, person=person)
        entered = draft(action.path, code=None, parameters={"token": "hush", "size": 2})
        action = update_action(action, entered, base_version=action.version, person=person)
    assert result_of(client, action.path) == {"echo": {"token": "hush", "size": 2}}


def test_changing_a_package_never_stores_what_is_shown_instead_of_a_value(
    namespace: Namespace, person: User, client: OpenWhiskClient, rules: Rules
) -> None:
    name = unused("tools")
    package = create_package(namespace, PackageDraft(name=name, parameters={"token": "hush"}), person=person)
    client.put_action(f"{name}/echo", node(ECHO))
    shown = {item["key"]: item["value"] for item in package.parameters}
    action = sync_action(namespace, f"{name}/echo")
    assert action is not None
    readable = "hush" if rules.shows_parameters else UNREADABLE
    assert effective_parameters(action) == {"token": readable}
    (inherited,) = inherited_parameters(action)
    assert inherited.is_encrypted is not rules.shows_parameters

    def change(**parameters: Any) -> Package:
        changed = PackageDraft(name=name, parameters=parameters, is_shared=True)
        return update_package(package, changed, base_version=package.version, person=person)

    package = change(**shown)
    assert package.is_shared
    assert result_of(client, f"{name}/echo") == {"echo": {"token": "hush"}}
    if rules.shows_parameters:
        package = change(**shown, size=1)
    else:
        with pytest.raises(EncryptedParametersError, match="token"):
            change(**shown, size=1)
        package = change(token="hush", size=1)
    assert result_of(client, f"{name}/echo") == {"echo": {"token": "hush", "size": 1}}


def test_a_launch_comes_home(namespace: Namespace, person: User) -> None:
    action = create_action(namespace, draft(unused("launched")), person=person)
    launched = launch(action=action, person=person, parameters={"a": 1}, launch_key=uuid4())
    assert came_home(launched).status == Status.SUCCESS
    assert launched.payload.result == {"echo": {"a": 1}}


def test_what_somebody_waited_for_is_kept_though_the_platform_may_keep_nothing(
    namespace: Namespace, person: User, client: OpenWhiskClient, rules: Rules
) -> None:
    action = create_action(namespace, draft(unused("waited")), person=person)
    waiting = launch(action=action, person=person, parameters={"a": 1}, launch_key=uuid4(), waits=True)
    send(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.payload.result) == (Status.SUCCESS, {"echo": {"a": 1}})
    # Later looks at a platform that does not know it change nothing.
    sweep_namespace(namespace.pk)
    came_home(waiting)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.payload.result) == (Status.SUCCESS, {"echo": {"a": 1}})
    if not rules.records_waits:
        assert waiting.activation_id not in {item.activation_id for item in client.list_activations()}


def test_a_url_starts_its_worker_with_the_key_that_it_needs(
    namespace: Namespace, person: User, client: OpenWhiskClient
) -> None:
    worker = create_action(namespace, draft(unused("worker")), person=person)
    assert client.get_action(worker.path).annotations["provide-api-key"] is False
    starter = create_starter(
        namespace,
        StarterDraft(path=f"{worker.path}-url", worker_path=worker.path, code=starter_code(worker.path)),
        person=person,
    )
    tried = try_url(starter, person=person, parameters={"w": 8}, extension="", launch_key=uuid4())
    assert tried.answer is not None
    assert tried.answer.status == 202
    assert tried.activation is not None
    assert came_home(tried.activation).payload.result == {"echo": {"w": 8}}


def test_a_sweep_brings_everything_home_however_short_the_lists_are(
    namespace: Namespace, client: OpenWhiskClient, rules: Rules
) -> None:
    name = unused("swept")
    client.put_action(name, node(ECHO))
    ids = {client.invoke(name).activation_id for _ in range(rules.concurrent_invocations // 2 + 10)}
    wait_until(lambda: client.count_activations(name=name) == len(ids), SECONDS)
    sweep_namespace(namespace.pk)
    rows = Activation.objects.filter(namespace=namespace, action_path=name, status=Status.SUCCESS)
    assert set(rows.values_list("activation_id", flat=True)) == ids


def test_a_fire_is_traced_to_its_result(namespace: Namespace, person: User, client: OpenWhiskClient) -> None:
    trigger, worker = unused("upload"), unused("resize")
    wire_upstream(client, trigger=trigger, action=worker)
    sync_namespace(namespace)
    fired = fire(
        trigger=namespace.triggers.get(name=trigger), person=person, payload={"size": 3}, launch_key=uuid4()
    )
    wait_until(lambda: came_home(fired), SECONDS)
    collect_until_final(namespace)
    trace = trace_of(namespace, fired)
    (step,) = trace.steps()
    assert (step.activation.action_path, trace.overall) == (worker, Status.SUCCESS)
    assert step.activation.payload.result == {"got": {"size": 3}}


def test_parameters_for_initialisation_stay_what_they_are(
    namespace: Namespace, person: User, client: OpenWhiskClient
) -> None:
    code = "const main = args => ({ env: process.env.SECRET, args })"
    name = unused("initialised")
    action = create_action(namespace, draft(name, code=code), person=person)
    spec = node(code)
    client.put_action(
        name,
        type(spec)(kind=spec.kind, code=code, parameters=(Parameter("SECRET", "s3", init=True),)),
        overwrite=True,
    )
    sync_namespace(namespace)
    action.refresh_from_db()
    changed = draft(name, code=None, timeout_ms=90_000, parameters=editable_parameters(action))
    update_action(action, changed, base_version=action.version, person=person)
    assert result_of(client, name) == {"env": "s3", "args": {}}
