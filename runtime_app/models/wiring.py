"""Cached triggers, rules and packages of a namespace, and what a trigger's rules did at each fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

from .activations import Activation
from .fields import JSONTextField
from .namespaces import Namespace

FEED_ANNOTATION = "feed"


class EntityQuerySet(models.QuerySet[Any]):
    def present(self) -> Self:
        """What existed upstream at the last sync."""
        return self.filter(vanished_at=None)

    def for_list(self, namespace: Namespace) -> Self:
        """The rows of a namespace's list, by name."""
        return self.filter(namespace=namespace).order_by("name")


class Entity(models.Model):
    """What every cached entity has; `version` and `remote_updated_ms` tell when it is out of date."""

    name = models.CharField(max_length=256)
    version = models.CharField(max_length=40)
    annotations = JSONTextField(default=dict, blank=True)
    remote_updated_ms = models.BigIntegerField(default=0)
    vanished_at = models.DateTimeField(null=True, blank=True)
    changed_outside_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField()

    objects = EntityQuerySet.as_manager()

    if TYPE_CHECKING:
        namespace: models.ForeignKey[Namespace]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Trigger(Entity):
    """A named channel: firing it starts the actions of all its active rules."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="triggers")
    parameters = JSONTextField(default=list, blank=True, help_text="Default parameters: key, value.")
    feed = models.CharField(
        max_length=600,
        blank=True,
        help_text="Path of the action that fires it, e.g. /whisk.system/alarms/alarm.",
    )
    feed_parameters = JSONTextField(
        default=dict, blank=True, help_text="What the feed was told from here; empty: not known."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "name"], name="trigger_once_per_namespace")
        ]

    @property
    def default_parameters(self) -> dict[str, Any]:
        """Default parameters as the object that is merged below a fire's own."""
        return {item["key"]: item.get("value") for item in self.parameters}


class Rule(Entity):
    """Ties a trigger to an action. Either may be missing upstream: a rule outlives both.

    Both ends are kept by name, because they may be deleted and created again, or live in a bound package.
    """

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="rules")
    trigger_name = models.CharField(max_length=256)
    action_path = models.CharField(max_length=513, help_text="name, or package/name.")
    action_namespace = models.CharField(max_length=256, blank=True, help_text="Empty: the rule's own.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "name"], name="rule_once_per_namespace")]
        indexes = [
            models.Index(fields=["namespace", "trigger_name"], name="rules_of_trigger"),
            models.Index(fields=["namespace", "action_path"], name="rules_of_action"),
        ]

    @property
    def action_label(self) -> str:
        """The action's path; with its namespace when that is another one."""
        return f"/{self.action_namespace}/{self.action_path}" if self.action_namespace else self.action_path


class Package(Entity):
    """A folder of actions with default parameters, or a binding: a package elsewhere under a name here."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="packages")
    is_shared = models.BooleanField(default=False, help_text="Other namespaces may use it.")
    binding = models.CharField(
        max_length=513, blank=True, help_text="namespace/package that it stands for; empty for a package."
    )
    parameters = JSONTextField(default=list, blank=True, help_text="Default parameters: key, value.")
    inherited = JSONTextField(
        null=True, blank=True, help_text="Of the package that a binding stands for; None: not read yet."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "name"], name="package_once_per_namespace")
        ]

    @property
    def is_binding(self) -> bool:
        """Whether it only stands for a package elsewhere."""
        return bool(self.binding)

    @property
    def default_parameters(self) -> dict[str, Any]:
        """Default parameters as the object that is merged below those of its actions."""
        return {item["key"]: item.get("value") for item in self.parameters}

    @property
    def own_parameters(self) -> dict[str, Any]:
        """The same without those that a binding only shows from the package behind it."""
        behind = self.inherited or {}
        shown = self.default_parameters
        return {key: shown[key] for key in shown if key not in behind or behind[key] != shown[key]}

    @property
    def inherited_keys(self) -> set[str]:
        """The names of the default parameters that a binding has from the package behind it."""
        return self.default_parameters.keys() - self.own_parameters.keys()


class RuleOutcome(models.Model):
    """What one rule did at one fire, as the trigger's own record tells it."""

    class Status(models.TextChoices):
        """Whether the rule started its action."""

        PASSED = "passed", "Passed on"
        REFUSED = "refused", "Refused"
        INACTIVE = "inactive", "Inactive"

    fire = models.ForeignKey(Activation, on_delete=models.CASCADE, related_name="outcomes")
    rule_name = models.CharField(max_length=256)
    action_path = models.CharField(
        max_length=600, help_text="name or package/name; /namespace/… when that is another one."
    )
    status = models.CharField(max_length=10, choices=Status)
    activation_id = models.CharField(max_length=32, blank=True, help_text="Of the action; empty: none ran.")
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["fire", "rule_name"], name="rule_outcome_once_per_fire")
        ]
        # What a rule did last; outcomes are added in the order of time.
        indexes = [models.Index(fields=["rule_name", "-id"], name="latest_outcomes")]

    def __str__(self) -> str:
        return f"{self.rule_name} {self.get_status_display()}"
