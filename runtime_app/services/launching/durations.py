"""How long runs of an action usually take, from its own history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status

RUNS = 20
# A record comes a few seconds after the end; a short job is not slow for that.
RECORD_COMES_WITHIN = timedelta(seconds=5)
# An action that fails again and again must not make the look-up walk its whole history.
RECENT = 100
# SQLite allows 500 members in a compound SELECT.
MAX_PATHS = 200


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the last successful runs took from acceptance to end, in milliseconds."""

    median_ms: int
    p90_ms: int
    runs: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the history of its action says of one activation; all None when it says nothing.

    `expected_at` is when half of the runs would have ended, `slow_at` when nine of ten would have, and their
    records would be here.
    """

    expectation: Expectation | None = None
    expected_at: datetime | None = None
    slow_at: datetime | None = None

    @property
    def is_slow(self) -> bool:
        """Whether it takes longer by now than nine of ten runs did."""
        return self.slow_at is not None and timezone.now() >= self.slow_at


def expectations(namespace: Namespace, paths: Iterable[str]) -> dict[str, Expectation]:
    """What is known of these actions, by path, in one query. An action without a success is left out."""
    wanted = sorted(set(paths))[:MAX_PATHS]
    totals: defaultdict[str, list[int]] = defaultdict(list)
    for path, total_ms in _recent_totals(namespace.pk, wanted) if wanted else ():
        totals[path].append(total_ms)
    return {path: _expectation(sorted(values)) for path, values in totals.items()}


def forecasts(namespace: Namespace, activations: Sequence[Activation]) -> dict[int, Forecast]:
    """What may be expected of those that are under way, by primary key, in at most one query."""
    running = [row for row in activations if row.is_running]
    known = expectations(namespace, [row.action_path for row in running])
    return {row.pk: _forecast(row, known.get(row.action_path)) for row in running}


def _forecast(activation: Activation, expectation: Expectation | None) -> Forecast:
    if expectation is None:
        return Forecast()
    started = activation.elapsed_from
    return Forecast(
        expectation,
        started + timedelta(milliseconds=expectation.median_ms),
        started + timedelta(milliseconds=expectation.p90_ms) + RECORD_COMES_WITHIN,
    )


def _expectation(totals: Sequence[int]) -> Expectation:
    """From totals in ascending order, by the nearest-rank method."""
    count = len(totals)
    return Expectation(totals[(count - 1) // 2], totals[-(-count * 9 // 10) - 1], count)


def _recent_totals(namespace_pk: int, paths: Sequence[str]) -> list[tuple[str, int]]:
    """Path and total of the newest successes among the newest runs of each action.

    Raw SQL, because Django cannot write a union of limited selects for SQLite; each of them is a short walk
    along the index `history_by_action`.
    """
    table = connection.ops.quote_name(Activation._meta.db_table)
    one = (
        "SELECT * FROM (SELECT action_path, COALESCE(wait_ms, 0) + duration_ms FROM ("  # noqa: S608
        "SELECT action_path, status, wait_ms, duration_ms, listed_at, id "
        f"FROM {table} WHERE namespace_id = %s AND action_path = %s "
        f"ORDER BY listed_at DESC, id DESC LIMIT {RECENT}) AS recent "
        "WHERE status = %s AND duration_ms IS NOT NULL "
        f"ORDER BY listed_at DESC, id DESC LIMIT {RUNS}) AS newest"
    )
    values = [value for path in paths for value in (namespace_pk, path, Status.SUCCESS.value)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(paths)), values)
        return [(path, int(total)) for path, total in cursor.fetchall()]
