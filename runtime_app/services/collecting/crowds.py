"""Collecting from a crowd: more jobs than can be asked for one by one, so by pages of the runtime's list.

Each look is at the page that is worth most (`pages.py`), by what the action's own runs tell (`ending.py`),
and waits until that is worth its request. So a thousand jobs cost what their ends need, not their number.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.collecting.asking import (
    ask,
    is_late,
    known_starts,
    nothing_came,
    postpone,
    start_range,
    waiting_for,
)
from runtime_app.services.collecting.budget import Budget
from runtime_app.services.collecting.ending import UNKNOWN, EndRates, end_rates
from runtime_app.services.collecting.few import collect_few
from runtime_app.services.collecting.pages import PRICE, Awaited, Page, in_order, next_page
from runtime_app.services.collecting.record_facts import epoch_ms
from runtime_app.services.collecting.records import take_in_many
from runtime_app.services.collecting.turns import ANSWERED_BADLY, Turn
from runtime_app.services.launching.durations import expectations

# Up to so many are asked for each at its own pace.
FEW = 10
MOST_AWAITED = 20_000
# Of so many actions the runs are read that tell how they end; of others' jobs nothing counts as known.
TOLD_ACTIONS = 20
MOST_ENDED = 10_000
# In a cycle; of those past their deadline, whose wait only a 404 for the very id ends.
MOST_OVERDUE = 20
PROBE_EVERY_SECONDS = 5
PROBE_AMONG = 50
# Below this share of a full bucket requests become dearer, twice as dear with each further fortieth.
SCARCE, DOUBLED_EVERY = 0.25, 0.025


@dataclass(slots=True)
class Job:
    """A pending activation, as far as collecting goes."""

    pk: int
    activation_id: str | None
    action_path: str
    elapsed_from: datetime
    asked_at: datetime | None
    next_poll_at: datetime | None
    polls: int


def is_crowded(namespace: Namespace) -> bool:
    """Whether more wait than can be asked for one by one."""
    return Activation.objects.pending().filter(namespace=namespace)[: FEW + 1].count() > FEW


def collect_crowd(turn: Turn) -> float | None:
    """Ask for every page that is worth it now; in how many seconds the next one will be, None without any.

    Raises:
        OpenWhiskError: the runtime refuses, is away, or answers nothing that can be used.
    """
    _ask_by_id(turn)
    crowd = Crowd(turn.namespace)
    while (wanted := crowd.next_page(price_of(turn.budget))) is not None:
        page, seconds = wanted
        if seconds > 0 or not turn.may_go_on():
            return seconds
        _look(turn, crowd, page)
    return None


def price_of(budget: Budget) -> float:
    """What a page must be worth: more while the budget runs short, so that the last requests buy the most."""
    short = SCARCE - budget.balance() / budget.burst
    return PRICE * 2 ** (max(0.0, short) / DOUBLED_EVERY)


class Crowd:
    """All that a namespace waits for, and what is known of when it will end."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        now = timezone.now()
        self.jobs = {job.activation_id or "": job for job in _jobs(namespace, now)}
        self.expected = expectations(namespace, (job.action_path for job in self.jobs.values()))
        self._rates = _rates(namespace, self.jobs.values(), now)
        self._known: list[int] = []
        self._look_around()

    def next_page(self, price: float) -> tuple[Page, float] | None:
        """What to ask for next, and in how many seconds; None when none waits any more."""
        now, newest = timezone.now(), max(self.jobs.values(), key=lambda job: job.elapsed_from, default=None)
        awaited = in_order(
            Awaited(
                # Behind the newest there is room for what queues longer; before it, others' pages hold it.
                waiting_for(job, self._reach, widened=job is newest),
                self._rates.get(job.action_path, UNKNOWN).at((now - job.elapsed_from).total_seconds()),
                (now - (job.asked_at or job.elapsed_from)).total_seconds(),
            )
            for job in self.jobs.values()
        )
        wanted = next_page(awaited, self._known, page_size=self.namespace.list_limit, price=price)
        if wanted is None or wanted[0].cost > 1 or len(wanted[0].awaited) < len(self.jobs):
            return wanted
        # While one page holds everybody, it costs no more than one job, and keeps the pace of one.
        due = min((job.next_poll_at or now) - now for job in self.jobs.values())
        return wanted[0], max(0.0, due.total_seconds())

    def jobs_of(self, page: Page) -> list[Job]:
        """The jobs that a page is asked for, without those that have come home meanwhile."""
        wanted = (self.jobs.get(each.waiting.activation_id) for each in page.awaited)
        return [job for job in wanted if job is not None]

    def note(self, records: list[RemoteActivation]) -> None:
        """Wait no longer for what came."""
        for record in records:
            self.jobs.pop(record.activation_id, None)
        if records:
            self._look_around()

    def _look_around(self) -> None:
        """Where records stand by now, among which those of the jobs will be."""
        self._reach = start_range(self.namespace)
        ages = [job.elapsed_from for job in self.jobs.values()]
        if not ages:
            return
        since_ms, upto_ms = epoch_ms(min(ages)) + self._reach[0], epoch_ms(max(ages)) + self._reach[1]
        self._known = known_starts(self.namespace, since_ms, upto_ms)


def _look(turn: Turn, crowd: Crowd, page: Page) -> None:
    """One request, or the few of a page that one does not hold; where its answer is of no use, its halves."""
    todo = deque([page])
    while todo and turn.may_go_on():
        part = todo.popleft()
        if not (jobs := crowd.jobs_of(part)):
            continue
        asked_at = timezone.now()
        try:
            records, spent = ask(part.request, turn.namespace, turn.client)
        except ANSWERED_BADLY as error:
            postpone(jobs, crowd.expected, watched=False, crowded=True)
            turn.note_bad_answer(error, f"{len(jobs)} activations of {turn.namespace}")
            todo += part.halves()
            continue
        turn.spend(spent)
        turn.cycle.collected += take_in_many(turn.namespace, records)
        postpone(jobs, crowd.expected, watched=turn.watched, crowded=True, asked_at=asked_at)
        crowd.note(records)


def _ask_by_id(turn: Turn) -> None:
    """What lists do not tell: those past their deadline, and where to look when nothing comes any more."""
    namespace, now = turn.namespace, timezone.now()
    due = Activation.objects.due(now).filter(namespace=namespace)
    if overdue := list(due.filter(deadline_at__lt=now)[:MOST_OVERDUE]):
        collect_few(turn, overdue)
    if nothing_came(namespace, now) and _may_probe(namespace):
        some = list(due.exclude(deadline_at__lt=now).order_by("?")[:PROBE_AMONG])
        expected = expectations(namespace, (row.action_path for row in some))
        collect_few(turn, [row for row in some if is_late(row, now, expected)][:1])


def _may_probe(namespace: Namespace) -> bool:
    return bool(redis_client().set(key("probe", namespace.pk), 1, nx=True, ex=PROBE_EVERY_SECONDS))


def _jobs(namespace: Namespace, now: datetime) -> Iterator[Job]:
    rows = Activation.objects.pending().filter(namespace=namespace).exclude(deadline_at__lt=now)
    columns = ("pk", "activation_id", "action_path", "accepted_at", "listed_at", "asked_at", "next_poll_at")
    for pk, activation_id, path, accepted_at, listed_at, asked_at, next_poll_at, polls in rows.values_list(
        *columns, "polls"
    )[:MOST_AWAITED]:
        since = accepted_at or listed_at
        yield Job(pk, activation_id, path, since, asked_at, next_poll_at, polls)


def _rates(namespace: Namespace, jobs: Iterable[Job], now: datetime) -> dict[str, EndRates]:
    """How each action's jobs end, for those of which most wait."""
    by_path: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        by_path[job.action_path].append(job)
    most = sorted(by_path, key=lambda path: -len(by_path[path]))[:TOLD_ACTIONS]
    return {path: _rates_of(namespace, path, by_path[path], now) for path in most}


def _rates_of(namespace: Namespace, path: str, jobs: list[Job], now: datetime) -> EndRates:
    """From the jobs that still run, and the newest of the action that have ended."""
    ended = Activation.objects.filter(
        namespace=namespace, action_path=path, status__in=REPORTED, duration_ms__isnull=False
    )
    totals = ended.newest_first().values_list("wait_ms", "duration_ms")[:MOST_ENDED]
    return end_rates(
        (((wait or 0) + (duration or 0)) / 1000 for wait, duration in totals),
        ((now - job.elapsed_from).total_seconds() for job in jobs),
    )
