"""The steps of one run of a sequence: those that are known, those to come, and those that never ran."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Action, Activation, ActivationPayload, Namespace, Origin, Status
from runtime_app.openwhisk import ActionSpec, RemoteActivation
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.collecting.records import take_in
from runtime_app.services.collecting.sweeping import sweep_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.launching.launch import launch
from runtime_app.services.wiring.sequence_runs import SequenceRun, sequence_run_of, whole_of
from tests.factories import make_action, make_activation, make_namespace, member
from tests.upstream import record
from tests.waiting import wait_until
from tests.wiring import collect_until_final, put_action

pytestmark = pytest.mark.django_db
ID = "a" * 32


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(name="guest")


def make_sequence(namespace: Namespace, *paths: str, **fields: Any) -> Action:
    components = [path if path.startswith("/") else f"/guest/{path}" for path in paths]
    return make_action(namespace, path="both", kind="sequence", components=components, **fields)


def run_of(namespace: Namespace, activation: Activation, action: Action | None = None) -> SequenceRun:
    payload = ActivationPayload.objects.filter(activation=activation).first()
    run = sequence_run_of(namespace, activation, action, payload)
    assert run is not None
    return run


def test_what_is_not_known_yet_is_expected_in_order(namespace: Namespace) -> None:
    action = make_sequence(namespace, "first", "second", "first")
    whole = make_activation(namespace, Status.PENDING, kind="sequence", action_path="both", activation_id=ID)
    assert [step.path for step in run_of(namespace, whole, action).expected] == ["first", "second", "first"]
    make_activation(namespace, action_path="first", cause=ID)
    run = run_of(namespace, whole, action)
    assert [step.activation.action_path for step in run.steps] == ["first"]
    assert [step.path for step in run.expected] == ["second", "first"]
    assert (run.is_open, run.ended, run.count, run.never_run) == (True, 1, 3, [])


def test_actions_of_other_namespaces_are_known_by_what_their_records_say(namespace: Namespace) -> None:
    action = make_sequence(namespace, "/whisk.system/utils/echo", "second")
    whole = make_activation(namespace, Status.PENDING, kind="sequence", action_path="both", activation_id=ID)
    make_activation(namespace, action_path="utils/echo", cause=ID)
    assert [step.path for step in run_of(namespace, whole, action).expected] == ["second"]


def test_a_failure_leaves_out_what_would_have_come(namespace: Namespace) -> None:
    action = make_sequence(namespace, "first", "second", "third")
    failed = make_activation(namespace, "application_error", action_path="first", cause=ID)
    whole = make_activation(
        namespace,
        "application_error",
        kind="sequence",
        action_path="both",
        activation_id=ID,
        logs=[failed.activation_id],
    )
    run = run_of(namespace, whole, action)
    assert (run.expected, run.never_run, run.is_open) == ([], ["second", "third"], False)
    assert run.has_only_ids


def test_an_id_without_a_row_is_told(namespace: Namespace) -> None:
    action = make_sequence(namespace, "first", "second")
    first = make_activation(namespace, action_path="first", cause=ID)
    logs = [first.activation_id, "b" * 32]
    whole = make_activation(namespace, kind="sequence", action_path="both", activation_id=ID, logs=logs)
    (missing,) = run_of(namespace, whole, action).expected
    assert (missing.path, missing.activation_id) == ("second", "b" * 32)


def test_a_sequence_that_has_changed_since_promises_nothing(namespace: Namespace) -> None:
    action = make_sequence(namespace, "other", version="0.0.2")
    whole = make_activation(
        namespace, kind="sequence", action_path="both", version="0.0.1", activation_id=ID, logs=["b" * 32]
    )
    run = run_of(namespace, whole, action)
    assert ([step.path for step in run.expected], run.never_run) == ([""], [])
    assert run_of(namespace, whole, None).never_run == []


@pytest.mark.parametrize("logs", [["words", 5, None], "text", {"a": 1}, None, []])
def test_logs_that_are_no_ids_cost_nothing(namespace: Namespace, logs: Any) -> None:
    whole = make_activation(namespace, kind="sequence", activation_id=ID, logs=logs)
    run = run_of(namespace, whole)
    assert (run.steps, run.expected, run.never_run, run.has_only_ids) == ([], [], [], False)


def test_an_action_has_no_steps(namespace: Namespace) -> None:
    assert sequence_run_of(namespace, make_activation(namespace), make_action(namespace), None) is None


def test_the_conductors_own_turns_are_no_compositions(namespace: Namespace) -> None:
    action = make_action(namespace, path="lead", annotations={"conductor": True})
    pending = make_activation(namespace, Status.PENDING, action_path="lead", activation_id=ID)
    run = run_of(namespace, pending, action)
    assert (run.is_composition, run.is_open) == (True, True)
    turn = make_activation(namespace, action_path="lead", cause=ID)
    assert sequence_run_of(namespace, turn, action, None) is None
    assert [step.activation for step in run_of(namespace, pending, action).steps] == [turn]


def test_bars_lie_where_the_times_say_and_the_longest_is_now(namespace: Namespace) -> None:
    began = timezone.now() - timedelta(seconds=10)
    times = {"listed_at": began, "accepted_at": began}
    whole = make_activation(namespace, Status.PENDING, kind="sequence", activation_id=ID, **times)
    at = began + timedelta(seconds=2)
    make_activation(namespace, cause=ID, listed_at=at, started_at=at, wait_ms=500, duration_ms=1_000)
    run = run_of(namespace, whole)
    assert (run.steps[0].start_ms, run.steps[0].end_ms) == (1_500.0, 3_000.0)
    assert 10_000 <= run.total_ms < 60_000


def test_many_steps_take_as_many_queries_as_one(
    namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    whole = make_activation(namespace, kind="sequence", activation_id=ID)
    for _ in range(30):
        make_activation(namespace, cause=ID, result={"n": 1}, size=7)
    with django_assert_max_num_queries(4):
        assert len(run_of(namespace, whole).steps) == 30


@pytest.mark.parametrize("whole_first", [True, False])
def test_steps_belong_to_whoever_started_the_whole(namespace: Namespace, whole_first: bool) -> None:
    person = member(namespace)
    whole = make_activation(namespace, Status.PENDING, kind="nodejs:20", activation_id=ID, launched_by=person)
    step = RemoteActivation.from_json(record(cause=ID, name="step"))
    kind = {"kind": "sequence", "conductor": True}
    records = [RemoteActivation.from_json(record(ID, logs=[step.activation_id], annotations=kind)), step]
    for each in records if whole_first else reversed(records):
        take_in(namespace, each)
    row = Activation.objects.get(cause=ID)
    assert (row.launched_by, row.origin) == (person, Origin.PANEL)
    assert whole_of(namespace, row) == whole


def test_steps_of_what_was_started_elsewhere_are_nobodys(namespace: Namespace) -> None:
    make_activation(namespace, kind="sequence", activation_id=ID, origin=Origin.ELSEWHERE)
    row = take_in(namespace, RemoteActivation.from_json(record(cause=ID)))
    assert (row.launched_by, row.origin) == (None, Origin.ELSEWHERE)
    assert whole_of(namespace, make_activation(namespace)) is None


COMPOSITION = """exports.main = (args) => args.$step
  ? { params: { done: true } }
  : { action: "first", params: args, state: { $step: 1 } };"""


def test_a_composition_on_the_real_runtime_is_drawn_like_a_sequence(guest: Namespace) -> None:
    with client_for(guest) as client:
        put_action(client, "first")
        lead = ActionSpec(kind="nodejs:20", code=COMPOSITION, annotations={"conductor": True})
        client.put_action("lead", lead)
    sync_namespace(guest)
    action, person = Action.objects.get(path="lead"), member(guest)
    whole = launch(action=action, person=person, parameters={"a": 1}, launch_key=uuid4())
    assert run_of(guest, whole, action).is_composition
    collect_until_final(guest)
    whole.refresh_from_db()
    assert [step.path for step in run_of(guest, whole, action).expected] == ["", "", ""]

    def swept() -> bool:
        # The runtime stores each record by itself: the last step's may come a moment after the whole's.
        Namespace.objects.filter(pk=guest.pk).update(swept_at=timezone.now(), deep_swept_at=timezone.now())
        sweep_namespace(guest.pk)
        return len(run_of(guest, whole, action).steps) == 3

    wait_until(swept, pause_seconds=0.1)
    run = run_of(guest, whole, action)
    assert [step.activation.action_path for step in run.steps] == ["lead", "first", "lead"]
    assert {step.activation.launched_by for step in run.steps} == {person}
    assert (run.expected, run.is_open) == ([], False)
