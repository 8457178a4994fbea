"""What happened in a namespace during the last day, hour by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.models.statuses import REPORTED

HOURS = 24
HOUR = timedelta(hours=1)
FAILED = (REPORTED - {Status.SUCCESS}) | {Status.NOT_REPORTED, Status.UNKNOWN, Status.REFUSED}


@dataclass(frozen=True, slots=True)
class Hour:
    """How many activations began in the hour from `start`, by status."""

    start: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Activity:
    """The hours in order, the last one still under way."""

    hours: Sequence[Hour]

    @property
    def totals(self) -> Counter[str]:
        return sum((Counter(hour.counts) for hour in self.hours), Counter())

    @property
    def total(self) -> int:
        return sum(self.totals.values())

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.totals.items() if status in FAILED)

    @property
    def succeeded(self) -> int:
        return self.totals[Status.SUCCESS.value]

    @property
    def success_percent(self) -> int | None:
        """Successes among what has an outcome, rounded down, so that 100 means all; None without any."""
        ended = self.succeeded + self.failed
        return self.succeeded * 100 // ended if ended else None


def last_day(namespace: Namespace) -> Activity:
    """The last 24 clock hours, in one query that reads an index only."""
    first = timezone.now().replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR
    starts = [first + number * HOUR for number in range(HOURS)]
    found: list[dict[str, int]] = [{} for _ in starts]
    for number, status, count in _counted(namespace, starts):
        found[number][status] = count
    return Activity([Hour(start, _in_order(counts)) for start, counts in zip(starts, found, strict=True)])


def _counted(namespace: Namespace, starts: Sequence[datetime]) -> list[tuple[int, str, int]]:
    """How many began in each hour with each status; nothing for none.

    Raw SQL: each number is counted along a stretch of the index `history_by_status`. Grouping, which is all
    that Django can write, works out the hour of every row and sorts them, and takes three times as long.
    """
    table = connection.ops.quote_name(Activation._meta.db_table)
    moment = "%s::timestamptz" if connection.vendor == "postgresql" else "%s"
    hours, statuses = [f"(%s, {moment}, {moment})"] * len(starts), ["(%s)"] * len(Status)
    query = f"""
        WITH hours(number, start, stop) AS (VALUES {", ".join(hours)}),
             statuses(status) AS (VALUES {", ".join(statuses)})
        SELECT number, status, counted FROM (
            SELECT hours.number, statuses.status, (
                SELECT count(*) FROM {table} AS rows
                WHERE rows.namespace_id = %s AND rows.status = statuses.status
                  AND rows.listed_at >= hours.start AND rows.listed_at < hours.stop
            ) AS counted FROM hours, statuses
        ) AS counts WHERE counted > 0
    """  # noqa: S608  (the only name in it is the table's)
    stored = connection.ops.adapt_datetimefield_value
    values = [(number, stored(start), stored(start + HOUR)) for number, start in enumerate(starts)]
    parameters = [part for hour in values for part in hour] + [status.value for status in Status]
    with connection.cursor() as cursor:
        cursor.execute(query, [*parameters, namespace.pk])
        rows: list[tuple[int, str, int]] = cursor.fetchall()
    return rows


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Successes at the bottom of a bar, then what failed, then what has no outcome."""
    order = sorted(Status, key=lambda status: (status != Status.SUCCESS, status not in FAILED))
    return {status.value: counts[status.value] for status in order if status.value in counts}
