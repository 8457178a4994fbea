"""The jobs that a namespace waits for when they are many, and what is known of when they will end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import time

from django.db.models.functions import Coalesce
from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.collecting.asking import WIDEN_MS, known_starts, start_range
from runtime_app.services.collecting.ending import UNKNOWN, EndRates, end_rates
from runtime_app.services.collecting.list_lag import note_list_lag, overlooked_seconds
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.collecting.pacing import pause_seconds
from runtime_app.services.collecting.pages import Awaited, Page, next_page
from runtime_app.services.collecting.planning import Waiting
from runtime_app.services.launching.durations import expectations

# Up to so many are asked for each at its own pace.
FEW = 10
MOST_AWAITED = 20_000
# Of so many actions the runs are read that tell how they end; of others' jobs nothing counts as known.
TOLD_ACTIONS = 20
MOST_ENDED = 10_000
WIDEN_EVERY_SECONDS = 10


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


def left_alone(namespace: Namespace) -> timedelta:
    """How long nobody has looked for the one of a crowd that was left alone longest.

    Raises:
        redis.RedisError: Redis is away.
    """
    jobs = _jobs(namespace)
    asked = Looks(namespace.pk).latest([job.accepted for job in jobs])
    return timedelta(seconds=time() - min(asked)) if asked else timedelta()


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
