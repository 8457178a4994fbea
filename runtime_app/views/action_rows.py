"""What the rows of the action list show."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import OuterRef, Subquery

from runtime_app.models import Action, Activation, Namespace, Preset
from runtime_app.models.actions import ActionQuerySet
from runtime_app.views.launch_keys import new_key

# Longer than anybody reads: the search box narrows it.
MOST_ROWS = 300


def action_rows(namespace: Namespace, query: str = "") -> list[dict[str, Any]]:
    """A row for each action whose path holds `query`, at most MOST_ROWS and one that says there are more.

    Three queries, however many actions there are.
    """
    actions = Action.objects.for_list(namespace)
    if query:
        actions = actions.filter(path__icontains=query)
    return _rows(namespace, actions, Preset.objects.filter(namespace=namespace))


def action_row(namespace: Namespace, pk: int) -> dict[str, Any]:
    """One row, anew."""
    actions = Action.objects.for_list(namespace).filter(pk=pk)
    presets = Preset.objects.filter(namespace=namespace, action_path__in=actions.values("path"))
    return _rows(namespace, actions, presets)[0]


def _rows(namespace: Namespace, actions: ActionQuerySet, presets: Any) -> list[dict[str, Any]]:
    last_runs = last_activations(namespace, actions)
    by_path = defaultdict(list)
    for preset in presets:
        by_path[preset.action_path].append(preset)
    return [
        {
            "action": action,
            "last_run": last_runs.get(action.path),
            "presets": by_path[action.path],
            "launch_key": new_key(),
        }
        for action in actions[: MOST_ROWS + 1]
    ]


def last_activations(namespace: Namespace, actions: ActionQuerySet) -> dict[str, Activation]:
    """The newest activation of each action, by path, in one query: a short walk along one index for each."""
    newest = Activation.objects.filter(namespace=namespace, action_path=OuterRef("path")).newest_first()
    pks = actions.order_by().annotate(newest=Subquery(newest.values("pk")[:1])).values("newest")
    return {item.action_path: item for item in Activation.objects.filter(pk__in=pks)}
