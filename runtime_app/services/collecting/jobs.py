"""The jobs that a namespace waits for when they are many, and what is known of when they will end."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from time import time

from runtime_app.models import Activation, Namespace
from runtime_app.models.statuses import REPORTED
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.collecting.asking import WIDEN_MS, is_late, known_starts, start_range
from runtime_app.services.collecting.cohorts import Cohort, Key, cohorts_of, keys_of, members_of
from runtime_app.services.collecting.ending import UNKNOWN, EndRates, end_rates
from runtime_app.services.collecting.list_lag import note_list_lag, overlooked_seconds
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.collecting.pacing import pause_seconds
from runtime_app.services.collecting.pages import Awaited, Page, next_page
from runtime_app.services.collecting.planning import Waiting
from runtime_app.services.launching.durations import expectations

# Up to so many are asked for each at its own pace.
FEW = 10
# Of so many actions the runs are read that tell how they end; of others' jobs nothing counts as known.
TOLD_ACTIONS = 20
MOST_ENDED = 10_000
WIDEN_EVERY_SECONDS = 10


def is_crowded(namespace: Namespace) -> bool:
    """Whether more wait than can be asked for one by one."""
    return Activation.objects.pending().filter(namespace=namespace)[: FEW + 1].count() > FEW


def left_alone(namespace: Namespace) -> timedelta:
    """How long nobody has looked for the one of a crowd that was left alone longest.

    Raises:
        redis.RedisError: Redis is away.
    """
    cohorts = _cohorts(namespace, Looks(namespace.pk))
    return timedelta(seconds=time() - min(each.asked for each in cohorts)) if cohorts else timedelta()


class Crowd:
    """All that a namespace waits for, oldest first, and what is known of when it will end."""

    def __init__(self, namespace: Namespace, *, watched: bool) -> None:
        self.namespace = namespace
        self.watched = watched
        self._looks = Looks(namespace.pk)
        # By the one id that a page knows of each cohort, also of those that are read anew by now.
        self._keys: dict[str, Key] = {}
        self._whole: Page | None = None
        self._look_around()
        self._expected = expectations(namespace, (each.action_path for each in self.cohorts))
        self._rates = _rates(namespace, self.cohorts)

    def next_page(self, price: float) -> tuple[Page, float] | None:
        """What to ask for next, and in how many seconds; None when none waits any more."""
        now = time()
        if self._whole is not None and self.cohorts and (seconds := self._soonest() - now) > 0:
            return self._whole, seconds
        awaited = [self._awaited(each, self._waiting(each, now), now) for each in self.cohorts]
        wanted = next_page(awaited, self._known, page_size=self.namespace.list_limit, price=price)
        if wanted is None or wanted[0].cost > 1 or len(wanted[0].awaited) < len(self.cohorts):
            return wanted
        # While one page holds everybody, it costs no more than one job, and keeps the pace of one.
        self._whole = wanted[0]
        return self._whole, max(0.0, self._soonest() - now)

    def cohorts_on(self, page: Page) -> list[Cohort]:
        """Whom a page looks for, oldest first, without cohorts that have come home meanwhile."""
        by_key = {each.key: each for each in self.cohorts}
        keys = dict.fromkeys(self._keys[each.waiting.activation_id] for each in page.awaited)
        return [by_key[key] for key in keys if key in by_key]

    def one_by_one(self, page: Page) -> list[Page]:
        """A look for each job instead of this page; none instead of one that looks for a single job."""
        if page.count == 1 or not (cohorts := self.cohorts_on(page)):
            return []
        by_key, now = {each.key: each for each in cohorts}, time()
        pages = []
        for key, activation_id, accepted in members_of(self.namespace, cohorts):
            alone = replace(
                by_key[key], one_id=activation_id, count=1, accepted=accepted, last_accepted=accepted
            )
            self._keys[activation_id] = key
            pages.append(Page((self._awaited(alone, self._waiting(alone, now), now),)))
        return pages

    def any_late(self) -> str | None:
        """The activation id of any one that takes longer than its forerunners; None when none does.

        Another one each time, so that a job that really takes long does not stand before the others for ever.
        """
        now = time()
        late = [
            each
            for each in self.cohorts
            if is_late(timedelta(seconds=now - each.accepted), self._expected.get(each.action_path))
        ]
        # No secret hangs on it.
        drawn = random.choices(late, [each.count for each in late]) if late else []  # noqa: S311
        members = members_of(self.namespace, drawn) if drawn else []
        return random.choice(members)[1] if members else None  # noqa: S311

    def note_look(self, cohorts: list[Cohort], at: float) -> None:
        """These neighbours were looked for when the request left, beyond which no answer looks."""
        for each in cohorts:
            each.asked = at
        self._looks.note(cohorts[0].accepted, max(each.last_accepted for each in cohorts), at)

    def note_overlooked(self, records: list[RemoteActivation]) -> None:
        """Learn from records, before they are taken in, that a look before this one should have brought."""
        if not records:
            return
        asked = {each.key: each.asked for each in self.cohorts}
        waiting = keys_of(self.namespace, (record.activation_id for record in records))
        lags = []
        for record in records:
            key, accepted = waiting.get(record.activation_id, (None, 0.0))
            if key in asked:
                lags.append(overlooked_seconds(record, accepted, asked[key]))
        if (longest := max(lags, default=0.0)) > 0:
            note_list_lag(self.namespace.pk, longest)

    def note_home(self, records: list[RemoteActivation]) -> None:
        """Wait no longer for what came."""
        if records:
            self._look_around()

    def _awaited(self, cohort: Cohort, waiting: Waiting, now: float) -> Awaited:
        ends_per_second = self._rates.get(cohort.action_path, UNKNOWN).at(now - cohort.accepted)
        return Awaited(waiting, ends_per_second, now - cohort.asked, cohort.count)

    def _waiting(self, cohort: Cohort, now: float) -> Waiting:
        earliest_ms = int(cohort.accepted * 1000) + self._reach[0]
        latest_ms = int(cohort.last_accepted * 1000) + self._reach[1]
        if cohort.key == self.cohorts[-1].key:
            # Behind the newest there is room for what queues longer; before it, others' pages hold it.
            latest_ms += int((now - cohort.accepted) // WIDEN_EVERY_SECONDS) * WIDEN_MS
        return Waiting(cohort.one_id, earliest_ms, latest_ms)

    def _soonest(self) -> float:
        """When the first of them is due, each at its own pace."""
        return min(
            each.asked
            + pause_seconds(
                each.asked - each.accepted,
                self._expected.get(each.action_path),
                watched=self.watched,
                crowded=True,
            )
            for each in self.cohorts
        )

    def _look_around(self) -> None:
        """Who waits by now, and where records stand, among which those of the jobs will be."""
        self.cohorts = _cohorts(self.namespace, self._looks)
        self._keys |= {each.one_id: each.key for each in self.cohorts}
        self._reach = start_range(self.namespace)
        self._known: list[int] = []
        if self.cohorts:
            since_ms = int(self.cohorts[0].accepted * 1000) + self._reach[0]
            upto_ms = int(self.cohorts[-1].last_accepted * 1000) + self._reach[1]
            self._known = known_starts(self.namespace, since_ms, upto_ms)


def _cohorts(namespace: Namespace, looks: Looks) -> list[Cohort]:
    """All that wait, oldest first, each with when it was last looked for."""
    cohorts = cohorts_of(namespace)
    for each, asked in zip(cohorts, looks.latest([each.accepted for each in cohorts]), strict=True):
        each.asked = asked
    return cohorts


def _rates(namespace: Namespace, cohorts: Iterable[Cohort]) -> dict[str, EndRates]:
    """How each action's jobs end, for those of which most wait."""
    by_path: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    now = time()
    for each in cohorts:
        by_path[each.action_path].append((now - each.accepted, each.count))
    most = sorted(by_path, key=lambda path: -sum(count for _, count in by_path[path]))[:TOLD_ACTIONS]
    return {path: _rates_of(namespace, path, by_path[path]) for path in most}


def _rates_of(namespace: Namespace, path: str, ages: list[tuple[float, int]]) -> EndRates:
    """From the jobs that still run, and the newest of the action that have ended."""
    ended = Activation.objects.filter(
        namespace=namespace, action_path=path, status__in=REPORTED, duration_ms__isnull=False
    )
    totals = ended.newest_first().values_list("wait_ms", "duration_ms")[:MOST_ENDED]
    return end_rates(
        (((wait or 0) + (duration or 0)) / 1000 for wait, duration in totals),
        ages,
    )
