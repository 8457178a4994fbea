"""What the wiring map shows: triggers, rules and actions, what ties them, and how it went last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from runtime_app.models import Action, Namespace, Rule, Trigger
from runtime_app.services.wiring.rule_ends import End, Volume, day_volumes, ends_of
from runtime_app.services.wiring.rule_states import RuleState, rule_states

Only = Literal["", "failing", "off"]


@dataclass(frozen=True, slots=True)
class TriggerNode:
    """A trigger; `pk` is None for one that a rule names and that does not exist any more."""

    key: str
    name: str
    pk: int | None
    feed: str = ""

    @property
    def is_missing(self) -> bool:
        return self.pk is None


@dataclass(frozen=True, slots=True)
class Component:
    """One step of a sequence; `pk` is None when its action is not listed here."""

    path: str
    pk: int | None


@dataclass(frozen=True, slots=True)
class ActionNode:
    """An action; `pk` is None when it is not listed here: gone, of another namespace or a bound package."""

    key: str
    path: str
    pk: int | None
    is_missing: bool = False
    is_sequence: bool = False
    is_web: bool = False
    components: tuple[Component, ...] = ()

    @property
    def package(self) -> str:
        """Everything before the name; empty for the default package."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class RuleNode:
    """A rule between the keys of its trigger and its action. `end` is None: never fired, as far as known."""

    key: str
    state: RuleState
    trigger: str
    action: str
    end: End | None
    volume: Volume

    @property
    def rule(self) -> Rule:
        return self.state.rule

    @property
    def is_broken(self) -> bool:
        """Whether its trigger or its action does not exist any more."""
        return bool(self.state.trouble)

    @property
    def is_off(self) -> bool:
        return not self.rule.is_active

    @property
    def is_failing(self) -> bool:
        """Whether it is broken or failed the last time."""
        return self.is_broken or (self.end is not None and self.end.is_failure)

    @property
    def sentence(self) -> str:
        """What it ties, how that went, and how often: one line for a tooltip."""
        ends = f"{self.rule.trigger_name} → {self.rule.action_label}"
        if self.is_broken:
            return f"{ends} · {self.state.trouble}"
        how = self.end.label if self.end else "never fired"
        return f"{ends} · {how} · {self.volume.fires} in 24 h"


@dataclass(frozen=True, slots=True)
class WiringMap:
    """All of a namespace, or what a filter left of it. Each list by name."""

    triggers: list[TriggerNode]
    rules: list[RuleNode]
    actions: list[ActionNode]

    def __bool__(self) -> bool:
        """Whether there is anything to wire: actions alone are not."""
        return bool(self.triggers or self.rules)

    @property
    def failing(self) -> int:
        return sum(rule.is_failing for rule in self.rules)

    @property
    def off(self) -> int:
        return sum(rule.is_off for rule in self.rules)

    @property
    def wired(self) -> set[str]:
        """The keys of triggers and actions that a rule ties."""
        return {key for rule in self.rules for key in (rule.trigger, rule.action)}

    @property
    def loose_triggers(self) -> list[TriggerNode]:
        """Triggers that start nothing."""
        wired = self.wired
        return [trigger for trigger in self.triggers if trigger.key not in wired]

    @property
    def loose_actions(self) -> list[ActionNode]:
        """Actions that no trigger starts; those that are steps of a sequence are shown there."""
        shown = self.wired | {f"a{step.pk}" for action in self.actions for step in action.components}
        return [action for action in self.actions if action.key not in shown]

    def narrowed(self, text: str = "", only: Only = "") -> WiringMap:
        """Rules of this kind with this text in their own name or at either end, with both ends; without
        `only` also what bears the text and is not wired.
        """
        names = self._names()
        has_text = _matcher(text)
        matching = {key for key, own in names.items() if any(map(has_text, own))}
        rules = [rule for rule in self.rules if _is_kind(rule, only)]
        rules = [rule for rule in rules if matching & {rule.key, rule.trigger, rule.action}]
        kept = {key for rule in rules for key in (rule.trigger, rule.action)}
        if not only:
            kept |= matching
        return replace(
            self,
            triggers=[trigger for trigger in self.triggers if trigger.key in kept],
            rules=rules,
            actions=[action for action in self.actions if action.key in kept],
        )

    def _names(self) -> dict[str, list[str]]:
        return {
            **{trigger.key: [trigger.name] for trigger in self.triggers},
            **{rule.key: [rule.rule.name] for rule in self.rules},
            **{action.key: [action.path, *(s.path for s in action.components)] for action in self.actions},
        }


def wiring_map(namespace: Namespace) -> WiringMap:
    """The whole map, in a number of queries that does not depend on its size."""
    states = rule_states(namespace, Rule.objects.present().for_list(namespace))
    triggers = _triggers(namespace, states)
    actions = _actions(namespace, states, triggers)
    return WiringMap(
        sorted(triggers.values(), key=lambda node: node.name),
        _rules(namespace, states, triggers, actions),
        sorted(actions.values(), key=lambda node: node.path),
    )


def _triggers(namespace: Namespace, states: list[RuleState]) -> dict[str, TriggerNode]:
    """By name; those that only a rule still names are there too."""
    rows = Trigger.objects.present().for_list(namespace).only("name", "feed")
    found = {row.name: TriggerNode(f"t{row.pk}", row.name, row.pk, row.feed) for row in rows}
    for state in states:
        name = state.rule.trigger_name
        found.setdefault(name, TriggerNode(f"t-{state.rule.pk}", name, None))
    return found


def _actions(
    namespace: Namespace, states: list[RuleState], triggers: Mapping[str, TriggerNode]
) -> dict[str, ActionNode]:
    """By path, with the namespace when that is another one; what only a rule still names is there too."""
    rows = list(
        Action.objects.present().for_list(namespace).only("path", "kind", "annotations", "components")
    )
    pks = {row.path: row.pk for row in rows}
    found = {row.path: _action(row, pks, namespace.name) for row in rows}
    for state in states:
        path = state.rule.action_label
        if path not in found:
            # Actions of other namespaces and of bound packages are never listed here, so they are not missed.
            is_blamed = bool(state.trouble) and not triggers[state.rule.trigger_name].is_missing
            is_missing = state.action is not None or is_blamed
            found[path] = ActionNode(f"a-{state.rule.pk}", path, None, is_missing)
    return found


def _action(row: Action, pks: Mapping[str, int], namespace_name: str) -> ActionNode:
    paths = [_own_path(path, namespace_name) for path in row.components]
    return ActionNode(
        key=f"a{row.pk}",
        path=row.path,
        pk=row.pk,
        is_sequence=row.is_sequence,
        is_web=row.is_web,
        components=tuple(Component(path, pks.get(path)) for path in paths),
    )


def _own_path(qualified: str, namespace_name: str) -> str:
    """A component's path as cached actions have it; whole when it is in another namespace."""
    return qualified.removeprefix(f"/{namespace_name}/").removeprefix("/_/")


def _rules(
    namespace: Namespace,
    states: list[RuleState],
    triggers: Mapping[str, TriggerNode],
    actions: Mapping[str, ActionNode],
) -> list[RuleNode]:
    ends = ends_of(namespace, (state.last for state in states if state.last))
    last = {end.outcome.rule_name: end for end in ends}
    volumes = day_volumes(namespace, (state.rule for state in states))
    return [
        RuleNode(
            key=f"r{state.rule.pk}",
            state=state,
            trigger=triggers[state.rule.trigger_name].key,
            action=actions[state.rule.action_label].key,
            end=last.get(state.rule.name),
            volume=volumes.get(state.rule.name, Volume()),
        )
        for state in states
    ]


def _matcher(text: str) -> Callable[[str], bool]:
    wanted = text.casefold()
    return lambda name: wanted in name.casefold()


def _is_kind(rule: RuleNode, only: Only) -> bool:
    return {"failing": rule.is_failing, "off": rule.is_off}.get(only, True)
