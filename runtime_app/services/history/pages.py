"""The shared history of a namespace: filters, pages cut by key, and honest counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Self

from django.db.models import Value
from django.db.models.functions import Coalesce

from runtime_app.models import Activation, BulkLaunch, Namespace, Schedule, Status, User
from runtime_app.models.activations import ActivationQuerySet

# With this many rows of ordinary length a page stays below 60 KB.
PAGE_ROWS = 25
COUNT_CAP = 1_000
NEWS_CAP = 99
FEW_ROWS = 5_000
# A page is put together from at most so many short walks, unless each passes over few rows.
MOST_WALKS = 24
# Fewer statuses are looked for one by one.
MANY_STATUSES = 5
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_PK = 2**63 - 1


@dataclass(frozen=True, slots=True)
class HistoryFilters:
    """Which part of the history to show; empty fields do not filter. Of several paths any will do."""

    statuses: tuple[Status, ...] = ()
    action_paths: tuple[str, ...] = ()
    person: User | None = None
    origin: str = ""
    since: datetime | None = None
    until: datetime | None = None
    bulk: BulkLaunch | None = None
    schedule: Schedule | None = None

    @property
    def is_empty(self) -> bool:
        """Whether everything is shown."""
        return self == HistoryFilters()


@dataclass(frozen=True, slots=True)
class Key:
    """The place of a row in the history, as it travels in an address: `MICROSECONDS-PK`."""

    listed_at: datetime
    pk: int

    @classmethod
    def of(cls, activation: Activation) -> Self:
        return cls(activation.listed_at, activation.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The key in `text`; None when it is none, since anybody may type an address."""
        micros, _, pk = text.partition("-")
        if not (micros.isascii() and micros.isdigit() and pk.isascii() and pk.isdigit()):
            return None
        try:
            listed_at = EPOCH + timedelta(microseconds=int(micros[:20]))
        except OverflowError:
            return None
        return cls(listed_at, min(int(pk[:20]), MAX_PK))

    def __str__(self) -> str:
        return f"{(self.listed_at - EPOCH) // timedelta(microseconds=1)}-{self.pk}"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, newest first, and the keys its neighbours are reached by."""

    rows: list[Activation]
    older: Key | None
    newer: Key | None


@dataclass(frozen=True, slots=True)
class CappedCount:
    """How many rows there are, as far as they were counted."""

    counted: int
    is_capped: bool

    def __str__(self) -> str:
        return f"{self.counted:,}+" if self.is_capped else f"{self.counted:,}"


@dataclass(frozen=True)
class History:
    """A namespace's activations that pass the filters. Every page costs the same, at any depth and size."""

    namespace: Namespace
    filters: HistoryFilters = HistoryFilters()

    def newest_page(self, size: int = PAGE_ROWS) -> Page:
        """The first page."""
        return _page(self._first(self._rows().newest_first(), size + 1), size, newer=None)

    def page_before(self, key: Key, size: int = PAGE_ROWS) -> Page:
        """The rows just older than `key`: the index is entered at the key, nothing is skipped over."""
        rows = self._rows().before(key.listed_at, key.pk).newest_first()
        found = self._first(rows, size + 1)
        return _page(found, size, newer=Key.of(found[0]) if found else key)

    def page_after(self, key: Key, size: int = PAGE_ROWS) -> Page:
        """The rows just newer than `key`; the first page where they would not fill one."""
        rows = self._rows().after(key.listed_at, key.pk).order_by("listed_at", "id")
        found = self._first(rows, size + 1)
        if len(found) <= size:
            return self.newest_page(size)
        shown = found[:size][::-1]
        return Page(shown, older=Key.of(shown[-1]), newer=Key.of(shown[0]))

    def count(self, cap: int = COUNT_CAP) -> CappedCount:
        """How many rows there are, counting no further than `cap`."""
        counted = 0
        for rows in self._counted_apart():
            counted += rows[: cap + 1 - counted].count()
            if counted > cap:
                break
        return CappedCount(min(counted, cap), counted > cap)

    def count_newer_than(self, pk: int, cap: int = NEWS_CAP) -> CappedCount:
        """How many rows have come into being since `pk` was the newest."""
        arrived = Activation.objects.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True)
        counted = self._all_rows().filter(pk__in=list(arrived[: cap + 1])).count()
        return CappedCount(min(counted, cap), counted > cap)

    def _rows(self) -> ActivationQuerySet:
        """What passes all filters but those that may name several values: the statuses and the paths."""
        filters = self.filters
        wanted = {
            "launched_by": filters.person,
            "origin": filters.origin,
            "listed_at__gte": filters.since,
            "listed_at__lt": filters.until,
            "bulk": filters.bulk,
            "schedule": filters.schedule,
        }
        given = {name: value for name, value in wanted.items() if value}
        return Activation.objects.filter(namespace=self.namespace, **given)

    def _all_rows(self) -> ActivationQuerySet:
        """What passes all filters, in no order."""
        given = {"status__in": self.filters.statuses, "action_path__in": self.filters.action_paths}
        return self._rows().filter(**{name: values for name, values in given.items() if values}).order_by()

    def _counted_apart(self) -> list[ActivationQuerySet]:
        """What passes all filters, in parts that are quickly counted.

        The index `history_by_outcome` knows all of statuses and paths. Otherwise the order, which counting
        does not need, leads the database to the index that the pages come from.
        """
        if self.filters.action_paths:
            return [self._all_rows()]
        return self._walks(self._rows().newest_first())

    def _first(self, rows: ActivationQuerySet, limit: int) -> list[Activation]:
        """The first rows in the order of `rows`.

        Several statuses or paths are several walks along an index that begins with them, merged here: asked
        for at once they would be sorted as a whole, or found by passing over everything else.
        """
        walks = self._walks(rows)
        if len(walks) == 1:
            return list(walks[0].for_rows()[:limit])
        pks = self._at_a_glance(rows, limit)
        if pks is None:
            keys = [walk.values_list("pk", flat=True)[:limit] for walk in walks]
            pks = [pk for walk in keys for pk in walk]
        return list(rows.for_rows().filter(pk__in=pks)[:limit])

    def _at_a_glance(self, rows: ActivationQuerySet, limit: int) -> list[int] | None:
        """The first rows with one of many statuses, where they are among the very first of all statuses.

        Most of what is newest has ended: then this spares a walk for each status. None where it is otherwise.
        """
        if self.filters.action_paths or len(self.filters.statuses) < MANY_STATUSES:
            return None
        glance = list(rows.values_list("pk", "status")[: 2 * limit])
        pks = [pk for pk, status in glance if status in self.filters.statuses][:limit]
        return pks if len(pks) == limit or len(glance) < 2 * limit else None

    def _walks(self, rows: ActivationQuerySet) -> list[ActivationQuerySet]:
        """Together they let through what the statuses and paths let through, each along one index."""
        statuses, paths = self.filters.statuses, self.filters.action_paths
        by_status = [rows.filter(status=status) for status in statuses] or [rows]
        if not paths:
            return by_status
        if len(statuses) * len(paths) > MOST_WALKS and self._has_many:
            # The expression keeps the database from going by the paths, past many rows of other statuses.
            return [
                walk.annotate(path=Coalesce("action_path", Value(""))).filter(path__in=paths)
                for walk in by_status
            ]
        return [walk.filter(action_path=path) for walk in by_status for path in paths]

    @cached_property
    def _has_many(self) -> bool:
        """Whether the paths have more rows than are quickly passed over."""
        rows = Activation.objects.filter(namespace=self.namespace, action_path__in=self.filters.action_paths)
        return rows.order_by()[: FEW_ROWS + 1].count() > FEW_ROWS


def _page(found: list[Activation], size: int, *, newer: Key | None) -> Page:
    shown = found[:size]
    return Page(shown, older=Key.of(shown[-1]) if len(found) > size else None, newer=newer)


def with_activation_id(namespace: Namespace, activation_id: str) -> Activation | None:
    """The activation that the platform knows by this id, if the history has it."""
    return Activation.objects.filter(namespace=namespace, activation_id=activation_id).first()
