"""The whole story of one fire, as the trace page draws it: trigger, rules, actions, components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.models import Activation, ActivationPayload, Namespace, Rule, RuleOutcome, Status
from runtime_app.openwhisk import NOTHING_THERE, ShapeError
from runtime_app.openwhisk import RuleOutcome as OutcomeLine
from runtime_app.services.wiring.fire_outcomes import outcome_of
from runtime_app.services.wiring.rule_ends import End, end_of
from runtime_app.services.wiring.rule_states import RuleState, rule_states
from runtime_app.services.wiring.steps import Step, flattened, scale_of, steps_of

# Steps stand below their rules, and those below the fire.
DEPTH = 2


@dataclass(frozen=True, slots=True)
class RuleStep:
    """What one rule did, the rule as it is now (None: not known here), and what it started."""

    name: str
    action_path: str
    outcome: RuleOutcome | None
    state: RuleState | None
    step: Step | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the runtime would not start its action."""
        return self.outcome is not None and self.outcome.status == RuleOutcome.Status.REFUSED

    @property
    def end(self) -> End | None:
        """How it came out; None while the record of the fire is not there."""
        return end_of(self.outcome, self.step.activation if self.step else None) if self.outcome else None

    @property
    def why(self) -> str:
        """Why it was refused, in one sentence."""
        said = self.outcome.error if self.outcome else ""
        if said == NOTHING_THERE:
            return f"The action {self.action_path} does not exist."
        return said or "The runtime gave no reason."

    @property
    def can_be_repointed(self) -> bool:
        """Whether another action or trigger would help, and the rule is still there."""
        if self.state is None or self.state.rule.vanished_at is not None:
            return False
        return bool(self.state.trouble) or (self.outcome is not None and self.outcome.error == NOTHING_THERE)

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
        return flattened(self._started())

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
    def unheard_of(self) -> int:
        """How many of the rules' actions have no row here: nobody has heard of them since."""
        return self.passed - len(self._started())

    @property
    def overall(self) -> Status:
        """How the whole stands, as in every list of fires."""
        return outcome_of(self.fire, [rule.end for rule in self.rules if rule.end is not None])

    @property
    def refused(self) -> int:
        """How many rules the runtime would not start the action of."""
        return sum(rule.is_refused for rule in self.rules)

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
    total_ms, now_ms = scale_of(started.values(), origin)
    return Trace(
        fire=fire,
        payload=(payload.parameters if payload.parameters is not None else payload.result)
        if payload
        else None,
        rules=rules,
        texts=_texts(payload),
        total_ms=total_ms,
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
    steps = steps_of(namespace, list(rows.filter(activation_id__in=ids)), origin, depth=DEPTH)
    return {step.activation.activation_id or "": step for step in steps}


def _texts(payload: ActivationPayload | None) -> list[str]:
    lines = payload.logs if payload and isinstance(payload.logs, list) else []
    return [str(line) for line in lines if not _is_outcome(str(line))]


def _is_outcome(line: str) -> bool:
    try:
        OutcomeLine.from_log_line(line)
    except ShapeError:
        return False
    return True
