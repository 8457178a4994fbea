"""Activations: what is waited for, what came back, and the keyset order of the history."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from .actions import Preset
from .bulk import BulkLaunch
from .fields import JSONTextField, one_line
from .lifecycle import Lifecycle
from .namespaces import Namespace
from .people import User
from .schedules import Schedule
from .statuses import UNFINISHED, Status
from .tenths import Tenth

SUMMARY_CHARACTERS = 200
# The platform gives the activation of a trigger no kind.
TRIGGER_KIND = "trigger"


class Origin(models.TextChoices):
    """Who started an activation."""

    PANEL = "panel", "Launched here"
    ELSEWHERE = "elsewhere", "Launched elsewhere"


class ActivationQuerySet(models.QuerySet["Activation"]):
    def newest_first(self) -> Self:
        """The order of the history; stable under new rows, so pages can be cut by key."""
        return self.order_by("-listed_at", "-id")

    def before(self, listed_at: datetime, pk: int) -> Self:
        """What comes after this key in `newest_first` order.

        The first condition alone is redundant, but it lets the index skip straight to the page.
        """
        return self.filter(listed_at__lte=listed_at).filter(Q(listed_at__lt=listed_at) | Q(id__lt=pk))

    def after(self, listed_at: datetime, pk: int) -> Self:
        """What comes before this key in `newest_first` order."""
        return self.filter(listed_at__gte=listed_at).filter(Q(listed_at__gt=listed_at) | Q(id__gt=pk))

    def unfinished(self) -> Self:
        """What may still change without anybody's doing."""
        return self.filter(status__in=UNFINISHED)

    def pending(self) -> Self:
        """Accepted upstream and not reported yet."""
        return self.filter(status=Status.PENDING)

    def due(self, now: datetime) -> Self:
        """Pending activations that should be asked for now, the most overdue first."""
        return self.pending().filter(next_poll_at__lte=now).order_by("next_poll_at")

    def sendable(self, now: datetime) -> Self:
        """Launches that wait here and may go out now, oldest first."""
        return self.filter(status=Status.QUEUED, next_poll_at__lte=now).order_by("next_poll_at", "id")

    def components_of(self, activation_ids: Collection[str]) -> Self:
        """What sequences ran, by the sequences' activation ids; filter by namespace too."""
        # The second condition lets the database use the partial index.
        return self.filter(cause__in=activation_ids, cause__gt="")

    def for_rows(self) -> Self:
        """With what a history row shows; never parameters, results or logs."""
        return self.select_related("launched_by", "preset", "schedule")

    def changed_since(self, cursor: datetime) -> Self:
        """What changed at or after the cursor, oldest change first."""
        return self.filter(changed_at__gte=cursor).order_by("changed_at", "id")


class Activation(Lifecycle):
    """One run of an action, or one fire of a trigger.

    Its row exists before the request leaves and outlives the platform's record.
    """

    # Foreign keys have no index of their own where one below begins with them: each costs every new row.
    namespace = models.ForeignKey(
        Namespace, on_delete=models.CASCADE, db_index=False, related_name="activations"
    )
    action_path = models.CharField(max_length=513)
    kind = models.CharField(max_length=80, blank=True)
    version = models.CharField(max_length=40, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PANEL)
    summary = models.CharField(max_length=SUMMARY_CHARACTERS, blank=True, help_text="What it was about.")

    # Who launched it here and how; empty for what was started elsewhere.
    launched_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    launch_key = models.UUIDField(default=uuid4, unique=True, help_text="Same key, same launch.")
    preset = models.ForeignKey(
        Preset, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    rerun_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="reruns"
    )
    bulk = models.ForeignKey(
        BulkLaunch, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="rows"
    )
    schedule = models.ForeignKey(
        Schedule, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="launches"
    )
    waits = models.BooleanField(default=False, help_text="Sent as a blocking call.")
    is_stored = models.BooleanField(
        default=True, db_default=True, help_text="Adobe keeps no record of blocking calls that succeeded."
    )
    memory_mb = models.PositiveIntegerField(default=256)

    listed_at = models.DateTimeField(help_text="Launch or start time; the key of the history, never changed.")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    wait_ms = models.PositiveIntegerField(null=True, blank=True)
    init_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Only on a cold start.")
    cause = models.CharField(max_length=32, blank=True, help_text="The sequence's activation id.")

    # The fire that started it, and by which rule. The platform's own record has no link back.
    fired_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="fired"
    )
    rule_name = models.CharField(max_length=256, blank=True)

    objects = ActivationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "activation_id"],
                condition=Q(activation_id__isnull=False),
                name="activation_once_per_namespace",
            )
        ]
        indexes = [
            # The history and its filters: each a walk along one index, whatever the table's size.
            models.Index(fields=["namespace", "-listed_at", "-id"], name="history"),
            models.Index(fields=["namespace", "status", "-listed_at", "-id"], name="history_by_status"),
            models.Index(fields=["namespace", "action_path", "-listed_at", "-id"], name="history_by_action"),
            models.Index(
                fields=["namespace", "action_path", "status", "-listed_at", "-id"], name="history_by_outcome"
            ),
            models.Index(fields=["namespace", "origin", "-listed_at", "-id"], name="history_by_origin"),
            models.Index(
                fields=["launched_by", "namespace", "-listed_at", "-id"],
                condition=Q(launched_by__isnull=False),
                name="history_by_person",
            ),
            models.Index(
                fields=["launched_by", "namespace", "status", "-listed_at", "-id"],
                condition=Q(launched_by__isnull=False),
                name="history_of_person_by_status",
            ),
            # What is due: for the collector, whom thousands of waiting launches must not slow, and the drip.
            # What is over has no next time; SQLite sees that `next_poll_at <= ?` fits the condition.
            models.Index(
                fields=["namespace", "status", "next_poll_at", "deadline_at"],
                condition=Q(next_poll_at__isnull=False),
                name="activation_due",
            ),
            # All that the collector weighs of what a namespace waits for, already sorted into its cohorts.
            models.Index(
                "namespace",
                "action_path",
                Tenth(Coalesce("accepted_at", "listed_at")),
                "accepted_at",
                "listed_at",
                "deadline_at",
                "activation_id",
                "status",
                condition=Q(status="pending"),
                name="activation_pending",
            ),
            # The components of a sequence; few activations have a cause.
            models.Index(fields=["namespace", "cause"], condition=Q(cause__gt=""), name="activation_causes"),
            # The progress of a bulk launch, and what comes next of it.
            models.Index(
                fields=["bulk", "status", "next_poll_at"],
                condition=Q(bulk__isnull=False),
                name="bulk_progress",
            ),
            models.Index(
                fields=["bulk", "-listed_at", "-id"], condition=Q(bulk__isnull=False), name="history_by_bulk"
            ),
            models.Index(
                fields=["schedule", "-listed_at", "-id"],
                condition=Q(schedule__isnull=False),
                name="history_by_schedule",
            ),
            # What few activations have.
            models.Index(fields=["preset"], condition=Q(preset__isnull=False), name="activation_presets"),
            models.Index(fields=["rerun_of"], condition=Q(rerun_of__isnull=False), name="activation_reruns"),
            models.Index(fields=["fired_by"], condition=Q(fired_by__isnull=False), name="activation_fires"),
            # What a browser missed while its connection was down.
            models.Index(fields=["namespace", "changed_at"], name="activation_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.action_path} {self.activation_id or self.pk}"

    @property
    def is_fire(self) -> bool:
        """Whether it is a fired trigger, whose name then is its path."""
        return self.kind == TRIGGER_KIND

    @property
    def explanation(self) -> str:
        """What its state means, in one sentence."""
        return self.state.explanation_of_fire if self.is_fire else self.state.explanation

    @property
    def noun(self) -> str:
        """What people call it: a launch, or a fire."""
        return "fire" if self.is_fire else "launch"

    @property
    def waiting_reason(self) -> str:
        """Why it waits here, in a sentence; empty for what does not wait here."""
        if not self.can_be_cancelled:
            return ""
        if self.error:
            return self.error
        if self.bulk_id is not None:
            return "It waits in its bulk launch."
        return "It leaves in a moment."

    @property
    def elapsed_from(self) -> datetime:
        """The moment from which waiting is counted."""
        return self.accepted_at or self.listed_at

    @property
    def run_ms(self) -> int | None:
        """Running without the init of a cold start, in milliseconds; None until reported."""
        return None if self.duration_ms is None else max(0, self.duration_ms - (self.init_ms or 0))

    @property
    def total_ms(self) -> int | None:
        """Waiting and running together, in milliseconds; None until reported."""
        return None if self.duration_ms is None else (self.wait_ms or 0) + self.duration_ms


class ActivationPayload(models.Model):
    """The wide part of an activation. Lists never read it.

    Values are foreign JSON, as large as the platform allows.
    """

    activation = models.OneToOneField(
        Activation, on_delete=models.CASCADE, related_name="payload", primary_key=True
    )
    parameters = JSONTextField(null=True, blank=True, help_text="None when it is not known.")
    result = JSONTextField(null=True, blank=True)
    logs = JSONTextField(default=list, blank=True)
    annotations = JSONTextField(default=dict, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True, help_text="Bytes of the result.")

    def __str__(self) -> str:
        return f"payload of {self.activation_id}"


def summarize(parameters: Any) -> str:
    """The first arguments of a launch in one short line, e.g. `user: 42, size: "large"`."""
    if not isinstance(parameters, dict) or not parameters:
        return ""
    return one_line(
        ", ".join(f"{key}: {json.dumps(value)}" for key, value in parameters.items()), SUMMARY_CHARACTERS
    )
