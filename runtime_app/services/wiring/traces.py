"""The whole story of one fire, as the trace page draws it: trigger, rules, actions, components."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from django.utils import timezone

from runtime_app.models import Activation, ActivationPayload, Namespace, Rule, RuleOutcome, Status, one_line
from runtime_app.openwhisk import RuleOutcome as OutcomeLine
from runtime_app.openwhisk import ShapeError
from runtime_app.services.authoring.sequences import SEQUENCE_KIND
from runtime_app.services.wiring.rule_states import RuleState, rule_states

# Sequences of sequences end; hostile records might not.
DEEPEST = 5
RESULT_BYTES = 4096
RESULT_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Step:
    """An activation in the waterfall; times in ms from the fire. `run_ms` None: it has not ended."""

    activation: Activation
    depth: int
    start_ms: float
    wait_ms: float
    run_ms: float | None
    result: str = ""
    components: list[Step] = field(default_factory=list)

    @property
    def span_ms(self) -> float | None:
        """From its acceptance to its end, as its bar is long; None: it has not ended."""
        return None if self.run_ms is None else self.wait_ms + self.run_ms

    @property
    def end_ms(self) -> float:
        """When it ended, or began to run when it has not ended."""
        return self.start_ms + self.wait_ms + (self.run_ms or 0)


@dataclass(frozen=True, slots=True)
class RuleStep:
    """What one rule did, the rule as it is now (None: not known here), and what it started."""

    name: str
    action_path: str
    outcome: RuleOutcome | None
    state: RuleState | None
    step: Step | None = None

    @property
    def can_be_enabled(self) -> bool:
        """Whether it was switched off at the fire and still is."""
        is_off = self.outcome is None or self.outcome.status == RuleOutcome.Status.INACTIVE
        return is_off and self.state is not None and not self.state.rule.is_active and not self.state.trouble


@dataclass(frozen=True, slots=True)
class Trace:
    """The tree of a fire. `texts` are log lines of the trigger's record that are no outcome of a rule."""

    fire: Activation
    payload: Any
    rules: list[RuleStep]
    texts: list[str]
    total_ms: float
    now_ms: float

    @property
    def is_open(self) -> bool:
        """Whether something in it may still change."""
        return not self.fire.is_final or any(not step.activation.is_final for step in self.steps())

    @property
    def is_late(self) -> bool:
        """Whether the platform took the fire and its record is not there yet."""
        return self.fire.status == Status.PENDING

    @property
    def is_unheard(self) -> bool:
        """Whether nobody listened, so that somebody may want to make a rule."""
        return self.fire.status == Status.NO_RULE

    def steps(self) -> Iterator[Step]:
        """Every activation that was started, in the order of the page."""
        for rule in self.rules:
            if rule.step is not None:
                yield from _flattened(rule.step)

    @property
    def running(self) -> int:
        """How many of the rules' actions have not ended."""
        return sum(not step.activation.is_final for step in self._started())

    @property
    def failed(self) -> int:
        """How many of the rules' actions have ended otherwise than well."""
        ended = [step.activation for step in self._started() if step.activation.is_final]
        return sum(activation.status != Status.SUCCESS for activation in ended)

    @property
    def overall(self) -> str:
        """The status of the whole: pending while something runs, else what went wrong first."""
        if self.fire.status != Status.SUCCESS:
            return self.fire.status
        if self.running:
            return Status.PENDING
        failures = [step.activation.status for step in self._started() if step.activation.status != "success"]
        return failures[0] if failures else Status.SUCCESS

    def _started(self) -> list[Step]:
        return [rule.step for rule in self.rules if rule.step is not None]

    @property
    def passed(self) -> int:
        """How many rules started their action."""
        statuses = [rule.outcome.status for rule in self.rules if rule.outcome]
        return statuses.count(RuleOutcome.Status.PASSED)


def trace_of(namespace: Namespace, fire: Activation) -> Trace:
    """What is known of a fire now. While its record is late, the rules are those that are wired now."""
    payload = ActivationPayload.objects.filter(activation=fire).first()
    outcomes = list(fire.outcomes.all())
    states = _states(namespace, fire, outcomes)
    origin = fire.started_at or fire.listed_at
    started = _steps_by_id(namespace, fire, outcomes, origin)
    rules = [
        RuleStep(
            item.rule_name,
            item.action_path,
            item,
            states.get(item.rule_name),
            started.get(item.activation_id),
        )
        for item in outcomes
    ]
    if not fire.is_final and not outcomes:
        rules = [RuleStep(name, state.rule.action_label, None, state) for name, state in states.items()]
    now_ms = _ms(timezone.now(), origin)
    ends = [step.end_ms if step.run_ms is not None else now_ms for step in _all(started)]
    return Trace(
        fire=fire,
        payload=(payload.parameters if payload.parameters is not None else payload.result)
        if payload
        else None,
        rules=rules,
        texts=_texts(payload),
        total_ms=max([*ends, 1.0]),
        now_ms=now_ms,
    )


def _states(namespace: Namespace, fire: Activation, outcomes: list[RuleOutcome]) -> dict[str, RuleState]:
    rules = Rule.objects.for_list(namespace)
    if outcomes:
        rules = rules.filter(name__in=[outcome.rule_name for outcome in outcomes])
    else:
        rules = rules.present().filter(trigger_name=fire.action_path)
    return {state.rule.name: state for state in rule_states(namespace, rules)}


def _steps_by_id(
    namespace: Namespace, fire: Activation, outcomes: list[RuleOutcome], origin: datetime
) -> dict[str, Step]:
    ids = [outcome.activation_id for outcome in outcomes if outcome.activation_id]
    rows = Activation.objects.for_rows().filter(namespace=namespace)
    found = list(rows.filter(activation_id__in=ids))
    family = _Family(_components(namespace, found), {}, origin)
    family.results.update(_result_lines([*found, *chain.from_iterable(family.children.values())]))
    return {row.activation_id or "": _step(row, family, depth=1) for row in found}


@dataclass(frozen=True, slots=True)
class _Family:
    """What steps are made of: components by sequence id, results in a line by row, and the fire's moment."""

    children: dict[str, list[Activation]]
    results: dict[int, str]
    origin: datetime


def _components(namespace: Namespace, roots: list[Activation]) -> dict[str, list[Activation]]:
    """What sequences ran, by the sequence's id, level by level: one query for each level."""
    children: dict[str, list[Activation]] = {}
    level = roots
    for _ in range(DEEPEST):
        ids = [row.activation_id for row in level if row.activation_id and row.activation_id not in children]
        if not ids:
            break
        rows = Activation.objects.for_rows().filter(namespace=namespace).components_of(ids)
        level = list(rows.order_by("started_at", "listed_at", "id"))
        for row in level:
            children.setdefault(row.cause, []).append(row)
    return children


def _result_lines(rows: list[Activation]) -> dict[int, str]:
    """The short results, a line each; long ones stay on their own page."""
    payloads = ActivationPayload.objects.filter(
        activation__in=[row for row in rows if row.is_final], size__lte=RESULT_BYTES
    )
    return {
        pk: one_line(json.dumps(result, ensure_ascii=False), RESULT_CHARACTERS)
        for pk, result in payloads.values_list("activation_id", "result")
    }


def _step(row: Activation, family: _Family, *, depth: int) -> Step:
    below = family.children.get(row.activation_id or "", []) if depth <= DEEPEST else []
    wait_ms = float(row.wait_ms or 0)
    began = row.started_at or row.accepted_at or row.listed_at
    return Step(
        activation=row,
        depth=depth,
        start_ms=max(0.0, _ms(began, family.origin) - (wait_ms if row.started_at else 0)),
        wait_ms=wait_ms,
        run_ms=_run_ms(row),
        result=family.results.get(row.pk, ""),
        components=[_step(child, family, depth=depth + 1) for child in below],
    )


def _run_ms(row: Activation) -> float | None:
    """How long it ran. A sequence's duration is the sum of its components' without their waits (OpenWhisk's
    SequenceActions.scala), so its bar would end before theirs: it runs from its start to its end instead."""
    if row.duration_ms is None:
        return None
    if row.kind == SEQUENCE_KIND and row.started_at and row.ended_at:
        return max(float(row.duration_ms), _ms(row.ended_at, row.started_at))
    return float(row.duration_ms)


def _flattened(step: Step) -> Iterator[Step]:
    yield step
    for component in step.components:
        yield from _flattened(component)


def _all(started: dict[str, Step]) -> Iterator[Step]:
    for step in started.values():
        yield from _flattened(step)


def _texts(payload: ActivationPayload | None) -> list[str]:
    lines = payload.logs if payload and isinstance(payload.logs, list) else []
    return [str(line) for line in lines if not _is_outcome(str(line))]


def _is_outcome(line: str) -> bool:
    try:
        OutcomeLine.from_log_line(line)
    except ShapeError:
        return False
    return True


def _ms(at: datetime, origin: datetime) -> float:
    return (at - origin).total_seconds() * 1000
