"""What people did, for those who must account for it."""

from __future__ import annotations

from typing import Any

from django.db import models

from .fields import JSONTextField, one_line
from .namespaces import Namespace
from .people import User


class Verb(models.TextChoices):
    """What was done."""

    SIGNED_IN_BY_LINK = "signed_in_by_link", "signed in by link"
    CONNECTED = "connected", "connected namespace"
    KEY_REPLACED = "key_replaced", "replaced key of"
    REVEALED = "revealed", "revealed key of"
    DISCONNECTED = "disconnected", "disconnected namespace"
    CREATED = "created", "created action"
    UPDATED = "updated", "changed action"
    DELETED = "deleted", "deleted action"
    LAUNCHED = "launched", "launched"
    CANCELLED = "cancelled", "took back launch of"
    IDENTIFIED = "identified", "found the activation of"
    BULK_LAUNCHED = "bulk_launched", "launched many of"
    BULK_PAUSED = "bulk_paused", "paused bulk launch of"
    BULK_RESUMED = "bulk_resumed", "resumed bulk launch of"
    BULK_STOPPED = "bulk_stopped", "stopped bulk launch of"
    SCHEDULE_CREATED = "schedule_created", "created schedule"
    SCHEDULE_UPDATED = "schedule_updated", "changed schedule"
    SCHEDULE_ENABLED = "schedule_enabled", "enabled schedule"
    SCHEDULE_DISABLED = "schedule_disabled", "disabled schedule"
    SCHEDULE_DELETED = "schedule_deleted", "deleted schedule"
    PRESET_SAVED = "preset_saved", "saved preset"
    PRESET_DELETED = "preset_deleted", "deleted preset"
    TRIGGER_CREATED = "trigger_created", "created trigger"
    TRIGGER_UPDATED = "trigger_updated", "changed trigger"
    TRIGGER_DELETED = "trigger_deleted", "deleted trigger"
    FIRED = "fired", "fired trigger"
    RULE_CREATED = "rule_created", "created rule"
    RULE_UPDATED = "rule_updated", "changed rule"
    RULE_DELETED = "rule_deleted", "deleted rule"
    RULE_ENABLED = "rule_enabled", "enabled rule"
    RULE_DISABLED = "rule_disabled", "disabled rule"
    PACKAGE_CREATED = "package_created", "created package"
    PACKAGE_UPDATED = "package_updated", "changed package"
    PACKAGE_DELETED = "package_deleted", "deleted package"
    SECRET_REVEALED = "secret_revealed", "revealed the URL's secret of"
    URL_CHANGED = "url_changed", "changed the URL of"
    URL_CALLED = "url_called", "called the URL of"
    INVITED = "invited", "invited"
    WITHDREW = "withdrew", "withdrew invitation of"
    JOINED = "joined", "joined"
    ROLE_CHANGED = "role_changed", "changed role of"
    REMOVED = "removed", "removed member"


class AuditEntry(models.Model):
    """One deed of one person; never changed, never shown to those who are not administrators."""

    at = models.DateTimeField(auto_now_add=True)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    person_name = models.CharField(max_length=150, help_text="Kept when the account is deleted.")
    namespace = models.ForeignKey(
        Namespace, null=True, on_delete=models.SET_NULL, related_name="audit_entries"
    )
    verb = models.CharField(max_length=30, choices=Verb)
    target = models.CharField(max_length=600, blank=True)
    detail = JSONTextField(default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # The audit page of one namespace, newest first.
            models.Index(fields=["namespace", "-at", "-id"], name="audit_by_namespace"),
            # The audit page of the whole panel.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.person_name} {self.get_verb_display()} {self.target}"

    @classmethod
    def record(
        cls,
        verb: Verb,
        *,
        person: User | None,
        namespace: Namespace | None = None,
        target: str = "",
        **detail: Any,
    ) -> AuditEntry:
        """Write an entry; `detail` must hold no secrets."""
        return cls.objects.create(
            verb=verb,
            person=person,
            person_name=person.shown_name if person else "Overtime",
            namespace=namespace,
            target=one_line(target, 600),
            detail=detail,
        )
