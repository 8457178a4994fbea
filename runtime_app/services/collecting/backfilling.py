"""Reading a namespace's history back: newest first, slice by slice, each a short task of its own.

How far it came is noted in the database after every batch, so whoever is killed loses one batch at the most,
and the next slice goes on where the last one ended. The collector comes first: half of its budget stays
untouched, except that one batch a slice is read even when results take all of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from runtime_app.models import Namespace
from runtime_app.services.backing.leases import Lease, lease
from runtime_app.services.collecting.budget import BURST_SECONDS, Budget, budget_for
from runtime_app.services.collecting.walking import Sweep, asking, walk

LEASE_SECONDS = 30.0
# As long as the platform keeps records: OpenWhisk's default and Adobe's rule are seven days.
HISTORY = timedelta(days=7)
SLICE_BATCHES = 5
SLICE_SECONDS = 4.0
RESERVE_SECONDS = BURST_SECONDS / 2


def due_for_backfill() -> list[int]:
    """Namespaces whose history is not read back yet."""
    return list(Namespace.objects.callable_now().backfilling().values_list("pk", flat=True))


def backfill_namespace(namespace_pk: int) -> Sweep | None:
    """Read one slice. None when there is nothing to read, or a sweep is at it.

    Raises:
        redis.RedisError: Redis is away.
    """
    with lease(f"sweep:{namespace_pk}", seconds=LEASE_SECONDS) as held:
        namespace = Namespace.objects.callable_now().backfilling().filter(pk=namespace_pk).first()
        if held is None or namespace is None:
            return None
        return read_slice(namespace, held)


def with_history_to_read(namespace: Namespace, since: datetime, now: datetime) -> Namespace:
    """The namespace, with everything between still to be read. Saves nothing: the first batch does."""
    namespace.swept_at = namespace.deep_swept_at = now
    namespace.backfill_from = namespace.backfilled_to = now
    namespace.backfill_goal = since
    return namespace


def read_again(namespace: Namespace, since: datetime, upto: datetime) -> None:
    """Let the next slices read this time once more, because something of it is missing here."""
    values = {"backfill_from": upto, "backfilled_to": upto, "backfill_goal": since}
    Namespace.objects.filter(pk=namespace.pk).update(**values)


def read_slice(namespace: Namespace, held: Lease) -> Sweep:
    """Go on reading back from `backfilled_to` for a few batches."""
    sweep, began, budget = Sweep(), monotonic(), budget_for(namespace)
    start, goal = namespace.backfilled_to, namespace.backfill_goal
    if start is None or goal is None or budget.balance() <= 0:
        return sweep
    batches = 0
    with asking(namespace) as client:
        for batch in walk(namespace, client, since=goal, upto=start):
            sweep.add(batch)
            batches += 1
            _note_reached(namespace, max(goal, min(start, batch.reached)))
            # A server may list many records of one millisecond: the slice ends where the next can begin.
            moved = batch.reached < start
            if not held.renew() or (moved and not _may_go_on(batches, monotonic() - began, budget)):
                return sweep
        _note_reached(namespace, goal)
    return sweep


def _may_go_on(batches: int, seconds: float, budget: Budget) -> bool:
    if batches >= SLICE_BATCHES or seconds >= SLICE_SECONDS:
        return False
    return budget.balance() > budget.rate * RESERVE_SECONDS


def _note_reached(namespace: Namespace, reached: datetime) -> None:
    """Write down how far it came; of a first slice also that the sweeps go on from its beginning."""
    namespace.backfilled_to = reached
    names = ("swept_at", "deep_swept_at", "backfill_from", "backfill_goal", "backfilled_to")
    values: dict[str, Any] = {name: getattr(namespace, name) for name in names}
    Namespace.objects.filter(pk=namespace.pk).update(**values)
