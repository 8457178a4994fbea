"""What happened in a namespace during the last day, hour by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Func
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.models.statuses import REPORTED

HOURS = 24
HOUR = timedelta(hours=1)
FAILED = (REPORTED - {Status.SUCCESS}) | {Status.NOT_REPORTED, Status.UNKNOWN, Status.REFUSED}


class HourOf(Func):
    """A moment as `2026-01-31 14`, in UTC. Done by the database itself: no call into Python for each row."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 13)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
        return self.as_sql(compiler, connection, template=template, **context)


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
    # Naming every status makes the database walk `history_by_status`, which holds all that is asked for.
    rows = Activation.objects.filter(namespace=namespace, status__in=list(Status), listed_at__gte=first)
    counted = rows.order_by().values_list(HourOf("listed_at"), "status").annotate(Count("pk"))
    found: dict[str, dict[str, int]] = {}
    for hour, status, count in counted:
        found.setdefault(hour, {})[status] = count
    starts = [first + number * HOUR for number in range(HOURS)]
    return Activity([Hour(start, _in_order(found.get(f"{start:%Y-%m-%d %H}", {}))) for start in starts])


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Successes at the bottom of a bar, then what failed, then what has no outcome."""
    order = sorted(Status, key=lambda status: (status != Status.SUCCESS, status not in FAILED))
    return {status.value: counts[status.value] for status in order if status.value in counts}
