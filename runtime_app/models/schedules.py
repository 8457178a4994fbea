"""Schedules: launches at a moment, or again and again by a cron in somebody's time zone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.db import models

from .actions import Preset
from .fields import JSONTextField
from .namespaces import Namespace
from .people import User

# Launch keys of schedules are derived below this one.
KEY_SPACE = UUID("5d1c1f0e-6a53-4a0f-9d52-2f6d0d8a4c11")


class Missed(models.TextChoices):
    """What to do about times that passed while Overtime was not running."""

    SKIP = "skip", "Skip them"
    RUN_ONCE = "run_once", "Launch once for all of them"


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def due(self, now: datetime) -> Self:
        """What should have been launched by now, the most overdue first."""
        return self.filter(enabled=True, next_at__lte=now).order_by("next_at")

    def for_list(self, namespace: Namespace) -> Self:
        """The rows of a namespace's list: what comes next first, what never comes last."""
        rows = self.filter(namespace=namespace).select_related("created_by", "preset")
        return rows.order_by(models.F("next_at").asc(nulls_last=True), "name")


class Schedule(models.Model):
    """When to launch an action by itself. Either `at` or `cron` is set.

    Its launches are made in the name of who created it.
    """

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="schedules")
    name = models.CharField(max_length=80)
    action_path = models.CharField(max_length=513)
    preset = models.ForeignKey(Preset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    parameters = JSONTextField(
        default=dict, blank=True, help_text="With a preset: its parameters when this was saved."
    )
    at = models.DateTimeField(null=True, blank=True, help_text="Once.")
    cron = models.CharField(max_length=200, blank=True, help_text="minute hour day month weekday")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name.")
    enabled = models.BooleanField(default=True)
    missed = models.CharField(max_length=10, choices=Missed, default=Missed.SKIP)
    next_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True, help_text="The last time it launched something.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last time came to nothing.")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "name"], name="schedule_name_once_per_namespace")
        ]
        indexes = [
            # Beat's question: what is due?
            models.Index(fields=["next_at"], condition=models.Q(enabled=True), name="schedule_due")
        ]

    if TYPE_CHECKING:
        created_by_id: int | None

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its times are meant."""
        return ZoneInfo(self.time_zone)

    @property
    def is_over(self) -> bool:
        """Whether its one moment has passed."""
        return not self.cron and self.next_at is None

    @property
    def current_parameters(self) -> dict[str, Any]:
        """What it launches with: the preset's parameters as they are now, or its own."""
        return dict(self.preset.parameters if self.preset else self.parameters)

    def key_for(self, due: datetime) -> UUID:
        """The launch key for one due time: the same time never launches twice."""
        return uuid5(KEY_SPACE, f"{self.pk} {due.isoformat()}")
