"""Cached actions of a namespace, their code, and presets to launch them with."""

from __future__ import annotations

from typing import Any, Self

from django.db import models

from .fields import JSONTextField
from .namespaces import Namespace
from .people import User

SYNCHRONOUS_LIMIT_MS = 60_000
# Who may call the URL: anybody (absent or false), holders of a key (true), or of this secret.
REQUIRE_AUTH = "require-whisk-auth"
# The secret itself stays on the platform; here is kept that there is one.
WITHHELD_SECRET = "•••"  # noqa: S105  (stands for one)
# This panel's own note on a web action: the path of the action that it starts without waiting.
STARTS_ANNOTATION = "overtime-starts"
PATH_CHARACTERS = 513


class ActionQuerySet(models.QuerySet["Action"]):
    def present(self) -> Self:
        """Actions that existed upstream at the last sync."""
        return self.filter(vanished_at=None)

    def for_list(self, namespace: Namespace) -> Self:
        """The rows of a namespace's action list, by path; parameters stay in the database."""
        return self.filter(namespace=namespace).defer("parameters").order_by("path")


class Action(models.Model):
    """What the panel knows of an action upstream; `version` tells when it is out of date."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="actions")
    path = models.CharField(max_length=PATH_CHARACTERS, help_text="name, or package/name.")
    version = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)
    main = models.CharField(max_length=256, blank=True)
    is_binary = models.BooleanField(default=False, help_text="The code is a base64 archive.")
    timeout_ms = models.PositiveIntegerField()
    memory_mb = models.PositiveIntegerField()
    logs_mb = models.PositiveIntegerField()
    concurrency = models.PositiveIntegerField(default=1)
    parameters = JSONTextField(default=list, blank=True, help_text="Default parameters: key, value, init.")
    annotations = JSONTextField(default=dict, blank=True)
    components = JSONTextField(default=list, blank=True, help_text="Of a sequence: /namespace/package/name.")
    starts = models.CharField(
        max_length=PATH_CHARACTERS,
        blank=True,
        help_text="Path of the action that its code starts by name; empty: none that is known.",
    )
    remote_updated_ms = models.BigIntegerField(default=0)
    vanished_at = models.DateTimeField(null=True, blank=True)
    changed_outside_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField()

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "path"], name="action_once_per_namespace")
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition("/")[2]

    @property
    def package(self) -> str:
        """The package's name; empty for the default package."""
        return self.path.rpartition("/")[0]

    @property
    def language(self) -> str:
        """The family of the kind, e.g. `nodejs` or `python`."""
        return self.kind.partition(":")[0]

    @property
    def is_sequence(self) -> bool:
        """Whether it is made of other actions and has no code of its own."""
        return self.kind == "sequence"

    @property
    def component_chain(self) -> str:
        """What a sequence runs, in one line: `first → second`, without their namespaces."""
        return " → ".join(component.removeprefix("/").partition("/")[2] for component in self.components)

    @property
    def is_web(self) -> bool:
        """Whether it has a URL of its own."""
        return self.annotations.get("web-export") is True

    @property
    def is_raw_web(self) -> bool:
        """Whether its URL hands over query and body unparsed."""
        return self.is_web and self.annotations.get("raw-http") is True

    @property
    def web_secret_required(self) -> bool:
        """Whether its URL wants a key or a secret (`require-whisk-auth`: true, or the secret itself)."""
        return self.is_web and self.annotations.get(REQUIRE_AUTH, False) is not False

    @property
    def wants_key(self) -> bool:
        """Whether its URL wants credentials of the platform, instead of a secret of its own."""
        return self.is_web and self.annotations.get(REQUIRE_AUTH) is True

    @property
    def is_asynchronous_only(self) -> bool:
        """Whether its time limit is longer than a blocking call or a web request may take."""
        return self.timeout_ms > SYNCHRONOUS_LIMIT_MS

    @property
    def default_parameters(self) -> dict[str, Any]:
        """Default parameters as the object that is merged below the launch's own."""
        return {item["key"]: item.get("value") for item in self.parameters}

    @property
    def limits(self) -> dict[str, int]:
        """The limits in the platform's own words."""
        return {
            "timeout": self.timeout_ms,
            "memory": self.memory_mb,
            "logs": self.logs_mb,
            "concurrency": self.concurrency,
        }


class ActionCode(models.Model):
    """An action's code, apart from it so that lists never read it."""

    action = models.OneToOneField(Action, on_delete=models.CASCADE, related_name="code", primary_key=True)
    text = models.TextField(blank=True, help_text="Source, or base64 of an archive.")
    version = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"code of {self.action_id}"


class Preset(models.Model):
    """Parameters under a name, shared by the team, that launch an action or fire a trigger with one click.

    It points at its target by name, so it outlives one that is deleted and created again.
    """

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="presets")
    action_path = models.CharField(max_length=513, blank=True, help_text="Empty for a trigger's.")
    trigger_name = models.CharField(max_length=256, blank=True, help_text="Set: a payload to fire it with.")
    name = models.CharField(max_length=80)
    parameters = JSONTextField(default=dict, blank=True)
    waits = models.BooleanField(default=False, help_text="Launch as a blocking call.")
    on_dashboard = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["action_path", "trigger_name", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "action_path", "trigger_name", "name"],
                name="preset_name_once_per_target",
            )
        ]

    def __str__(self) -> str:
        return self.name
