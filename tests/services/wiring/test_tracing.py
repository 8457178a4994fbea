"""What a trigger's or a sequence's record leads to, whatever stands in it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from runtime_app.models import TRIGGER_KIND, Activation, Namespace, RuleOutcome, Status
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.collecting.records import take_in
from runtime_app.services.wiring.traces import trace_of
from tests.factories import make_action, make_activation, make_namespace
from tests.upstream import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(name="guest")


def trigger_record(logs: list[str], activation_id: str = "") -> RemoteActivation:
    """As the platform writes it: without an end, a duration and a kind (core Triggers.scala)."""
    full = record(activation_id or uuid4().hex, name="upload", logs=logs)
    for field in ("end", "duration"):
        del full[field]
    return RemoteActivation.from_json({**full, "annotations": []})


def line(rule: str = "guest/r", action: str = "guest/resize", **fields: Any) -> str:
    said = {"statusCode": 0, "success": True, "activationId": uuid4().hex, "rule": rule, "action": action}
    return json.dumps({**said, **fields})


def test_an_action_that_was_started_is_awaited_with_its_own_time_limit(namespace: Namespace) -> None:
    make_action(namespace, path="images/resize", timeout_ms=3_600_000, memory_mb=512)
    fire = take_in(namespace, trigger_record([line(action="guest/images/resize")]))
    started = Activation.objects.get(fired_by=fire)
    assert (started.action_path, started.status, started.memory_mb) == ("images/resize", Status.PENDING, 512)
    assert started.deadline_at is not None
    assert started.accepted_at is not None
    assert started.deadline_at - started.accepted_at == timedelta(hours=1, minutes=1)


def test_the_same_record_twice_changes_nothing(namespace: Namespace) -> None:
    known = trigger_record([line()])
    take_in(namespace, known)
    before = list(Activation.objects.order_by("pk").values())
    take_in(namespace, known)
    assert list(Activation.objects.order_by("pk").values()) == before
    assert RuleOutcome.objects.count() == 1


def test_lines_that_are_no_outcomes_cost_nothing_and_are_kept(namespace: Namespace) -> None:
    texts = ["plain words", "{", "[]", "null", '{"rule": 5}', "[" * 100_000, line(activationId="short")]
    fire = take_in(namespace, trigger_record([*texts, line()]))
    assert fire.status == Status.SUCCESS
    assert [outcome.status for outcome in fire.outcomes.all()] == ["passed"]
    assert trace_of(namespace, fire).texts == texts


def test_names_as_long_as_they_come_are_kept_short(namespace: Namespace) -> None:
    fire = take_in(namespace, trigger_record([line(rule="guest/" + "r" * 900, action="guest/" + "a" * 900)]))
    outcome = fire.outcomes.get()
    assert (len(outcome.rule_name), len(outcome.action_path)) == (256, 600)
    assert Activation.objects.filter(fired_by=fire).count() == 1


def test_an_action_of_another_namespace_is_named_with_it(namespace: Namespace) -> None:
    fire = take_in(namespace, trigger_record([line(action="whisk.system/utils/echo")]))
    assert fire.outcomes.get().action_path == "/whisk.system/utils/echo"


def test_an_activation_belongs_to_the_fire_that_named_it_first(namespace: Namespace) -> None:
    started_id = uuid4().hex
    first = take_in(namespace, trigger_record([line(activationId=started_id)]))
    take_in(namespace, trigger_record([line(activationId=started_id)]))
    assert Activation.objects.get(activation_id=started_id).fired_by == first


def test_an_error_that_is_no_reason_is_still_a_refusal(namespace: Namespace) -> None:
    fire = take_in(namespace, trigger_record([line(success=False, activationId=None)]))
    outcome = fire.outcomes.get()
    assert (outcome.status, outcome.error, outcome.activation_id) == ("refused", "", "")


def test_a_trigger_is_kept_as_one_although_its_record_has_no_kind(namespace: Namespace) -> None:
    fire = take_in(namespace, trigger_record([]))
    assert (fire.kind, fire.is_fire, fire.action_path) == (TRIGGER_KIND, True, "upload")


def test_the_components_of_a_sequence_are_awaited(namespace: Namespace) -> None:
    components = ["/guest/one", "/guest/images/two", "/guest/three"]
    make_action(namespace, path="both", kind="sequence", components=components)
    ids = [uuid4().hex, uuid4().hex]
    annotations = {"path": "guest/both", "kind": "sequence"}
    full = record(name="both", logs=ids, annotations=annotations)
    take_in(namespace, RemoteActivation.from_json(full))
    awaited = Activation.objects.filter(cause=full["activationId"]).order_by("action_path")
    assert [row.action_path for row in awaited] == ["images/two", "one"]
    assert {row.activation_id for row in awaited} == set(ids)


def test_the_logs_of_a_sequence_may_be_anything(namespace: Namespace) -> None:
    make_action(namespace, path="both", kind="sequence", components=["/guest/one"])
    full = record(name="both", logs=["no id"], annotations={"path": "guest/both", "kind": "sequence"})
    take_in(namespace, RemoteActivation.from_json(full))
    assert Activation.objects.count() == 1


def test_the_components_of_a_sequence_are_found_along_an_index(namespace: Namespace) -> None:
    make_activation(namespace, cause="a" * 32)
    found = Activation.objects.filter(namespace=namespace).components_of(["a" * 32])
    if connection.vendor == "sqlite":
        assert "activation_causes" in found.explain()
    assert found.count() == 1


def test_a_trace_of_a_fire_whose_clock_is_ahead_still_draws(namespace: Namespace) -> None:
    ahead = timezone.now() + timedelta(hours=2)
    fire = make_activation(namespace, kind=TRIGGER_KIND, listed_at=ahead, started_at=ahead)
    row = make_activation(namespace, "pending", fired_by=fire)
    RuleOutcome.objects.create(
        fire=fire, rule_name="r", action_path="resize", status="passed", activation_id=row.activation_id
    )
    trace = trace_of(namespace, fire)
    assert trace.total_ms > 0
    assert all(step.start_ms >= 0 for step in trace.steps())
