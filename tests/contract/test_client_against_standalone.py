"""The client and the standalone runtime must mean the same: server, namespace and actions."""

from __future__ import annotations

import time

import pytest

from runtime_app.openwhisk import (
    ActionLimits,
    ActionSpec,
    Conflict,
    Forbidden,
    NotFound,
    OpenWhiskClient,
    Parameter,
    Rejected,
    Unauthorized,
)
from runtime_app.openwhisk.calls.base import LARGEST_PAGE
from standalone.testing import RunningServer
from tests.contract.rules import Rules
from tests.contract.samples import (
    ECHO,
    FAIL,
    node,
    result_of,
)


def test_the_server_says_what_it_offers(client: OpenWhiskClient, rules: Rules) -> None:
    info = client.server_info()
    assert {runtime.family for runtime in info.runtimes} == rules.families
    for family in rules.families:
        assert sum(runtime.default for runtime in info.runtimes if runtime.family == family) == 1


def test_the_namespace_and_its_limits(client: OpenWhiskClient, rules: Rules) -> None:
    assert client.namespaces() == ("guest",)
    limits = client.limits()
    assert (limits.min_timeout_ms, limits.max_timeout_ms) == (100, rules.max_timeout_ms)
    assert limits.concurrent_invocations == rules.concurrent_invocations
    assert limits.max_parameter_bytes == 1_048_576
    assert limits.max_memory_mb is not None


@pytest.mark.parametrize(
    "auth", ["nobody:nothing", "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "x" * 64, "ü:→"]
)
def test_a_wrong_key_is_unauthorized(server: RunningServer, auth: str) -> None:
    with OpenWhiskClient(server.url, auth) as stranger, pytest.raises(Unauthorized) as caught:
        stranger.namespaces()
    assert caught.value.code
    assert caught.value.code == caught.value.request_id


def test_another_namespaces_entities_are_out_of_reach(server: RunningServer) -> None:
    with (
        OpenWhiskClient(server.url, server.auth, "somebody-else") as client,
        pytest.raises(Forbidden, match="is not authorized to access"),
    ):
        client.get_action("x")


def test_an_action_is_created_read_and_deleted(client: OpenWhiskClient, rules: Rules) -> None:
    spec = ActionSpec(
        kind="nodejs:default",
        code=ECHO,
        main="main",
        parameters=(Parameter("greeting", "hi"), Parameter("SECRET", "x", init=True)),
        annotations={"description": "says it back"},
        limits=ActionLimits(timeout_ms=120_000, memory_mb=256, logs_mb=5),
    )
    created = client.put_action("create me", spec)
    assert created == client.get_action("create me")
    assert (created.namespace, created.package, created.version) == ("guest", None, "0.0.1")
    assert created.kind.startswith("nodejs:")
    assert created.kind != "nodejs:default"
    assert (created.code, created.main, created.binary) == (ECHO, "main", False)
    assert rules.comes_back(spec.parameters, created.parameters)
    assert created.annotations["description"] == "says it back"
    assert created.annotations["exec"] == created.kind
    assert created.annotations["provide-api-key"] is rules.gives_key
    assert (created.limits.timeout_ms, created.limits.memory_mb, created.limits.logs_mb) == (120_000, 256, 5)
    assert created.updated_ms == pytest.approx(time.time() * 1000, abs=60_000)
    assert client.get_action("create me", code=False).code is None
    client.delete_action("create me")
    with pytest.raises(NotFound, match="does not exist"):
        client.get_action("create me")


def test_an_update_keeps_what_it_does_not_say(client: OpenWhiskClient, rules: Rules) -> None:
    first = client.put_action("update-me", node(ECHO, timeout_ms=5000))
    with pytest.raises(Conflict, match="resource already exists"):
        client.put_action("update-me", node(FAIL))
    changed = client.put_action("update-me", ActionSpec(parameters=(Parameter("a", 1),)), overwrite=True)
    assert (changed.version, changed.code) == ("0.0.2", ECHO)
    assert changed.limits == first.limits
    assert rules.comes_back([Parameter("a", 1)], changed.parameters)
    later = client.put_action("update-me", ActionSpec(annotations={"note": 1}), overwrite=True)
    assert later.parameters == changed.parameters
    assert result_of(client, "update-me") == {"echo": {"a": 1}}


def test_an_update_of_nothing_creates(client: OpenWhiskClient) -> None:
    assert client.put_action("brand-new", node(ECHO), overwrite=True).version == "0.0.1"


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (ActionLimits(timeout_ms=99), "99 milliseconds below allowed threshold of 100"),
        (ActionLimits(memory_mb=1), "memory"),
        (ActionLimits(logs_mb=1000), "log"),
    ],
)
def test_limits_out_of_range_are_refused_with_a_reason(
    client: OpenWhiskClient, limits: ActionLimits, text: str
) -> None:
    spec = ActionSpec(kind="nodejs:default", code=ECHO, limits=limits)
    with pytest.raises(Rejected) as caught:
        client.put_action("never-made", spec)
    assert text in caught.value.message


def test_a_time_limit_beyond_the_deployments_is_refused_with_a_reason(
    client: OpenWhiskClient, rules: Rules
) -> None:
    client.put_action("longest", node(ECHO, timeout_ms=rules.max_timeout_ms), overwrite=True)
    with pytest.raises(Rejected) as caught:
        client.put_action("never-made", node(ECHO, timeout_ms=rules.max_timeout_ms + 1))
    assert f"exceeds allowed threshold of {rules.max_timeout_ms} milliseconds" in caught.value.message


def test_an_unknown_kind_is_refused_with_the_valid_ones(client: OpenWhiskClient) -> None:
    with pytest.raises(Rejected, match="Valid values are"):
        client.put_action("never-made", ActionSpec(kind="cobol:60", code="x"))


def test_every_action_is_listed_once_page_by_page(client: OpenWhiskClient, rules: Rules) -> None:
    names = {f"listed-{number:03}" for number in range(rules.page + 10)}
    for name in names:
        client.put_action(name, node(ECHO), overwrite=True)
    listed = [action for action in client.iter_actions() if action.name in names]
    assert sorted(action.name for action in listed) == sorted(names)
    assert (client.page_limit or LARGEST_PAGE) == rules.page
    assert {action.kind for action in listed} == {client.get_action("listed-000").kind}
    assert len(client.list_actions()) == rules.page
    assert len(client.list_actions(limit=3, skip=1)) == 3
