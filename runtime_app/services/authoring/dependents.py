"""What stops working, or works differently, when an action is deleted."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_app.models import Action, ActionCode, Preset, Schedule
from runtime_app.openwhisk import ActionPath, InvalidName, NotFound, OpenWhiskError
from runtime_app.services.connecting.connections import calling
from runtime_app.services.web_actions.starters import starters_of

ASK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependents:
    """Names of what points at an action. `unknown` says why the rules could not be read, else empty."""

    presets: list[str]
    schedules: list[str]
    urls: list[str]
    sequences: list[str]
    rules: list[str]
    unknown: str = ""

    def __bool__(self) -> bool:
        return bool(self.presets or self.schedules or self.urls or self.sequences or self.rules)


def dependents_of(action: Action) -> Dependents:
    """Presets, schedules, sequences as known here, rules as the runtime lists them now, within ASK_SECONDS.

    A runtime that does not know rules has none.
    """
    presets = Preset.objects.filter(namespace=action.namespace, action_path=action.path)
    schedules = Schedule.objects.filter(namespace=action.namespace, action_path=action.path)
    try:
        rules, unknown = _rules(action), ""
    except NotFound:
        rules, unknown = [], ""
    except OpenWhiskError as error:
        rules, unknown = [], error.message
    urls = [starter.path for starter in starters_of(action)]
    return Dependents(
        presets=list(presets.values_list("name", flat=True)),
        schedules=list(schedules.order_by("name").values_list("name", flat=True)),
        urls=urls,
        sequences=_sequences(action),
        rules=rules,
        unknown=unknown,
    )


def components_of(text: str, namespace_name: str) -> list[str]:
    """The paths, as cached actions have them, of a sequence's components in its own namespace."""
    return [path for path in (_own_path(line, namespace_name) for line in text.splitlines()) if path]


def _sequences(action: Action) -> list[str]:
    codes = ActionCode.objects.filter(
        action__namespace=action.namespace, action__kind="sequence", action__vanished_at=None
    )
    return sorted(
        path
        for path, text in codes.values_list("action__path", "text")
        if action.path in components_of(text, action.namespace.name)
    )


def _own_path(qualified: str, namespace_name: str) -> str | None:
    try:
        path = ActionPath.parse_qualified(qualified)
    except InvalidName:
        return None
    return path.relative if path.namespace in (None, namespace_name) else None


def _rules(action: Action) -> list[str]:
    with calling(action.namespace, read_timeout=ASK_SECONDS) as client:
        return [
            f"{rule.name} (trigger {rule.trigger.relative})"
            for rule in client.iter_rules()
            if rule.action.relative == action.path and rule.action.namespace in (None, action.namespace.name)
        ]
