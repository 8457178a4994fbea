"""Who may come in: links that work once, and people's roles in a namespace."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from runtime_app.models import AuditEntry, Membership, Namespace, OneTimeLink, Role, User, Verb

FIRST_ADMIN = "admin"
UNUSABLE_PASSWORD = "!"  # noqa: S105  (how Django marks accounts without a password)


class LastAdminError(Exception):
    """The change would leave a namespace without an administrator. The text is a sentence for the page."""


class LinkUsedUpError(Exception):
    """Somebody else used the link first, or it ran out meanwhile."""


def first_sign_in_link() -> str | None:
    """The path of a fresh link for the first administrator, made if there is none yet.

    None as soon as any administrator can sign in with a password. Earlier unused links of the same person
    stop working, so only the one that was printed last opens the door.
    """
    administrators = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    if administrators.exclude(password__startswith=UNUSABLE_PASSWORD).exists():
        return None
    with transaction.atomic():
        return sign_in_link(administrators.first() or _first_administrator())


def _first_administrator() -> User:
    """`admin`, or with a number behind where an ordinary account has that name."""
    taken = set(User.objects.filter(username__startswith=FIRST_ADMIN).values_list("username", flat=True))
    names = [FIRST_ADMIN, *(f"{FIRST_ADMIN}-{number}" for number in range(2, len(taken) + 3))]
    return User.objects.create_superuser(next(name for name in names if name not in taken))


def sign_in_link(user: User) -> str:
    """The path of a fresh link that signs this person in; their earlier unused ones stop working."""
    OneTimeLink.objects.filter(user=user, used_at=None).delete()
    _, token = OneTimeLink.issue(user=user)
    return link_path(token)


def link_path(token: str) -> str:
    """Where a one-time link is opened."""
    return reverse("runtime_app:link", args=[token])


def usable_link(token: str) -> OneTimeLink | None:
    """The link with this token, with what it leads to, while it works."""
    links = OneTimeLink.objects.usable().for_token(token)
    return links.select_related("user", "namespace", "created_by").first()


def invite(namespace: Namespace, role: Role, note: str, *, person: User) -> str:
    """The path of a link that lets whoever opens it first join with `role`. It cannot be read again later."""
    with transaction.atomic():
        _, token = OneTimeLink.issue(namespace=namespace, role=role, note=note, created_by=person)
        AuditEntry.record(
            Verb.INVITED, person=person, namespace=namespace, target=note or "somebody", role=role
        )
    return link_path(token)


def withdraw_invitation(link: OneTimeLink, *, person: User) -> None:
    """Make an unused invitation worthless."""
    with transaction.atomic():
        AuditEntry.record(
            Verb.WITHDREW, person=person, namespace=link.namespace, target=link.note or "somebody"
        )
        link.delete()


def redeem_sign_in(link: OneTimeLink) -> User:
    """The person whom the link signs in, once it is used up.

    Raises:
        LinkUsedUpError: it does not work any more, or the account was closed.
    """
    user = link.user
    if user is None or not user.is_active or not link.claim():
        raise LinkUsedUpError
    AuditEntry.record(Verb.SIGNED_IN_BY_LINK, person=user)
    return user


def join(link: OneTimeLink, user: User) -> Membership:
    """Use an invitation up for this person. A role they hold already is raised by it, never lowered.

    Raises:
        LinkUsedUpError: it does not work any more.
    """
    with transaction.atomic():
        namespace = link.namespace
        if namespace is None or not link.claim():
            raise LinkUsedUpError
        membership, is_new = Membership.objects.get_or_create(
            user=user, namespace=namespace, defaults={"role": link.role}
        )
        if not is_new and Role(link.role).rank > Role(membership.role).rank:
            membership.role = link.role
            membership.save(update_fields=["role"])
        AuditEntry.record(
            Verb.JOINED, person=user, namespace=namespace, target=namespace.name, role=link.role
        )
    return membership


def join_as_newcomer(link: OneTimeLink, *, username: str, name: str, password: str) -> User:
    """A new account that joins by an invitation; both happen or neither.

    Raises:
        LinkUsedUpError: the invitation does not work any more.
        IntegrityError: the username is taken.
    """
    with transaction.atomic():
        user = User.objects.create_user(username, password=password, first_name=name)
        join(link, user)
    return user


def change_role(membership: Membership, role: Role, *, person: User) -> None:
    """Give a member another role.

    Raises:
        LastAdminError: nobody would be left to administer the namespace.
    """
    with transaction.atomic():
        _lock_members(membership.namespace)
        membership.refresh_from_db()
        before = Role(membership.role)
        if before == role:
            return
        if before == Role.ADMIN:
            _require_another_admin(membership)
        membership.role = role
        membership.save(update_fields=["role"])
        AuditEntry.record(
            Verb.ROLE_CHANGED,
            person=person,
            namespace=membership.namespace,
            target=membership.user.shown_name,
            before=before,
            after=role,
        )


def remove_member(membership: Membership, *, person: User) -> None:
    """Take a member's access away, at once.

    Raises:
        LastAdminError: nobody would be left to administer the namespace.
    """
    with transaction.atomic():
        _lock_members(membership.namespace)
        membership.refresh_from_db()
        if membership.role == Role.ADMIN:
            _require_another_admin(membership)
        AuditEntry.record(
            Verb.REMOVED,
            person=person,
            namespace=membership.namespace,
            target=membership.user.shown_name,
            role=membership.role,
        )
        membership.delete()


def _lock_members(namespace: Namespace) -> None:
    """Two administrators who demote each other at the same moment must not both succeed."""
    Namespace.objects.select_for_update().get(pk=namespace.pk)


def _require_another_admin(membership: Membership) -> None:
    admins = Membership.objects.filter(namespace=membership.namespace, role=Role.ADMIN, user__is_active=True)
    if not admins.exclude(pk=membership.pk).exists():
        raise LastAdminError(
            f"{membership.user.shown_name} is the only admin here; make somebody else admin first."
        )
