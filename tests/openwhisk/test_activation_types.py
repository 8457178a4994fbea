from __future__ import annotations

import json
from typing import Any

import pytest

from runtime_app.openwhisk import (
    ActionLimits,
    ActivationResult,
    ActivationSummary,
    RemoteActivation,
    RuleOutcome,
    ShapeError,
)
from tests.openwhisk import documents

START = documents.START_MS


def test_it_reads_a_record() -> None:
    record = RemoteActivation.from_json(documents.activation(cause="f" * 32))
    assert record.activation_id == documents.ACTIVATION_ID
    assert (record.namespace, record.name, record.path) == ("guest", "my-worker", "tools/my-worker")
    assert (record.kind, record.version, record.subject) == ("nodejs:20", "0.0.1", "guest")
    assert (record.start_ms, record.end_ms, record.duration_ms) == (START, START + 100_100, 100_100)
    assert (record.status, record.success, record.size) == ("success", True, 60)
    assert record.result == {"payload": "…"}
    assert record.logs == ("2026-01-01T00:00:00.000000000Z stdout: hi",)
    assert (record.wait_ms, record.init_ms, record.timed_out, record.is_trigger) == (38, 210, False, False)
    assert record.limits == ActionLimits(120_000, 256, 10, 1)
    assert record.cause == "f" * 32


def test_what_was_called_through_a_binding_has_the_bindings_path() -> None:
    bound = [
        {"key": "path", "value": "other/tools/my-worker"},
        {"key": "binding", "value": "guest/their tools"},
    ]
    record = RemoteActivation.from_json(documents.activation(annotations=bound))
    assert record.path == "their tools/my-worker"
    for odd in ({}, None, "", "no-package"):
        odd_binding = [bound[0], {"key": "binding", "value": odd}]
        assert (
            RemoteActivation.from_json(documents.activation(annotations=odd_binding)).path
            == "tools/my-worker"
        )


def test_a_timeout_is_told_by_its_annotation_whatever_the_status() -> None:
    for status in ("action developer error", "application error"):
        record = RemoteActivation.from_json(
            documents.activation(
                annotations=[{"key": "timeout", "value": True}],
                response={"status": status, "success": False, "result": {"error": "…"}},
            )
        )
        assert record.timed_out
        assert record.size is None


def test_a_triggers_record_has_neither_end_nor_kind() -> None:
    record = RemoteActivation.from_json(documents.trigger_activation())
    assert record.is_trigger
    assert (record.end_ms, record.duration_ms, record.kind, record.path) == (None, None, None, "my-trigger")


def test_a_trigger_that_ends_at_zero_has_not_ended() -> None:
    record = RemoteActivation.from_json(documents.trigger_activation() | {"end": 0, "duration": 0})
    assert record.is_trigger
    assert (record.end_ms, record.duration_ms) == (None, None)


def test_a_missing_duration_is_counted() -> None:
    document = documents.activation()
    del document["duration"]
    assert RemoteActivation.from_json(document).duration_ms == 100_100


def test_a_clock_that_jumped_back_costs_only_the_duration() -> None:
    record = RemoteActivation.from_json(documents.activation(end=START - 5000, duration=-5000))
    assert (record.start_ms, record.end_ms, record.duration_ms) == (START, START - 5000, None)


def test_nonsense_in_annotations_costs_only_themselves() -> None:
    record = RemoteActivation.from_json(
        documents.activation(
            annotations=[
                {"key": "waitTime", "value": "long"},
                {"key": "initTime", "value": []},
                {"key": "limits", "value": {"timeout": "1 h"}},
                {"key": "path", "value": 5},
                {"key": "kind", "value": None},
                {"key": "timeout", "value": "false"},
            ]
        )
    )
    assert (record.wait_ms, record.init_ms, record.limits, record.kind) == (None, None, None, None)
    assert (record.path, record.timed_out) == ("my-worker", False)


def test_an_unheard_of_status_is_kept() -> None:
    response = {"status": "lost in space", "success": False, "result": None}
    assert RemoteActivation.from_json(documents.activation(response=response)).status == "lost in space"


@pytest.mark.parametrize("result", [None, [], [1, "a"], "text", 5, {"error": "x"}, {}])
def test_a_result_may_be_any_json(result: object) -> None:
    response = {"status": "success", "success": True, "result": result}
    assert RemoteActivation.from_json(documents.activation(response=response)).result == result


@pytest.mark.parametrize(
    "changes",
    [
        {"activationId": None},
        {"activationId": "not an id"},
        {"activationId": "0" * 31 + "\n"},
        {"start": None},
        {"start": "2026-01-01"},
        {"start": 10**20},
        {"start": True},
        {"end": -1},
        {"name": None},
        {"namespace": 7},
        {"response": None},
        {"response": {"success": True}},
        {"response": {"status": "success", "success": "yes"}},
        {"logs": "one line"},
        {"logs": [None]},
        {"annotations": {"path": "guest/x"}},
        {"cause": 5},
    ],
)
def test_wrong_types_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        RemoteActivation.from_json(documents.activation(**changes))


def test_it_reads_a_list_item() -> None:
    item = ActivationSummary.from_json(documents.activation_item())
    assert (item.activation_id, item.path, item.kind) == (
        documents.ACTIVATION_ID,
        "tools/my-worker",
        "nodejs:20",
    )
    assert (item.status_code, item.status, item.duration_ms) == (0, "success", 100_100)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (1, "application error"),
        (2, "action developer error"),
        (3, "whisk internal error"),
        (4, "whisk internal error"),
        (-1, None),
        (None, None),
    ],
)
def test_a_status_code_has_the_words_of_a_record(code: int | None, status: str | None) -> None:
    item = documents.activation_item() | {"statusCode": code}
    assert ActivationSummary.from_json(item).status == status


def test_it_reads_a_result() -> None:
    body = {"result": {"error": "x"}, "success": False, "status": "application error", "size": 5}
    assert ActivationResult.from_json(body) == ActivationResult({"error": "x"}, False, "application error", 5)


def test_a_triggers_log_line_leads_to_the_actions_activation() -> None:
    line = {
        "statusCode": 0,
        "success": True,
        "activationId": documents.ACTIVATION_ID,
        "rule": "guest/async-rule",
        "action": "guest/tools/my-worker",
    }
    assert RuleOutcome.from_log_line(json.dumps(line)) == RuleOutcome(
        "guest/async-rule", "guest/tools/my-worker", True, documents.ACTIVATION_ID, None
    )


def test_a_rule_that_failed_says_why() -> None:
    text = "The requested resource does not exist."
    line = {"statusCode": 1, "success": False, "rule": "guest/r", "action": "guest/a", "error": text}
    outcome = RuleOutcome.from_log_line(json.dumps(line))
    assert (outcome.success, outcome.activation_id, outcome.error) == (False, None, text)


@pytest.mark.parametrize(
    "line",
    ["", "2026-01-01T00:00:00Z stdout: hi", "[]", "{}", "null", "[" * 100_000, '{"rule": 1, "action": "a"}'],
)
def test_a_line_that_is_no_outcome_is_refused(line: str) -> None:
    with pytest.raises(ShapeError):
        RuleOutcome.from_log_line(line)


@pytest.mark.parametrize("duration", [10**30, "long", None, -(10**12)])
def test_an_absurd_duration_is_counted_from_start_and_end(duration: object) -> None:
    assert RemoteActivation.from_json(documents.activation(duration=duration)).duration_ms == 100_100


def test_a_duration_of_decades_is_unknown() -> None:
    record = RemoteActivation.from_json(documents.activation(start=0, duration=None))
    assert (record.start_ms, record.end_ms, record.duration_ms) == (0, START + 100_100, None)


def test_an_absurd_size_costs_only_itself() -> None:
    response = {"status": "success", "success": True, "result": {}, "size": 10**30}
    assert RemoteActivation.from_json(documents.activation(response=response)).size is None
