"""What stands on the wiring map: triggers, URLs, rules and actions, each with a key of its own."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_app.models import Rule
from runtime_app.services.wiring.rule_ends import End, Volume
from runtime_app.services.wiring.rule_states import RuleState
from runtime_app.services.wiring.url_ends import UrlEnd


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
class UrlNode:
    """The URL of a web action whose code starts another action: the one with the key `action`.

    `action_pk` is None when that is not listed here, `end` when no call of it is known; `calls` are of a day.
    """

    key: str
    path: str
    pk: int
    action: str
    action_pk: int | None
    starts: str
    is_open: bool = False
    is_broken: bool = False
    end: UrlEnd | None = None
    calls: int = 0

    @property
    def is_failing(self) -> bool:
        """Whether what it starts is missing, or failed the last time."""
        return self.is_broken or (self.end is not None and self.end.is_failure)

    @property
    def sentence(self) -> str:
        """What it ties, how that went, and how often: one line for a tooltip."""
        ends = f"The code of {self.path} starts {self.starts}"
        if self.is_broken:
            return f"{ends}, which does not exist any more."
        how = self.end.label if self.end else "never called"
        return f"{ends} · {how} · {self.calls} in 24 h"

    @property
    def name(self) -> str:
        """What stands in the map: the web action's path."""
        return self.path

    @property
    def through(self) -> str:
        """The key of the place where its edge passes the rules."""
        return f"v{self.pk}"


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
