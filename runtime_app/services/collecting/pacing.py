"""When to ask again for a job: dense around the finish that its action's history predicts, rare elsewhere."""

from __future__ import annotations

from runtime_app.services.launching.durations import Expectation

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 20.0
WATCHED_SECONDS = 0.5
CROWDED_SECONDS = 0.75
LONGEST_NEAR_FINISH_SECONDS = 5.0
# Without a history the pause grows with the time waited: a job is late by an eighth of its duration at most.
SHARE_OF_WAITED = 8
# Long before the finish that the history predicts, what ends has mostly failed: it is late by a quarter.
SHARE_BEFORE_FINISH = 4
ASKS_NEAR_FINISH = 20
EARLY, LATE = 0.7, 1.5


def pause_seconds(
    waited_seconds: float, expectation: Expectation | None, *, watched: bool, crowded: bool = False
) -> float:
    """How long to wait before asking again for something that has been waited for this long.

    `watched`: somebody looks on. `crowded`: many others are asked for along with it, so nobody watches each.
    """
    if expectation is None:
        pause = _within(waited_seconds / SHARE_OF_WAITED)
    else:
        pause = _with_history(waited_seconds, expectation)
    if not watched:
        return pause
    return min(pause, CROWDED_SECONDS if crowded else WATCHED_SECONDS)


def _with_history(waited: float, expectation: Expectation) -> float:
    near = EARLY * expectation.median_ms / 1000
    overdue = LATE * expectation.p90_ms / 1000
    if waited < near:
        return _within(min(near - waited, waited / SHARE_BEFORE_FINISH))
    if waited <= overdue:
        return _within((overdue - near) / ASKS_NEAR_FINISH, LONGEST_NEAR_FINISH_SECONDS)
    return _within((waited - overdue) / SHARE_OF_WAITED)


def _within(seconds: float, longest: float = LONGEST_SECONDS) -> float:
    return max(SHORTEST_SECONDS, min(longest, seconds))
