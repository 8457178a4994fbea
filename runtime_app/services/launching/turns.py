"""Whose launch leaves next: fair between people, and between them and bulk launches."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """How many launches may leave now, and how many of them may be of bulk launches and schedules."""

    all: int
    bulk: int


@dataclass(frozen=True, slots=True)
class Lane:
    """What waits for one person, one bulk launch or one person's schedules, in order."""

    name: str
    is_bulk: bool
    waiting: Sequence[int]


def take_turns(lanes: Iterable[Lane], room: Room, served: Mapping[str, float]) -> list[tuple[str, int]]:
    """Pick (lane, item) pairs while there is room, one from each lane in turn.

    `served`: when each lane had its last turn, on any scale that grows; who has waited longest comes
    first, so that rounds with little room are fair too. A lane that was never served comes before all others.
    """
    ordered = sorted(lanes, key=lambda lane: (served.get(lane.name, float("-inf")), lane.name))
    queue = deque((lane, iter(lane.waiting)) for lane in ordered)
    picked: list[tuple[str, int]] = []
    bulk = room.bulk
    while queue and len(picked) < room.all:
        lane, waiting = queue.popleft()
        item = next(waiting, None) if bulk > 0 or not lane.is_bulk else None
        if item is None:
            continue
        bulk -= lane.is_bulk
        picked.append((lane.name, item))
        queue.append((lane, waiting))
    return picked
