"""The rows of the trigger list."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import OuterRef, Subquery

from runtime_app.models import TRIGGER_KIND, Activation, Namespace, Rule, Trigger
from runtime_app.services.wiring.fire_outcomes import outcomes_of
from runtime_app.services.wiring.rule_states import RuleState, rule_states
from runtime_app.views.launch_keys import new_key
from runtime_app.views.trigger_page import schedule_context

# A longer list is narrowed by searching.
MOST_ROWS = 100


def trigger_rows(namespace: Namespace, query: str) -> list[dict[str, Any]]:
    """Triggers with their rules, last fire and alarm, one more than MOST_ROWS at most.

    It takes the same number of queries however many there are.
    """
    triggers = Trigger.objects.for_list(namespace)
    if query:
        triggers = triggers.filter(name__icontains=query)
    rows = list(triggers.annotate(last_fire_pk=Subquery(_last_fire().values("pk")[:1]))[: MOST_ROWS + 1])
    fires = Activation.objects.for_rows().in_bulk([row.last_fire_pk for row in rows if row.last_fire_pk])
    outcomes = outcomes_of(namespace, fires.values())
    rules: dict[str, list[RuleState]] = defaultdict(list)
    of_these = Rule.objects.present().for_list(namespace).filter(trigger_name__in=[row.name for row in rows])
    for state in rule_states(namespace, of_these, with_last=False):
        rules[state.rule.trigger_name].append(state)
    return [
        {
            "trigger": row,
            "rules": rules[row.name],
            "listening": sum(state.is_listening for state in rules[row.name]),
            "last_fire": fires.get(row.last_fire_pk),
            "last_outcome": outcomes.get(row.last_fire_pk),
            **_alarm(row),
            "launch_key": new_key(),
        }
        for row in rows
    ]


def _alarm(trigger: Trigger) -> dict[str, Any]:
    shown = schedule_context(trigger)
    return {"schedule": shown["schedule"], "next_time": next(iter(shown["next_times"]), None)}


def _last_fire() -> Any:
    fires = Activation.objects.filter(namespace=OuterRef("namespace"), action_path=OuterRef("name"))
    return fires.filter(kind=TRIGGER_KIND).newest_first()
