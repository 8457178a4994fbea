"""What the live stream tells, asked for by polling."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.services.live.changes import MAX_CHANGES, Cursor
from runtime_app.services.live.publishing import is_watched
from tests.factories import make_activation

pytestmark = pytest.mark.django_db


def test_polling_tells_the_same(viewer: Client, namespace: Namespace) -> None:
    address = f"/n/{namespace.slug}/live/changes/"
    start = viewer.get(address).json()
    assert (start["html"], start["changed"]) == ("", [])
    activation = make_activation(namespace, changed_at=timezone.now())
    answer = viewer.get(address, {"cursor": start["cursor"]}).json()
    assert f"activation-row-{activation.pk}" in answer["html"]
    assert answer["changed"] == [{"pk": activation.pk, "status": "success", "new": True}]
    assert answer["rewired"] is False
    assert is_watched(namespace.pk)


def test_polling_for_nothing_new_is_answered_with_nothing(viewer: Client, namespace: Namespace) -> None:
    make_activation(namespace, listed_at=timezone.now() - timedelta(minutes=1))
    answer = viewer.get(f"/n/{namespace.slug}/live/changes/", {"cursor": str(Cursor.now())})
    assert (answer.status_code, answer.content) == (204, b"")


def test_polling_after_too_much_says_so(viewer: Client, namespace: Namespace) -> None:
    cursor, now = Cursor.now(), timezone.now()
    rows = [Activation(namespace=namespace, action_path="a", listed_at=now) for _ in range(MAX_CHANGES + 1)]
    Activation.objects.bulk_create(rows)
    answer = viewer.get(f"/n/{namespace.slug}/live/changes/", {"cursor": str(cursor)}).json()
    assert answer["resync"] is True
    assert answer["html"] == ""
