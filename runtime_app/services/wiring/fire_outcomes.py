"""How fires ended as a whole: by what their rules started, not by the triggers' own records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from runtime_app.models import Activation, Namespace, RuleOutcome, Status
from runtime_app.services.wiring.rule_ends import End, ends_of

# What somebody has to look into first; what is not named here has not ended.
WORST_FIRST = (
    Status.INTERNAL_ERROR,
    Status.DEVELOPER_ERROR,
    Status.TIMED_OUT,
    Status.APPLICATION_ERROR,
    Status.NOT_REPORTED,
    Status.UNKNOWN,
    Status.REFUSED,
    Status.CANCELLED,
    Status.SUCCESS,
)


def outcomes_of(namespace: Namespace, fires: Iterable[Activation]) -> dict[int, Status]:
    """How each fire stands (`outcome_of`), by its primary key: two queries however many they are."""
    by_pk = {fire.pk: fire for fire in fires}
    heard = [pk for pk, fire in by_pk.items() if fire.status == Status.SUCCESS]
    ends: dict[int, list[End]] = defaultdict(list)
    if heard:
        for end in ends_of(namespace, RuleOutcome.objects.filter(fire__in=heard)):
            ends[end.outcome.fire_id].append(end)
    return {pk: outcome_of(fire, ends[pk]) for pk, fire in by_pk.items()}


def outcome_of(fire: Activation, ends: Iterable[End]) -> Status:
    """How a fire stands whose rules ended like this: the one verdict that all pages show.

    Pending while anything it started is; then the worst of it, refusals too. A fire whose own record is not
    there, or names no rule, stands as its record does.
    """
    ends = list(ends)
    if fire.status != Status.SUCCESS or not ends:
        return Status(fire.status)
    # A rule that was off has tried nothing.
    statuses = {end.status for end in ends if end.status is not None}
    if not statuses:
        return Status.NO_RULE
    if any(not status.is_final for status in statuses):
        return Status.PENDING
    return min(statuses, key=WORST_FIRST.index)
