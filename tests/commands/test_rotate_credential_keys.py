"""`manage.py rotate_credential_keys`: a new encryption key takes over."""

from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from runtime_app.models import CredentialUnreadableError, Namespace
from tests.factories import AUTH, make_namespace

pytestmark = pytest.mark.django_db

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_after_rotation_the_old_key_is_not_needed_any_more(settings: LazySettings) -> None:
    settings.OVERTIME_CREDENTIAL_KEYS = [OLD]
    for _ in range(2):
        make_namespace()
    settings.OVERTIME_CREDENTIAL_KEYS = [NEW, OLD]
    out = StringIO()
    call_command("rotate_credential_keys", stdout=out)
    assert out.getvalue() == "2 encrypted anew.\n"
    settings.OVERTIME_CREDENTIAL_KEYS = [NEW]
    assert [namespace.auth for namespace in Namespace.objects.all()] == [AUTH, AUTH]


def test_what_no_key_opens_is_named_and_left_as_it_is(settings: LazySettings) -> None:
    settings.OVERTIME_CREDENTIAL_KEYS = [OLD]
    lost = make_namespace(name="lost")
    settings.OVERTIME_CREDENTIAL_KEYS = [NEW]
    good = make_namespace(name="good")
    with pytest.raises(CommandError, match="the key of lost"):
        call_command("rotate_credential_keys", stdout=StringIO())
    good.refresh_from_db()
    assert good.auth == AUTH
    with pytest.raises(CredentialUnreadableError):
        _ = lost.auth
    settings.OVERTIME_CREDENTIAL_KEYS = [NEW, OLD]
    lost.refresh_from_db()
    assert lost.auth == AUTH
