"""People: users, their roles in namespaces, and links that work once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from .namespaces import Namespace

LINK_LIFETIME = timedelta(days=3)


class User(AbstractUser):
    """Somebody who signs in; superusers are administrators of every namespace."""

    @property
    def shown_name(self) -> str:
        """The name other people see."""
        return self.get_full_name() or self.username


class Role(models.TextChoices):
    """What a member may do in a namespace; each role includes the ones before it."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    EDITOR = "editor", "Editor"
    ADMIN = "admin", "Admin"

    @property
    def rank(self) -> int:
        """Position in the order of power, viewer = 0."""
        return list(Role).index(self)

    @property
    def explanation(self) -> str:
        """What the role allows, in a few words."""
        return _ROLE_EXPLANATIONS[self]

    def includes(self, other: Role) -> bool:
        """Whether this role may do everything that `other` may."""
        return self.rank >= other.rank


_ROLE_EXPLANATIONS = {
    Role.VIEWER: "sees actions, history and results",
    Role.OPERATOR: "also launches actions, fires triggers and saves presets",
    Role.EDITOR: "also creates, changes and deletes actions, triggers and rules",
    Role.ADMIN: "also manages members, the key and the audit log",
}


class Membership(models.Model):
    """One person's role in one namespace."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    namespace = models.ForeignKey("Namespace", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "namespace"], name="one_role_per_namespace")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.namespace}"


class OneTimeLinkQuerySet(models.QuerySet["OneTimeLink"]):
    def usable(self) -> Self:
        """Links that were not used and have not run out."""
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def for_token(self, token: str) -> Self:
        """The link whose secret is `token`, if there is one."""
        return self.filter(token_digest=digest(token))


class OneTimeLink(models.Model):
    """A link that works once: it signs `user` in, or lets a newcomer join `namespace` with `role`.

    Only a digest of the token is kept, so a copy of the database opens no door.
    """

    token_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="links")
    namespace = models.ForeignKey(
        "Namespace", null=True, blank=True, on_delete=models.CASCADE, related_name="links"
    )
    role = models.CharField(max_length=10, choices=Role, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text="Whom the link is meant for.")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = OneTimeLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"link for {self.user or self.note or 'a newcomer'}"

    @classmethod
    def issue(
        cls,
        *,
        user: User | None = None,
        namespace: Namespace | None = None,
        role: str = "",
        note: str = "",
        created_by: User | None = None,
        lifetime: timedelta = LINK_LIFETIME,
    ) -> tuple[OneTimeLink, str]:
        """Make a link; the second item is its token, which cannot be read again later."""
        token = secrets.token_urlsafe(32)
        link = cls.objects.create(
            token_digest=digest(token),
            user=user,
            namespace=namespace,
            role=role,
            note=note,
            created_by=created_by,
            expires_at=timezone.now() + lifetime,
        )
        return link, token

    def claim(self, *, now: datetime | None = None) -> bool:
        """Use the link up; False when somebody else was first or it has run out."""
        now = now or timezone.now()
        claimed = OneTimeLink.objects.filter(pk=self.pk, used_at=None, expires_at__gt=now).update(used_at=now)
        return claimed == 1


def digest(token: str) -> str:
    """The form in which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
