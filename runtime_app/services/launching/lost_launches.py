"""Launches whose answer was lost: what they may have become, and a person's word for which it is.

Nothing is decided here by itself: a record names no launch, so two records that fit are two guesses.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from runtime_app.models import (
    Activation,
    ActivationPayload,
    AuditEntry,
    Origin,
    RuleOutcome,
    Status,
    User,
    Verb,
)
from runtime_app.models.activations import ActivationQuerySet
from runtime_app.models.statuses import REPORTED
from runtime_app.services.live.publishing import publish_change

# Clocks differ a little, and a job may queue before it starts.
EARLIER = timedelta(seconds=5)
LATER = timedelta(seconds=60)
CANDIDATES_SHOWN = 10
# A deep sweep, every five minutes, finds what ran long.
RECORDS_ARE_HERE_AFTER = timedelta(minutes=6)
# What the platform's record says; the launch's own row knows the rest better.
RECORDED = (
    "activation_id",
    "kind",
    "version",
    "started_at",
    "ended_at",
    "duration_ms",
    "wait_ms",
    "init_ms",
    "error",
    "timeout_ms",
    "memory_mb",
)
WIDE = ("result", "logs", "annotations", "size")


class NotACandidateError(Exception):
    """The activation is not one that this launch can have become, or is not any more."""


def candidates_for(activation: Activation) -> ActivationQuerySet:
    """What sweeps found that this launch may have become, nearest to its sending first.

    None unless its answer was lost.
    """
    if activation.status != Status.UNKNOWN:
        return Activation.objects.none()
    return began_elsewhere(activation.namespace_id, activation.action_path, sent_at(activation))


def began_elsewhere(namespace_pk: int, action_path: str, sent: datetime) -> ActivationQuerySet:
    """Runs of an action that nobody here accounts for and that began when it was sent, nearest first."""
    found = Activation.objects.filter(
        namespace=namespace_pk,
        action_path=action_path,
        origin=Origin.ELSEWHERE,
        status__in=REPORTED,
        activation_id__isnull=False,
        # What a rule or a sequence started is accounted for.
        fired_by=None,
        cause="",
        started_at__gte=sent - EARLIER,
        started_at__lte=sent + LATER,
        # The index of the history begins with these.
        listed_at__gte=sent - EARLIER,
        listed_at__lte=sent + LATER,
    )
    return found.order_by("started_at", "id")


def is_hopeless(activation: Activation) -> bool:
    """Whether a record would be here by now, had it begun when it was sent."""
    longest = timedelta(milliseconds=activation.timeout_ms) + LATER + RECORDS_ARE_HERE_AFTER
    return timezone.now() > sent_at(activation) + longest


def sent_at(activation: Activation) -> datetime:
    """When its request left."""
    return activation.sent_at or activation.listed_at


def identify(activation: Activation, candidate_pk: int, *, person: User) -> None:
    """Take a candidate's record into the launch's own row; the row that the sweep had made goes away.

    Raises:
        NotACandidateError: it is none, or somebody else was faster.
    """
    with transaction.atomic():
        candidate = candidates_for(activation).select_for_update().filter(pk=candidate_pk).first()
        if candidate is None:
            raise NotACandidateError
        _move_record(candidate, activation)
        AuditEntry.record(
            Verb.IDENTIFIED,
            person=person,
            namespace=activation.namespace,
            target=activation.action_path,
            activation=activation.pk,
            activation_id=candidate.activation_id,
        )
        publish_change(activation)


def _move_record(candidate: Activation, activation: Activation) -> None:
    facts = {name: getattr(candidate, name) for name in RECORDED}
    payload = ActivationPayload.objects.filter(activation=candidate).values(*WIDE).first()
    Activation.objects.filter(rerun_of=candidate).update(rerun_of=activation)
    Activation.objects.filter(fired_by=candidate).update(fired_by=activation)
    RuleOutcome.objects.filter(fire=candidate).update(fire=activation)
    # Two rows cannot have one activation id, so the sweep's row goes first.
    candidate.delete()
    if not activation.identify(Status(candidate.status), accepted_at=facts["started_at"], **facts):
        raise NotACandidateError
    if payload:
        ActivationPayload.objects.filter(activation=activation).update(**payload)
