"""Accounts, invitations and the audit log's filter."""

from __future__ import annotations

import pytest

from runtime_app.forms.people import AuditFilterForm, InviteForm, NewcomerForm, password_form
from runtime_app.models import AuditEntry, Role, Verb
from tests.factories import PASSWORD, make_namespace, make_user, member

pytestmark = pytest.mark.django_db

ADA = {"name": "Ada L", "username": "ada", "password": "a long passphrase"}


def test_a_newcomer_needs_a_name_a_user_name_and_a_password() -> None:
    assert NewcomerForm(ADA).is_valid()
    assert set(NewcomerForm({}).errors) == {"name", "username", "password"}


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({"username": "a b"}, "username", "valid username"),
        ({"username": "ALICE"}, "username", "already"),
        ({"password": "short"}, "password", "8 characters"),
        ({"password": "password1"}, "password", "too common"),
        ({"username": "adalovelace", "password": "adalovelace1"}, "password", "similar"),
        ({"name": "x" * 151}, "name", "150"),
    ],
)
def test_each_refusal_stands_at_its_field(fields: dict[str, str], where: str, words: str) -> None:
    make_user("alice")
    form = NewcomerForm({**ADA, **fields})
    assert set(form.errors) == {where}
    assert words in str(form.errors[where])


def test_a_password_is_changed_with_the_old_one_and_chosen_without() -> None:
    user = make_user("ann")
    assert "old_password" in password_form(user).fields
    fields = {"new_password1": "a long passphrase", "new_password2": "a long passphrase"}
    assert not password_form(user, fields).is_valid()
    assert password_form(user, {**fields, "old_password": PASSWORD}).is_valid()
    user.set_unusable_password()
    assert "old_password" not in password_form(user).fields
    assert password_form(user, fields).is_valid()


def test_an_invitation_has_one_of_the_four_roles() -> None:
    form = InviteForm({"role": "editor"})
    assert form.is_valid()
    assert form.cleaned_data["role"] is Role.EDITOR
    assert "role" in InviteForm({"role": "emperor"}).errors


def test_the_audit_filter_knows_only_people_and_entries_of_its_namespace() -> None:
    namespace, other = make_namespace(), make_namespace()
    ours, theirs = member(namespace, Role.VIEWER), member(other, Role.VIEWER)
    entry = AuditEntry.record(Verb.LAUNCHED, person=theirs, namespace=other)
    assert AuditFilterForm({"person": ours.pk, "verb": "launched"}, namespace=namespace).is_valid()
    assert set(AuditFilterForm({"person": theirs.pk}, namespace=namespace).errors) == {"person"}
    assert set(AuditFilterForm({"verb": "sang"}, namespace=namespace).errors) == {"verb"}
    assert set(AuditFilterForm({"before": entry.pk}, namespace=namespace).errors) == {"before"}
