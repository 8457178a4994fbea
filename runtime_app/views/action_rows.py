"""What the rows of the action list show, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery

from runtime_app.models import Action, Activation, Namespace, Preset
from runtime_app.models.actions import ActionQuerySet
from runtime_app.views.launch_keys import new_key

# More would weigh over 60 KB; the search box reaches the others sooner than scrolling does.
PAGE_ROWS = 20


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action, its newest activation, its presets and a key for its Launch button."""

    action: Action
    last_run: Activation | None
    presets: list[Preset]
    launch_key: UUID


def list_page(namespace: Namespace, query: str, number: str) -> tuple[Page[Action], list[ActionRow]]:
    """The page of actions whose path holds `query`, by path; a number that is none gives the nearest page."""
    actions = Action.objects.for_list(namespace)
    if query:
        actions = actions.filter(path__icontains=query)
    page = Paginator(actions, PAGE_ROWS).get_page(number)
    return page, _rows(namespace, list(page.object_list))


def rows_of(namespace: Namespace, actions: list[Action]) -> list[ActionRow]:
    """The rows of these actions."""
    return _rows(namespace, actions)


def action_row(action: Action) -> ActionRow:
    """One row, anew."""
    return _rows(action.namespace, [action])[0]


def _rows(namespace: Namespace, actions: list[Action]) -> list[ActionRow]:
    """Two queries, however many actions there are."""
    paths = [action.path for action in actions]
    last_runs = last_activations(namespace, [action.pk for action in actions])
    presets = defaultdict(list)
    for preset in Preset.objects.filter(namespace=namespace, action_path__in=paths):
        presets[preset.action_path].append(preset)
    return [
        ActionRow(action, last_runs.get(action.path), presets[action.path], new_key()) for action in actions
    ]


def last_activations(namespace: Namespace, action_pks: Iterable[int]) -> dict[str, Activation]:
    """The newest activation of each action, by path, in one query: a short walk along one index for each."""
    newest = Activation.objects.filter(namespace=namespace, action_path=OuterRef("path")).newest_first()
    actions: ActionQuerySet = Action.objects.filter(pk__in=action_pks)
    pks = actions.annotate(newest=Subquery(newest.values("pk")[:1])).values("newest")
    return {item.action_path: item for item in Activation.objects.filter(pk__in=pks)}
