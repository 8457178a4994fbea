"""What the wiring map shows: triggers, URLs, rules and actions, what ties them, and how it went last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from runtime_app.models import Action, Namespace, Rule, Trigger
from runtime_app.services.wiring.map_nodes import ActionNode, Component, RuleNode, TriggerNode, UrlNode
from runtime_app.services.wiring.rule_ends import Volume, day_volumes, ends_by_rule
from runtime_app.services.wiring.rule_states import RuleState, rule_states
from runtime_app.services.wiring.url_ends import day_calls, last_url_ends

Only = Literal["", "failing", "off"]


@dataclass(frozen=True, slots=True)
class WiringMap:
    """All of a namespace, or what a filter left of it. Each list by name."""

    triggers: list[TriggerNode]
    rules: list[RuleNode]
    actions: list[ActionNode]
    urls: list[UrlNode]

    def __bool__(self) -> bool:
        """Whether there is anything to wire: actions alone are not."""
        return bool(self.triggers or self.rules or self.urls)

    @property
    def failing(self) -> int:
        return sum(rule.is_failing for rule in self.rules) + sum(url.is_failing for url in self.urls)

    @property
    def off(self) -> int:
        return sum(rule.is_off for rule in self.rules)

    @property
    def wired(self) -> set[str]:
        """The keys of triggers and actions that a rule ties, and of actions that a URL starts."""
        tied = {key for rule in self.rules for key in (rule.trigger, rule.action)}
        return tied | {url.action for url in self.urls}

    @property
    def loose_triggers(self) -> list[TriggerNode]:
        """Triggers that start nothing."""
        wired = self.wired
        return [trigger for trigger in self.triggers if trigger.key not in wired]

    @property
    def loose_actions(self) -> list[ActionNode]:
        """Actions that nothing starts; steps of a sequence and actions behind a URL are shown there."""
        shown = self.wired | {f"a{step.pk}" for action in self.actions for step in action.components}
        shown |= {f"a{url.pk}" for url in self.urls}
        return [action for action in self.actions if action.key not in shown]

    def narrowed(self, text: str = "", only: Only = "") -> WiringMap:
        """Rules and URLs of this kind with this text in their own name or at either end, with both ends;
        without `only` also what bears the text and is not wired.
        """
        names = self._names()
        has_text = _matcher(text)
        matching = {key for key, own in names.items() if any(map(has_text, own))}
        rules = [rule for rule in self.rules if _is_kind(rule, only)]
        rules = [rule for rule in rules if matching & {rule.key, rule.trigger, rule.action}]
        urls = [url for url in self.urls if not only or (only == "failing" and url.is_failing)]
        urls = [url for url in urls if matching & {url.key, url.action}]
        kept = {key for rule in rules for key in (rule.trigger, rule.action)} | {url.action for url in urls}
        if not only:
            kept |= matching
        return replace(
            self,
            triggers=[trigger for trigger in self.triggers if trigger.key in kept],
            rules=rules,
            actions=[action for action in self.actions if action.key in kept],
            urls=urls,
        )

    def _names(self) -> dict[str, list[str]]:
        return {
            **{trigger.key: [trigger.name] for trigger in self.triggers},
            **{url.key: [url.path] for url in self.urls},
            **{rule.key: [rule.rule.name] for rule in self.rules},
            **{action.key: [action.path, *(s.path for s in action.components)] for action in self.actions},
        }


def wiring_map(namespace: Namespace) -> WiringMap:
    """The whole map, in a number of queries that does not depend on its size."""
    states = rule_states(namespace, Rule.objects.present().for_list(namespace))
    triggers = _triggers(namespace, states)
    rows = _action_rows(namespace)
    actions = _actions(namespace, rows, states, triggers)
    urls = _urls(namespace, rows, actions)
    return WiringMap(
        sorted(triggers.values(), key=lambda node: node.name),
        _rules(namespace, states, triggers, actions),
        sorted(actions.values(), key=lambda node: node.path),
        urls,
    )


def _triggers(namespace: Namespace, states: list[RuleState]) -> dict[str, TriggerNode]:
    """By name; those that only a rule still names are there too."""
    rows = Trigger.objects.present().for_list(namespace).only("name", "feed")
    found = {row.name: TriggerNode(f"t{row.pk}", row.name, row.pk, row.feed) for row in rows}
    for state in states:
        name = state.rule.trigger_name
        found.setdefault(name, TriggerNode(f"t-{state.rule.pk}", name, None))
    return found


def _action_rows(namespace: Namespace) -> list[Action]:
    rows = Action.objects.present().for_list(namespace)
    return list(rows.only("path", "kind", "annotations", "components", "starts"))


def _actions(
    namespace: Namespace,
    rows: list[Action],
    states: list[RuleState],
    triggers: Mapping[str, TriggerNode],
) -> dict[str, ActionNode]:
    """By path, with the namespace when that is another one; what only a rule still names is there too."""
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


def _urls(namespace: Namespace, rows: list[Action], actions: dict[str, ActionNode]) -> list[UrlNode]:
    """Of the web actions that start another action, which joins `actions` if it is not listed here."""
    starters = [row for row in rows if row.is_web and row.starts and row.starts != row.path]
    ends = last_url_ends(namespace, starters)
    calls = day_calls(namespace, (row.path for row in starters)) if starters else {}
    found = []
    for row in starters:
        is_missing = row.starts not in actions and not row.starts.startswith("/")
        node = actions.setdefault(
            row.starts, ActionNode(f"a-u{row.pk}", row.starts, None, is_missing=is_missing)
        )
        found.append(
            UrlNode(
                key=f"u{row.pk}",
                path=row.path,
                pk=row.pk,
                action=node.key,
                action_pk=node.pk,
                starts=row.starts,
                is_open=not row.web_secret_required,
                is_broken=node.is_missing,
                end=ends.get(row.path),
                calls=calls.get(row.path, 0),
            )
        )
    return found


def _own_path(qualified: str, namespace_name: str) -> str:
    """A component's path as cached actions have it; whole when it is in another namespace."""
    return qualified.removeprefix(f"/{namespace_name}/").removeprefix("/_/")


def _rules(
    namespace: Namespace,
    states: list[RuleState],
    triggers: Mapping[str, TriggerNode],
    actions: Mapping[str, ActionNode],
) -> list[RuleNode]:
    last = ends_by_rule(namespace, states)
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
