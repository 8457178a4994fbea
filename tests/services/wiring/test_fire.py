"""Firing triggers, and what becomes of a fire."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from runtime_app.models import (
    TRIGGER_KIND,
    Activation,
    AuditEntry,
    Namespace,
    RuleOutcome,
    Status,
    Trigger,
    Verb,
)
from runtime_app.openwhisk import ActionSpec, NotFound, OpenWhiskClient, RemoteActivation
from runtime_app.openwhisk import RuleOutcome as OutcomeLine
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.collecting.cycles import collect_namespace
from runtime_app.services.collecting.records import take_in
from runtime_app.services.collecting.sweeping import sweep_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.launching.launch import LaunchKeyTakenError, send
from runtime_app.services.wiring.firing import fire
from runtime_app.services.wiring.traces import trace_of
from tests.factories import make_namespace, make_trigger, make_user
from tests.upstream import Answer, Asked, Upstream
from tests.waiting import wait_until
from tests.wiring import collect_until_final, put_action, wire_upstream


@pytest.fixture
def client(guest: Namespace) -> Any:
    with client_for(guest) as opened:
        yield opened


def fire_upload(namespace: Namespace, **payload: Any) -> Activation:
    trigger = Trigger.objects.get(namespace=namespace, name="upload")
    return fire(trigger=trigger, person=make_user(), payload=payload, launch_key=uuid4())


def test_a_fire_is_traced_to_the_actions_result(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    fired = fire_upload(guest, size=3)
    assert (fired.status, fired.kind, fired.action_path) == (Status.PENDING, TRIGGER_KIND, "upload")
    collect_until_final(guest)
    fired.refresh_from_db()
    assert fired.status == Status.SUCCESS
    outcome = RuleOutcome.objects.get(fire=fired)
    assert (outcome.rule_name, outcome.action_path, outcome.status) == ("upload-resize", "resize", "passed")
    started = Activation.objects.get(fired_by=fired)
    assert (started.action_path, started.rule_name, started.status) == ("resize", "upload-resize", "success")
    assert started.payload.result == {"got": {"size": 3}}
    assert started.launched_by == fired.launched_by
    assert AuditEntry.objects.filter(verb=Verb.FIRED, target="upload").count() == 1


def test_a_fire_without_an_active_rule_reaches_nobody(guest: Namespace, client: OpenWhiskClient) -> None:
    client.put_trigger("upload")
    sync_namespace(guest)
    fired = fire_upload(guest)
    assert (fired.status, fired.activation_id, fired.is_final) == (Status.NO_RULE, None, True)


def test_refused_and_inactive_rules_are_told_apart(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    put_action(client, "gone")
    put_action(client, "quiet")
    client.put_rule("to-gone", trigger="upload", action="gone")
    client.put_rule("to-quiet", trigger="upload", action="quiet")
    client.set_rule_status("to-quiet", active=False)
    client.delete_action("gone")
    sync_namespace(guest)
    fired = fire_upload(guest)
    collect_until_final(guest)
    said = {outcome.rule_name: outcome for outcome in fired.outcomes.all()}
    assert {name: outcome.status for name, outcome in said.items()} == {
        "upload-resize": "passed",
        "to-gone": "refused",
        "to-quiet": "inactive",
    }
    assert "does not exist" in said["to-gone"].error
    trace = trace_of(guest, fired)
    steps = {rule.name: rule for rule in trace.rules}
    assert steps["to-quiet"].can_be_enabled
    assert not steps["to-gone"].can_be_enabled
    assert steps["to-gone"].state is not None
    assert "resize" not in steps["to-gone"].state.trouble


def test_a_sequence_is_traced_to_its_components(guest: Namespace, client: OpenWhiskClient) -> None:
    put_action(client, "one")
    put_action(client, "two")
    client.put_action("both", ActionSpec(kind="sequence", components=("/_/one", "/_/two")))
    client.put_trigger("upload")
    client.put_rule("r", trigger="upload", action="both")
    sync_namespace(guest)
    fired = fire_upload(guest, n=1)
    collect_until_final(guest)
    fired.refresh_from_db()
    (rule,) = trace_of(guest, fired).rules
    assert rule.step is not None
    assert [step.activation.action_path for step in rule.step.components] == ["one", "two"]
    assert all(step.activation.status == Status.SUCCESS for step in rule.step.components)
    assert rule.step.components[0].start_ms <= rule.step.components[1].start_ms


def test_a_fire_made_elsewhere_is_found_and_traced(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    receipt = client.fire_trigger("upload", {"from": "curl"})
    sweep_namespace(guest.pk)
    collect_until_final(guest)
    fired = Activation.objects.get(namespace=guest, activation_id=receipt.activation_id)
    assert (fired.kind, fired.origin, fired.status) == (TRIGGER_KIND, "elsewhere", Status.SUCCESS)
    started = Activation.objects.get(fired_by=fired)
    assert started.payload.result == {"got": {"from": "curl"}}


def test_the_actions_record_may_come_before_the_triggers(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    fired = fire_upload(guest)
    started_id = wait_until(lambda: started_by(client, fired))
    take_in(guest, wait_until(lambda: record_of(client, started_id)))
    collect_until_final(guest)
    started = Activation.objects.get(namespace=guest, activation_id=started_id)
    assert (started.fired_by, started.rule_name) == (fired, "upload-resize")
    assert started.status == Status.SUCCESS


def record_of(client: OpenWhiskClient, activation_id: str) -> RemoteActivation | None:
    with suppress(NotFound):
        return client.get_activation(activation_id)
    return None


def started_by(client: OpenWhiskClient, fired: Activation) -> str:
    record = record_of(client, fired.activation_id or "")
    return OutcomeLine.from_log_line(record.logs[0]).activation_id or "" if record else ""


def test_a_trigger_that_is_gone_is_named(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    client.delete_trigger("upload")
    fired = fire_upload(guest)
    assert fired.status == Status.REFUSED
    assert fired.error == "The trigger upload does not exist on the runtime."


def test_the_same_key_fires_once(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    sync_namespace(guest)
    key, person = uuid4(), make_user()
    trigger = Trigger.objects.get(namespace=guest)
    first = fire(trigger=trigger, person=person, payload={}, launch_key=key)
    second = fire(trigger=trigger, person=person, payload={}, launch_key=key)
    assert first.pk == second.pk
    assert len([item for item in client.iter_activations() if item.activation_id == first.activation_id]) <= 1
    with pytest.raises(LaunchKeyTakenError):
        fire(trigger=trigger, person=make_user("bob"), payload={}, launch_key=key)


def test_a_lost_answer_leaves_the_fire_unknown(namespace: Namespace, upstream: Upstream) -> None:
    upstream.script = lambda asked: Answer(hang_up=True)
    fired = fire(trigger=make_trigger(namespace), person=make_user(), payload={}, launch_key=uuid4())
    assert fired.status == Status.UNKNOWN
    assert len(upstream.asked) == 1


def test_a_refused_fire_says_why(namespace: Namespace, upstream: Upstream) -> None:
    fired = fire(trigger=make_trigger(namespace), person=make_user(), payload={}, launch_key=uuid4())
    assert fired.status == Status.REFUSED
    assert "does not exist" in fired.error


def test_a_throttled_fire_waits_here(namespace: Namespace, upstream: Upstream) -> None:
    error = {"error": "Too many requests in the last minute (count: 61, allowed: 60).", "code": "x"}
    upstream.script = lambda asked: Answer(429, error)
    fired = fire(trigger=make_trigger(namespace), person=make_user(), payload={}, launch_key=uuid4())
    assert fired.status == Status.QUEUED
    assert "Too many requests" in fired.error
    upstream.script = lambda asked: Answer(202, {"activationId": "a" * 32})
    send(fired.pk)
    fired.refresh_from_db()
    assert (fired.status, fired.activation_id) == (Status.PENDING, "a" * 32)


def test_nothing_is_lost_when_the_runtime_is_away(db: None) -> None:
    namespace = make_namespace()
    fired = fire(trigger=make_trigger(namespace), person=make_user(), payload={"a": 1}, launch_key=uuid4())
    assert fired.status == Status.QUEUED
    assert fired.payload.parameters == {"a": 1}


def test_a_late_record_keeps_the_fire_pending(namespace: Namespace, upstream: Upstream) -> None:
    activation_id = uuid4().hex

    def script(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(202, {"activationId": activation_id})
        return Answer(404, {"error": "The requested resource does not exist.", "code": "x"})

    upstream.script = script
    trigger = make_trigger(namespace)
    fired = fire(trigger=trigger, person=make_user(), payload={}, launch_key=uuid4())
    Activation.objects.filter(pk=fired.pk).update(next_poll_at="2020-01-01T00:00:00Z")
    collect_namespace(namespace.pk)
    fired.refresh_from_db()
    assert (fired.status, fired.polls) == (Status.PENDING, 1)
    assert trace_of(namespace, fired).is_late
