"""Collecting from a crowd: more jobs than can be asked for one by one, so by pages of the runtime's list.

Each look is at the page that is worth most (`pages.py`), by what the action's own runs tell (`ending.py`),
and waits until that is worth its request. So a thousand jobs cost what their ends need, not their number.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import time

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.backing.redis import key, redis_client
from runtime_app.services.collecting.asking import (
    WIDEN_MS,
    ask,
    is_late,
    known_starts,
    nothing_came,
    start_range,
)
from runtime_app.services.collecting.budget import Budget
from runtime_app.services.collecting.ending import UNKNOWN, EndRates, end_rates
from runtime_app.services.collecting.few import collect_few
from runtime_app.services.collecting.list_lag import note_list_lag, overlooked_seconds
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.collecting.pacing import pause_seconds
from runtime_app.services.collecting.pages import PRICE, Awaited, Page, next_page
from runtime_app.services.collecting.planning import Waiting
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
# Rows of a crowd are renewed when they would be due soon: this long, should the chain of cycles break.
RENEWED_BEFORE, RENEWED_FOR = timedelta(seconds=3), timedelta(seconds=6)
WIDEN_EVERY_SECONDS = 10
# Below this share of a full bucket requests become dearer, twice as dear with each further fortieth.
SCARCE, DOUBLED_EVERY = 0.25, 0.025


@dataclass(slots=True)
class Job:
    """A pending activation, as far as collecting goes; moments in seconds since 1970."""

    activation_id: str
    action_path: str
    accepted: float
    asked: float = 0.0


def is_crowded(namespace: Namespace) -> bool:
    """Whether more wait than can be asked for one by one."""
    return Activation.objects.pending().filter(namespace=namespace)[: FEW + 1].count() > FEW


def take_back(namespace: Namespace) -> None:
    """What is left of a crowd is asked for one by one from now on, and was renewed beyond its own pace."""
    if Looks(namespace.pk).forget():
        Activation.objects.pending().filter(namespace=namespace).update(next_poll_at=timezone.now())


def left_alone(namespace: Namespace) -> timedelta:
    """How long nobody has looked for the one of a crowd that was left alone longest.

    Raises:
        redis.RedisError: Redis is away.
    """
    jobs = _jobs(namespace)
    asked = Looks(namespace.pk).latest([job.accepted for job in jobs])
    return timedelta(seconds=time() - min(asked)) if asked else timedelta()


def collect_crowd(turn: Turn) -> float | None:
    """Ask for every page that is worth it now; in how many seconds the next one will be, None without any.

    Raises:
        OpenWhiskError: the runtime refuses, is away, or answers nothing that can be used.
    """
    _ask_by_id(turn)
    _leave_to_us(turn.namespace)
    crowd = Crowd(turn.namespace, watched=turn.watched)
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
    """All that a namespace waits for, oldest first, and what is known of when it will end."""

    def __init__(self, namespace: Namespace, *, watched: bool) -> None:
        self.namespace = namespace
        self.watched = watched
        self._looks = Looks(namespace.pk)
        self.jobs = _jobs(namespace)
        for job, asked in zip(
            self.jobs, self._looks.latest([job.accepted for job in self.jobs]), strict=True
        ):
            job.asked = asked
        self._waited_for = {job.activation_id for job in self.jobs}
        self._expected = expectations(namespace, (job.action_path for job in self.jobs))
        self._rates = _rates(namespace, self.jobs)
        self._known: list[int] = []
        self._whole: Page | None = None
        self._look_around()

    def next_page(self, price: float) -> tuple[Page, float] | None:
        """What to ask for next, and in how many seconds; None when none waits any more."""
        now = time()
        if self._whole is not None and self.jobs and (seconds := self._soonest() - now) > 0:
            return self._whole, seconds
        awaited = [
            Awaited(
                self._waiting(job, now),
                self._rates.get(job.action_path, UNKNOWN).at(now - job.accepted),
                now - job.asked,
            )
            for job in self.jobs
        ]
        wanted = next_page(awaited, self._known, page_size=self.namespace.list_limit, price=price)
        if wanted is None or wanted[0].cost > 1 or len(wanted[0].awaited) < len(self.jobs):
            return wanted
        # While one page holds everybody, it costs no more than one job, and keeps the pace of one.
        self._whole = wanted[0]
        return self._whole, max(0.0, self._soonest() - now)

    def jobs_of(self, page: Page) -> list[Job]:
        """The jobs that a page is asked for, oldest first, without those that have come home meanwhile."""
        wanted = {each.waiting.activation_id for each in page.awaited} & self._waited_for
        return [job for job in self.jobs if job.activation_id in wanted]

    def note_look(self, jobs: list[Job], at: float) -> None:
        """These neighbours were looked for when the request left, beyond which no answer looks."""
        for job in jobs:
            job.asked = at
        self._looks.note(jobs[0].accepted, jobs[-1].accepted, at)

    def note_overlooked(self, records: list[RemoteActivation]) -> None:
        """Learn from records that a look before this one should have brought."""
        came = {record.activation_id: record for record in records}
        jobs = [job for job in self.jobs if job.activation_id in came]
        lags = [overlooked_seconds(came[job.activation_id], job.accepted, job.asked) for job in jobs]
        if (longest := max(lags, default=0.0)) > 0:
            note_list_lag(self.namespace.pk, longest)

    def note_home(self, records: list[RemoteActivation]) -> None:
        """Wait no longer for what came."""
        if not records:
            return
        self._waited_for -= {record.activation_id for record in records}
        self.jobs = [job for job in self.jobs if job.activation_id in self._waited_for]
        self._look_around()

    def _waiting(self, job: Job, now: float) -> Waiting:
        accepted_ms = int(job.accepted * 1000)
        latest_ms = accepted_ms + self._reach[1]
        if job is self.jobs[-1]:
            # Behind the newest there is room for what queues longer; before it, others' pages hold it.
            latest_ms += int((now - job.accepted) // WIDEN_EVERY_SECONDS) * WIDEN_MS
        return Waiting(job.activation_id, accepted_ms + self._reach[0], latest_ms)

    def _soonest(self) -> float:
        """When the first of them is due, each at its own pace."""
        return min(
            job.asked
            + pause_seconds(
                job.asked - job.accepted,
                self._expected.get(job.action_path),
                watched=self.watched,
                crowded=True,
            )
            for job in self.jobs
        )

    def _look_around(self) -> None:
        """Where records stand by now, among which those of the jobs will be."""
        self._reach = start_range(self.namespace)
        if self.jobs:
            since_ms = int(self.jobs[0].accepted * 1000) + self._reach[0]
            upto_ms = int(self.jobs[-1].accepted * 1000) + self._reach[1]
            self._known = known_starts(self.namespace, since_ms, upto_ms)


def _look(turn: Turn, crowd: Crowd, page: Page) -> None:
    """One request, or the few of a page that one does not hold; where its answer is of no use, its halves."""
    todo = deque([page])
    while todo and turn.may_go_on():
        part = todo.popleft()
        if not (jobs := crowd.jobs_of(part)):
            continue
        asked_at = time()
        try:
            records, spent = ask(part.request, turn.namespace, turn.client)
        except ANSWERED_BADLY as error:
            crowd.note_look(jobs, asked_at)
            turn.note_bad_answer(error, f"{len(jobs)} activations of {turn.namespace}")
            todo += part.halves()
            continue
        turn.spend(spent)
        turn.cycle.collected += take_in_many(turn.namespace, records)
        crowd.note_overlooked(records)
        crowd.note_look(jobs, asked_at)
        crowd.note_home(records)


def _leave_to_us(namespace: Namespace) -> None:
    """Keep beat from finding due what is looked after here, while the chain of cycles goes on."""
    now = timezone.now()
    soon_due = Activation.objects.pending().filter(namespace=namespace, next_poll_at__lt=now + RENEWED_BEFORE)
    soon_due.exclude(deadline_at__lt=now).update(next_poll_at=now + RENEWED_FOR, polls=F("polls") + 1)


def _ask_by_id(turn: Turn) -> None:
    """What lists do not tell: those past their deadline, and where to look when nothing comes any more."""
    namespace, now = turn.namespace, timezone.now()
    due = Activation.objects.due(now).filter(namespace=namespace)
    if overdue := list(due.filter(deadline_at__lt=now)[:MOST_OVERDUE]):
        collect_few(turn, overdue)
    if nothing_came(namespace, now) and _may_probe(namespace):
        waiting = Activation.objects.pending().filter(namespace=namespace)
        some = list(waiting.exclude(deadline_at__lt=now).order_by("?")[:PROBE_AMONG])
        expected = expectations(namespace, (row.action_path for row in some))
        collect_few(turn, [row for row in some if is_late(row, now, expected)][:1])


def _may_probe(namespace: Namespace) -> bool:
    return bool(redis_client().set(key("probe", namespace.pk), 1, nx=True, ex=PROBE_EVERY_SECONDS))


def _jobs(namespace: Namespace) -> list[Job]:
    rows = Activation.objects.pending().filter(namespace=namespace).exclude(deadline_at__lt=timezone.now())
    since = Coalesce("accepted_at", "listed_at")
    columns = rows.order_by(since).values_list("activation_id", "action_path", since)[:MOST_AWAITED]
    return [Job(activation_id or "", path, at.timestamp()) for activation_id, path, at in columns]


def _rates(namespace: Namespace, jobs: Iterable[Job]) -> dict[str, EndRates]:
    """How each action's jobs end, for those of which most wait."""
    by_path: defaultdict[str, list[float]] = defaultdict(list)
    now = time()
    for job in jobs:
        by_path[job.action_path].append(now - job.accepted)
    most = sorted(by_path, key=lambda path: -len(by_path[path]))[:TOLD_ACTIONS]
    return {path: _rates_of(namespace, path, by_path[path]) for path in most}


def _rates_of(namespace: Namespace, path: str, ages: list[float]) -> EndRates:
    """From the jobs that still run, and the newest of the action that have ended."""
    ended = Activation.objects.filter(
        namespace=namespace, action_path=path, status__in=REPORTED, duration_ms__isnull=False
    )
    totals = ended.newest_first().values_list("wait_ms", "duration_ms")[:MOST_ENDED]
    return end_rates(
        (((wait or 0) + (duration or 0)) / 1000 for wait, duration in totals),
        ages,
    )
