"""What a sync found, and what ends it early."""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime_app.models import Action, Package, Rule, Trigger
from runtime_app.openwhisk import Throttled, Unauthorized, Unreachable

Seen = Action | Trigger | Rule | Package

# After one of these the next entity would fare no better: the sync stops and goes on where it was next time.
STOPS_THE_SYNC = (Unreachable, Unauthorized, Throttled)


@dataclass(slots=True)
class SyncReport:
    """What a sync found: paths of actions, and kind and name of the others (`trigger upload`).

    `failed` holds a sentence for each that could not be read.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def has_news(self) -> bool:
        """Whether anything is another than before."""
        return bool(self.created or self.changed or self.returned or self.vanished)

    def note(self, what: str, seen: Seen | None) -> None:
        """Count something that was stored; `seen` is how it was before, None when it is new."""
        if seen is None:
            self.created.append(what)
        elif seen.vanished_at is not None:
            self.returned.append(what)
        else:
            self.changed.append(what)

    def __str__(self) -> str:
        counts = [
            f"{len(paths)} {word}"
            for word, paths in (
                ("new", self.created),
                ("changed", self.changed),
                ("back again", self.returned),
                ("gone", self.vanished),
                ("unreadable", self.failed),
            )
            if paths
        ]
        return ", ".join(counts) or "nothing has changed"
