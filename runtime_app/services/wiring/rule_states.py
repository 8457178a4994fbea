"""Rules with what lies at their ends: the trigger, the action, what is missing, and what they did last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from runtime_app.models import Action, Namespace, Package, Rule, RuleOutcome, Trigger


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule as pages show it. `trigger` and `action` are None when they are not known here."""

    rule: Rule
    trigger: Trigger | None
    action: Action | None
    trouble: str = ""
    last: RuleOutcome | None = None

    @property
    def is_listening(self) -> bool:
        """Whether a fire would start its action, as far as known."""
        return self.rule.is_active and not self.trouble and self.rule.vanished_at is None


def rule_states(namespace: Namespace, rules: QuerySet[Rule], *, with_last: bool = True) -> list[RuleState]:
    """The rules with both ends and their last outcome, in six queries however many they are.

    Without `with_last` their last outcomes are not asked for, which saves two.
    """
    rows = list(rules)
    triggers = {row.name: row for row in Trigger.objects.for_list(namespace)}
    paths = {row.action_path for row in rows}
    actions = {row.path: row for row in Action.objects.for_list(namespace).filter(path__in=paths)}
    bindings = set(_bindings(namespace))
    last = _last_outcomes(namespace, rows) if with_last else {}
    return [
        RuleState(
            rule=row,
            trigger=triggers.get(row.trigger_name),
            action=None if row.action_namespace else actions.get(row.action_path),
            trouble=_trouble(row, triggers, actions, bindings),
            last=last.get(row.name),
        )
        for row in rows
    ]


def _trouble(rule: Rule, triggers: dict[str, Trigger], actions: dict[str, Action], bindings: set[str]) -> str:
    """What is missing at one of its ends, in one sentence; empty when nothing is."""
    trigger, action = triggers.get(rule.trigger_name), actions.get(rule.action_path)
    if trigger is None or trigger.vanished_at is not None:
        return f"Its trigger {rule.trigger_name} does not exist any more."
    # Actions of other namespaces and of bound packages are not listed here.
    if rule.action_namespace or rule.action_path.partition("/")[0] in bindings:
        return ""
    if action is None or action.vanished_at is not None:
        return f"Its action {rule.action_path} does not exist any more."
    return ""


def _bindings(namespace: Namespace) -> Iterable[str]:
    packages = Package.objects.present().filter(namespace=namespace).exclude(binding="")
    return packages.values_list("name", flat=True)


def _last_outcomes(namespace: Namespace, rules: list[Rule]) -> dict[str, RuleOutcome]:
    """The newest outcome of each rule, found along the index `latest_outcomes`."""
    newest = RuleOutcome.objects.filter(rule_name=OuterRef("name"), fire__namespace=namespace).order_by("-id")
    pks = Rule.objects.filter(pk__in=[rule.pk for rule in rules]).annotate(
        last=Subquery(newest.values("pk")[:1])
    )
    outcomes = RuleOutcome.objects.filter(pk__in=[pk for pk in pks.values_list("last", flat=True) if pk])
    return {outcome.rule_name: outcome for outcome in outcomes.select_related("fire")}
