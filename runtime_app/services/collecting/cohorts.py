"""The pending activations of a namespace by cohorts: one action's, accepted in the same tenth of a second.

The database counts them, so that a cycle reads and weighs as many as there are tenths of a second in which
something was launched, and not as many as there are jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, DateTimeField, Max, Min, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.models.tenths import Tenth

MOST_COHORTS = 20_000


# What tells cohorts apart: the path of the action and the tenth of a second.
Key = tuple[str, str]


@dataclass(slots=True)
class Cohort:
    """Jobs that are alike, as far as collecting goes; moments in seconds since 1970.

    `one_id`: the activation id of one of them. `asked`: when they were last looked for.
    """

    key: Key
    one_id: str
    count: int
    accepted: float
    last_accepted: float
    asked: float = 0.0

    @property
    def action_path(self) -> str:
        """Whose runs they are."""
        return self.key[0]


def cohorts_of(namespace: Namespace) -> list[Cohort]:
    """All that wait and are not past their deadline, oldest first."""
    grouped = _waiting(namespace).values("action_path", "tenth")
    counted = grouped.annotate(
        first=Min("since"), last=Max("since"), one_id=Min("activation_id"), count=Count("id")
    )
    columns = counted.order_by("first").values_list(
        "action_path", "tenth", "one_id", "count", "first", "last"
    )
    return [
        Cohort((path, tenth), one_id or "", count, first.timestamp(), last.timestamp())
        for path, tenth, one_id, count, first, last in columns[:MOST_COHORTS]
    ]


def keys_of(namespace: Namespace, activation_ids: Iterable[str]) -> dict[str, tuple[Key, float]]:
    """Of these the ones that wait, by id: their cohorts' keys, and when they were accepted."""
    # Whether they wait is not asked of the database: by its index SQLite would read all that do.
    rows = _alive(namespace).filter(activation_id__in=list(activation_ids))
    columns = rows.values_list("status", "activation_id", "action_path", "tenth", "since")
    return {
        str(each): ((path, tenth), since.timestamp())
        for status, each, path, tenth, since in columns
        if status == Status.PENDING
    }


def members_of(namespace: Namespace, cohorts: Sequence[Cohort]) -> list[tuple[Key, str, float]]:
    """Everyone of neighbouring cohorts, oldest first: the key, the activation id and when it was accepted."""
    first, last = (
        datetime.fromtimestamp(at, UTC) for at in (cohorts[0].accepted, max(c.last_accepted for c in cohorts))
    )
    rows = _waiting(namespace).filter(since__gte=first, since__lte=last).order_by("since")
    wanted = {cohort.key for cohort in cohorts}
    columns = rows.values_list("action_path", "tenth", "activation_id", "since")
    return [
        ((path, tenth), each or "", since.timestamp())
        for path, tenth, each, since in columns
        if (path, tenth) in wanted
    ]


def _waiting(namespace: Namespace) -> QuerySet[Any]:
    return _alive(namespace).filter(status=Status.PENDING)


def _alive(namespace: Namespace) -> QuerySet[Any]:
    """What is not past its deadline, each with when it was accepted, and in which tenth of a second."""
    since = Coalesce("accepted_at", "listed_at", output_field=DateTimeField())
    alive = Activation.objects.filter(namespace=namespace).exclude(deadline_at__lt=timezone.now())
    return alive.annotate(since=since, tenth=Tenth(since))
