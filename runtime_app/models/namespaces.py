"""A connected OpenWhisk namespace, with its key (encrypted) and how well it answers."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .encryption import decrypt, encrypt
from .fields import JSONTextField, one_line
from .people import Role, User

STALE_AFTER = timedelta(minutes=3)
DEFAULT_MAX_TIMEOUT_MS = 300_000
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
JITTER = 0.2


class NamespaceQuerySet(models.QuerySet["Namespace"]):
    def visible_to(self, user: User) -> Self:
        """The namespaces this person may see."""
        return self if user.is_superuser else self.filter(memberships__user=user)

    def active(self) -> Self:
        """Namespaces whose key works as far as known, so that workers may call them."""
        return self.filter(key_refused=False)

    def backfilling(self) -> Self:
        """Whose history is being read back."""
        return self.filter(backfilled_to__gt=F("backfill_goal"))

    def callable_now(self) -> Self:
        """Active ones that do not rest after trouble."""
        return self.active().filter(Q(retry_at=None) | Q(retry_at__lte=timezone.now()))


class Namespace(models.Model):
    """One namespace of one OpenWhisk deployment."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=256, help_text="The name the platform knows it by.")
    api_host = models.CharField(max_length=300, help_text="With scheme, without /api/v1.")
    encrypted_auth = models.TextField(editable=False)
    limits = JSONTextField(default=dict, blank=True, help_text="GET /namespaces/_/limits, as answered.")
    runtimes = JSONTextField(
        default=list, blank=True, help_text="Kinds the server offers: kind, default, deprecated."
    )
    list_limit = models.PositiveIntegerField(default=200, help_text="Most records one list request returns.")
    lists_records = models.BooleanField(
        default=True, db_default=True, help_text="Lists bring whole records when asked for them."
    )
    is_embedded = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    key_refused = models.BooleanField(default=False)
    last_contact_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, as workers met them.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="Workers rest until then.")
    throttled = models.BooleanField(
        default=False, db_default=False, help_text="They rest because the runtime asked for it (429)."
    )
    synced_at = models.DateTimeField(null=True, blank=True)
    rewired_at = models.DateTimeField(
        null=True, blank=True, help_text="When triggers, rules or packages changed last, as far as known."
    )
    swept_at = models.DateTimeField(null=True, blank=True)
    deep_swept_at = models.DateTimeField(null=True, blank=True)

    # The history is read back from one moment to an earlier one, newest first and in slices.
    backfill_from = models.DateTimeField(null=True, blank=True)
    backfill_goal = models.DateTimeField(null=True, blank=True)
    backfilled_to = models.DateTimeField(null=True, blank=True, help_text="How far back it is read by now.")

    # The last count of the runtime's records, and how many of those are missing here.
    counted_at = models.DateTimeField(null=True, blank=True)
    counted_upstream = models.PositiveIntegerField(null=True, blank=True)
    gap = models.PositiveIntegerField(default=0)

    objects = NamespaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["api_host", "name"], name="namespace_connected_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def auth(self) -> str:
        """The namespace's key, `UUID:KEY`, in clear. Never put it into a log or a page."""
        return decrypt(self.encrypted_auth)

    @auth.setter
    def auth(self, value: str) -> None:
        self.encrypted_auth = encrypt(value)

    @property
    def is_healthy(self) -> bool:
        """Whether the last call to the runtime was answered."""
        return not self.last_error and not self.key_refused

    @property
    def is_resting(self) -> bool:
        """Whether workers leave the runtime alone for a while after trouble."""
        return self.retry_at is not None and self.retry_at > timezone.now()

    @property
    def is_backfilling(self) -> bool:
        """Whether history is being read back."""
        goal, reached = self.backfill_goal, self.backfilled_to
        return goal is not None and reached is not None and reached > goal

    @property
    def backfilled_percent(self) -> int:
        """How much of the time to read back is read, rounded down."""
        start, goal, reached = self.backfill_from, self.backfill_goal, self.backfilled_to
        if start is None or goal is None or reached is None or start <= goal:
            return 100
        return int((start - reached) / (start - goal) * 100)

    def limit(self, key: str, default: int) -> int:
        """A number from the namespace's limits, e.g. `maxActionTimeout` in milliseconds."""
        value: Any = self.limits.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    @property
    def max_timeout_ms(self) -> int:
        """The longest time limit an action may have here, in milliseconds."""
        return self.limit("maxActionTimeout", DEFAULT_MAX_TIMEOUT_MS)

    def role_of(self, user: User) -> Role | None:
        """The person's role here; None for a stranger. Costs a query unless the person is a superuser."""
        if user.is_superuser:
            return Role.ADMIN
        membership = self.memberships.filter(user=user).first()
        return Role(membership.role) if membership else None

    def record_contact(self, *, of_launch: bool = False) -> None:
        """Note that the runtime answered with a valid key, which ends every earlier trouble.

        All but one: launches have limits of their own, so the answer `of_launch` does not end the rest that
        the runtime has asked for when it was read.
        """
        self._note(
            Q(throttled=False) if of_launch else Q(),
            last_contact_at=timezone.now(),
            last_error="",
            last_error_at=None,
            key_refused=False,
            failures=0,
            retry_at=None,
            throttled=False,
        )

    def record_error(self, sentence: str, *, key_refused: bool = False) -> None:
        """Note, in one sentence, what went wrong; workers rest for a growing pause."""
        self._note_trouble(sentence, seconds=None, key_refused=key_refused, throttled=self._must_rest)

    def record_throttle(self, sentence: str, *, retry_after: float | None = None) -> None:
        """Note that the runtime asks to be left alone, for `retry_after` s or a growing pause."""
        self._note_trouble(sentence, seconds=retry_after, throttled=True)

    @property
    def _must_rest(self) -> bool:
        """Whether the runtime itself has asked for the rest that goes on now."""
        return self.throttled and self.is_resting

    def _note_trouble(self, sentence: str, *, seconds: float | None, **values: Any) -> None:
        now, failures = timezone.now(), self.failures + 1
        retry_at = now + timedelta(seconds=seconds or pause_after(failures))
        if self._must_rest and self.retry_at is not None:
            retry_at = max(retry_at, self.retry_at)
        sentence = one_line(sentence, 500)
        values |= {"last_error": sentence, "last_error_at": now, "failures": failures, "retry_at": retry_at}
        self._note(Q(), **values)

    def _note(self, condition: Q, **values: Any) -> None:
        """Write at once, unless the key was replaced since this row was read: its old news is no news.

        An UPDATE, because a worker may hold a namespace that somebody has just disconnected.
        """
        rows = Namespace.objects.filter(condition, pk=self.pk, encrypted_auth=self.encrypted_auth)
        if rows.update(**values) or not condition:
            for field, value in values.items():
                setattr(self, field, value)

    record_contact.alters_data = True  # type: ignore[attr-defined]
    record_error.alters_data = True  # type: ignore[attr-defined]


def pause_after(failures: int) -> float:
    """Seconds to rest after so many failures in a row: doubling, jittered so that nobody comes in step."""
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 20))
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  no secret hangs on it
