"""How well a namespace's results come in: what waits, how late results are, what the runtime is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone
from redis import RedisError

from runtime_app.models import Activation, Namespace, Origin, Status
from runtime_app.models.statuses import REPORTED, UNFINISHED
from runtime_app.services.backing.moments import clock
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.collecting.jobs import left_alone
from runtime_app.services.collecting.list_lag import list_lag
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.launching.throttling import rests_until

LAG_WITHIN = timedelta(hours=1)
# The newest changes of that hour; one walk along the index `activation_changes`, however many there were.
LAG_ROWS = 1_000
LAG_RESULTS = 200
# So far behind its plan, collecting is late.
LATE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Lag:
    """How long after their end results were here, in milliseconds, by the nearest-rank method."""

    p50_ms: float
    p95_ms: float
    results: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not ended: how many by status; the oldest pending one, and when one was to be asked for.

    `unusable`: of how many the runtime's answers cannot be used.
    """

    counts: dict[str, int] = field(default_factory=dict)
    oldest_at: datetime | None = None
    next_poll_at: datetime | None = None
    unusable: int = 0

    @property
    def pending(self) -> int:
        """Accepted upstream, without a record yet."""
        return self.counts.get(Status.PENDING, 0)


@dataclass(frozen=True, slots=True)
class Requests:
    """What the workers ask the runtime. The figures from Redis are None when it is away."""

    allowed_per_minute: float
    burst: float
    per_minute: float | None = None
    balance: float | None = None
    in_all: int | None = None


@dataclass(frozen=True, slots=True)
class CollectionHealth:
    """One namespace, looked at now."""

    namespace: Namespace
    waiting: Waiting
    lag: Lag | None
    requests: Requests
    seen_at: datetime
    list_lag_seconds: float = 0.0
    left_alone: timedelta = timedelta()
    throttled_until: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether results should have been asked for long ago, though nothing forbids it."""
        due = self.waiting.next_poll_at or self.seen_at
        return max(self.seen_at - due, self.left_alone) > LATE_AFTER and not self.namespace.is_resting

    @property
    def problems(self) -> list[str]:
        """What is wrong and what it means, in one or two sentences each; none when all is well."""
        namespace = self.namespace
        if namespace.key_refused:
            return [self._refused]
        found = [self._trouble] if namespace.last_error else []
        if self.throttled_until is not None:
            found.append(
                f"{namespace} takes no more launches at the moment (429, too many requests). What waits here "
                f"leaves by itself; the next try is at {clock(self.throttled_until)}."
            )
        if not found and self.waiting.unusable:
            found.append(self._unusable)
        if not found and self.is_late:
            found.append(f"Results of {namespace} come late: more is due than can be asked for.")
        if not found and namespace.gap:
            found.append(self._missing)
        return found

    @property
    def _refused(self) -> str:
        waits = "an administrator has it tried again" if self.namespace.is_embedded else "there is a new one"
        return (
            f"The runtime refuses the key of {self.namespace}. Nothing is launched or collected there until "
            f"{waits}; then all that is pending goes on by itself."
        )

    @property
    def _trouble(self) -> str:
        namespace = self.namespace
        said = f"{namespace}: {namespace.last_error} Jobs go on; their results are collected"
        if namespace.throttled and namespace.is_resting and namespace.retry_at is not None:
            return f"{said} from {clock(namespace.retry_at)} on."
        return f"{said} when it answers again."

    @property
    def _unusable(self) -> str:
        count = self.waiting.unusable
        what = "one pending job" if count == 1 else f"{count} pending jobs"
        return (
            f"{self.namespace}: what the runtime answers about {what} cannot be used. "
            "Overtime goes on asking; the page of a job says what is wrong."
        )

    @property
    def _missing(self) -> str:
        gap = self.namespace.gap
        records = "1 record of the last day is" if gap == 1 else f"{gap} records of the last day are"
        return f"{self.namespace}: {records} not here yet. Overtime looks for what is missing."


def health_of(namespaces: Sequence[Namespace]) -> list[CollectionHealth]:
    """How each of them is: one query for what waits in all; for each its lag, and that of its crowd."""
    now, waiting = timezone.now(), _waiting(namespaces)
    return [_health(each, waiting.get(each.pk, Waiting()), now) for each in namespaces]


def _health(namespace: Namespace, waiting: Waiting, now: datetime) -> CollectionHealth:
    requests, lag = requests_of(namespace), lag_of(namespace, now)
    alone, throttled = timedelta(), None
    with suppress(RedisError):
        throttled = rests_until(namespace) or rests_until(namespace, fires=True)
        if Looks(namespace.pk).are_there():
            # Rows of a crowd do not say when they are asked for.
            alone, waiting = left_alone(namespace), replace(waiting, next_poll_at=None)
    return CollectionHealth(namespace, waiting, lag, requests, now, list_lag(namespace.pk), alone, throttled)


def lag_of(namespace: Namespace, now: datetime) -> Lag | None:
    """Of the newest results of the last hour that were waited for here; None without any."""
    rows = Activation.objects.filter(namespace=namespace, changed_at__gte=now - LAG_WITHIN)
    newest = rows.order_by("-changed_at").values_list("changed_at", "ended_at", "status", "origin", "waits")[
        :LAG_ROWS
    ]
    lags = [
        max(0.0, (changed - ended) / timedelta(milliseconds=1))
        for changed, ended, status, origin, waits in newest
        if ended is not None and status in REPORTED and origin == Origin.PANEL and not waits
    ]
    return _lag(lags[:LAG_RESULTS])


def requests_of(namespace: Namespace) -> Requests:
    """What the budget allows and what was spent."""
    budget = budget_for(namespace)
    allowed, burst = budget.rate * 60, budget.burst
    try:
        return Requests(allowed, burst, budget.asked_per_minute(), budget.balance(), budget.asked_in_all())
    except RedisError:
        return Requests(allowed, burst)


def last_check(namespaces: Iterable[Namespace]) -> datetime | None:
    """When the least recently called of these runtimes answered last; None when one never did."""
    contacts = [namespace.last_contact_at for namespace in namespaces]
    known = [at for at in contacts if at is not None]
    return min(known) if known and len(known) == len(contacts) else None


def _lag(lags: list[float]) -> Lag | None:
    if not lags:
        return None
    ordered, count = sorted(lags), len(lags)
    return Lag(ordered[(count - 1) // 2], ordered[-(-count * 95 // 100) - 1], count)


def _waiting(namespaces: Sequence[Namespace]) -> dict[int, Waiting]:
    rows = Activation.objects.filter(namespace__in=namespaces, status__in=UNFINISHED).order_by()
    grouped = rows.values_list("namespace", "status").annotate(
        Count("pk"), Min("listed_at"), Min("next_poll_at"), unusable=Count("pk", filter=~Q(error=""))
    )
    by_namespace: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for pk, *rest in grouped:
        by_namespace[pk].append(tuple(rest))
    return {pk: _summed(found) for pk, found in by_namespace.items()}


def _summed(found: list[tuple[Any, ...]]) -> Waiting:
    """From (status, count, oldest, next poll, with an error) of one namespace."""
    counts = {status: count for status, count, *_ in found}
    pending = next((row for row in found if row[0] == Status.PENDING), None)
    return Waiting(counts, *pending[2:]) if pending else Waiting(counts)
