"""Bulk launches: many launches of one action from one list, with a state of their own."""

from __future__ import annotations

from typing import Self
from uuid import UUID, uuid4, uuid5

from django.db import models
from django.utils import timezone

from .lifecycle import moves
from .namespaces import Namespace
from .people import User


class BulkState(models.TextChoices):
    """Where a bulk launch stands."""

    DRAFT = "draft", "Not launched yet"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped"
    DONE = "done", "Done"


class BulkLaunchQuerySet(models.QuerySet["BulkLaunch"]):
    def drafts(self) -> Self:
        """Those that are only lists yet."""
        return self.filter(state=BulkState.DRAFT)

    def launched(self) -> Self:
        """Those that people decided to launch, newest first."""
        return self.exclude(state=BulkState.DRAFT).order_by("-created_at", "-id")


class BulkLaunch(models.Model):
    """A list of parameters that launches an action once for each of its rows.

    A draft holds the text it came from. Its rows are activations from the launch on.
    """

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="bulk_launches")
    action_path = models.CharField(max_length=513)
    launched_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    launch_key = models.UUIDField(default=uuid4, unique=True, help_text="The rows' keys derive from it.")
    source = models.TextField(blank=True, help_text="The pasted or uploaded text, as long as it is a draft.")
    source_format = models.CharField(max_length=10, blank=True, help_text="jsonl or csv; empty: as it looks.")
    file_name = models.CharField(max_length=200, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="Rows that are launched.")
    skipped = models.PositiveIntegerField(default=0, help_text="Rows that were left out as bad.")
    state = models.CharField(max_length=10, choices=BulkState, default=BulkState.DRAFT)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BulkLaunchQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["namespace", "action_path", "-created_at"], name="bulk_of_action"),
            # The drip's question: what runs?
            models.Index(fields=["state"], name="bulk_state"),
        ]

    def __str__(self) -> str:
        return f"{self.total:,} × {self.action_path}"

    @property
    def is_draft(self) -> bool:
        """Whether nothing was launched yet."""
        return self.state == BulkState.DRAFT

    @property
    def is_open(self) -> bool:
        """Whether rows may still leave, now or after a pause."""
        return self.state in (BulkState.RUNNING, BulkState.PAUSED)

    def row_key(self, line: int) -> UUID:
        """The launch key of the row that stands in this line: the same list never launches twice."""
        return uuid5(self.launch_key, str(line))

    @moves
    def launch(self) -> bool:
        """draft → running, for whoever is first."""
        return self._move({BulkState.DRAFT}, BulkState.RUNNING)

    @moves
    def pause(self) -> bool:
        """running → paused: rows wait, nothing more leaves."""
        return self._move({BulkState.RUNNING}, BulkState.PAUSED)

    @moves
    def resume(self) -> bool:
        """paused → running."""
        return self._move({BulkState.PAUSED}, BulkState.RUNNING)

    @moves
    def stop(self) -> bool:
        """running or paused → stopped, for ever."""
        return self._move({BulkState.RUNNING, BulkState.PAUSED}, BulkState.STOPPED)

    def _move(self, start: set[BulkState], state: BulkState) -> bool:
        rows = BulkLaunch.objects.filter(pk=self.pk, state__in=start)
        if rows.update(state=state) != 1:
            return False
        self.state = state
        return True
