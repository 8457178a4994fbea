"""How the fires of rules ended: the last of each, how many in a day, and the latest of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Rule, RuleOutcome, Status
from runtime_app.services.history.activity import FAILED
from runtime_app.services.wiring.rule_states import RuleState

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class End:
    """How one fire of a rule ended. `status` is None when the rule was off and nothing was tried."""

    outcome: RuleOutcome
    status: Status | None
    activation: Activation | None = None

    @property
    def is_failure(self) -> bool:
        """Whether somebody should look into it."""
        return self.status in FAILED

    @property
    def label(self) -> str:
        """How it ended, in a word or two."""
        return self.status.label if self.status else "Was off"


@dataclass(frozen=True, slots=True)
class Volume:
    """How often a trigger reached a rule during the last day, and how often the rule started its action."""

    fires: int = 0
    starts: int = 0


def ends_of(namespace: Namespace, outcomes: Iterable[RuleOutcome]) -> list[End]:
    """Each outcome with the activation that it led to, in one query."""
    rows = list(outcomes)
    ids = [row.activation_id for row in rows if row.activation_id]
    started = Activation.objects.filter(namespace=namespace, activation_id__in=ids)
    found = {row.activation_id: row for row in started.only("activation_id", "status", "duration_ms")}
    return [end_of(row, found.get(row.activation_id)) for row in rows]


def ends_by_rule(namespace: Namespace, states: Iterable[RuleState]) -> dict[str, End]:
    """How the last fire of each rule ended, by its name; without those that no fire has reached."""
    last = ends_of(namespace, (state.last for state in states if state.last))
    return {end.outcome.rule_name: end for end in last}


def end_of(outcome: RuleOutcome, activation: Activation | None) -> End:
    """How this came out; `activation` is what it led to, None where nothing did or no row is here."""
    return End(outcome, _status(outcome, activation), activation)


def day_volumes(namespace: Namespace, rules: Iterable[Rule]) -> Mapping[str, Volume]:
    """The volumes of rules by name, in one query that reads only the fires of their triggers."""
    outcomes = RuleOutcome.objects.filter(
        fire__namespace=namespace,
        fire__action_path__in={rule.trigger_name for rule in rules},
        fire__listed_at__gte=timezone.now() - DAY,
    )
    passed = Count("pk", filter=Q(status=RuleOutcome.Status.PASSED))
    counted = outcomes.order_by().values_list("rule_name").annotate(fires=Count("pk"), starts=passed)
    return {name: Volume(fires, starts) for name, fires, starts in counted}


def latest_ends(rule: Rule, limit: int) -> list[End]:
    """What the rule did at its latest fires, the newest first, each with its fire."""
    outcomes = RuleOutcome.objects.filter(rule_name=rule.name, fire__namespace=rule.namespace)
    return ends_of(rule.namespace, outcomes.select_related("fire").order_by("-pk")[:limit])


def _status(outcome: RuleOutcome, activation: Activation | None) -> Status | None:
    if outcome.status == RuleOutcome.Status.INACTIVE:
        return None
    if outcome.status == RuleOutcome.Status.REFUSED:
        return Status.REFUSED
    # Its row is made together with the outcome; without one, nobody has heard of it since.
    return Status(activation.status) if activation else Status.NOT_REPORTED
