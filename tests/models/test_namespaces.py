"""A namespace: its encrypted key, its health, its limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from runtime_app.models import CredentialUnreadableError, Namespace
from runtime_app.models.encryption import decrypt, encrypt, rotate
from runtime_app.models.namespaces import DEFAULT_MAX_TIMEOUT_MS
from tests.factories import AUTH, make_namespace

pytestmark = pytest.mark.django_db


def test_the_key_is_encrypted_at_rest() -> None:
    namespace = make_namespace()
    stored = Namespace.objects.values_list("encrypted_auth", flat=True).get()
    assert AUTH not in stored
    assert AUTH.partition(":")[2] not in stored
    assert Namespace.objects.get(pk=namespace.pk).auth == AUTH


def test_the_same_key_never_looks_the_same_twice() -> None:
    assert encrypt(AUTH) != encrypt(AUTH)


def test_an_older_encryption_key_still_opens(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.OVERTIME_CREDENTIAL_KEYS = [old]
    token = encrypt(AUTH)
    settings.OVERTIME_CREDENTIAL_KEYS = [new, old]
    assert decrypt(token) == AUTH
    moved = rotate(token)
    settings.OVERTIME_CREDENTIAL_KEYS = [new]
    assert decrypt(moved) == AUTH


def test_a_missing_encryption_key_is_said_so(settings: Settings) -> None:
    namespace = make_namespace()
    settings.OVERTIME_CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CredentialUnreadableError, match="encryption key that is missing"):
        _ = Namespace.objects.get(pk=namespace.pk).auth


def test_a_namespace_is_connected_once() -> None:
    first = make_namespace()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_namespace(name=first.name, api_host=first.api_host)


def test_contact_ends_trouble() -> None:
    namespace = make_namespace()
    namespace.record_error("401", key_refused=True)
    assert not namespace.is_healthy
    assert not Namespace.objects.active()
    namespace.record_contact()
    kept = Namespace.objects.get(pk=namespace.pk)
    assert kept.is_healthy
    assert kept.last_contact_at
    assert kept.last_error_at is None
    assert list(Namespace.objects.active()) == [namespace]


def test_other_trouble_does_not_shorten_the_rest_that_the_runtime_asks_for() -> None:
    namespace = make_namespace()
    namespace.record_throttle("Slow down.", retry_after=3_600)
    asked_for = namespace.retry_at
    namespace.record_error("It is away.")
    kept = Namespace.objects.get(pk=namespace.pk)
    assert (kept.retry_at, kept.throttled, kept.failures) == (asked_for, True, 2)


def test_a_rest_that_is_over_binds_nobody() -> None:
    namespace = make_namespace()
    namespace.record_throttle("Slow down.", retry_after=3_600)
    namespace.retry_at = timezone.now() - timedelta(seconds=1)
    namespace.record_error("It is away.")
    kept = Namespace.objects.get(pk=namespace.pk)
    assert kept.is_resting
    assert not kept.throttled


def test_trouble_is_one_line_that_fits() -> None:
    namespace = make_namespace()
    namespace.record_error("a\nb\x00" + "c" * 1_000)
    kept = Namespace.objects.get(pk=namespace.pk)
    assert kept.last_error.startswith("a b")
    assert len(kept.last_error) == 500


def test_noting_contact_touches_nothing_else() -> None:
    namespace = make_namespace()
    Namespace.objects.filter(pk=namespace.pk).update(list_limit=50)
    namespace.record_contact()
    assert Namespace.objects.get(pk=namespace.pk).list_limit == 50


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"maxActionTimeout": 600_000}, 600_000),
        ({}, DEFAULT_MAX_TIMEOUT_MS),
        ({"maxActionTimeout": "long"}, DEFAULT_MAX_TIMEOUT_MS),
        ({"maxActionTimeout": True}, DEFAULT_MAX_TIMEOUT_MS),
        ({"maxActionTimeout": None}, DEFAULT_MAX_TIMEOUT_MS),
    ],
)
def test_limits_that_are_no_numbers_fall_back(limits: dict[str, Any], expected: int) -> None:
    assert Namespace(limits=limits).max_timeout_ms == expected
