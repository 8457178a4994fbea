"""Statistics: SQLite chooses indexes by what its tables hold, once it has looked."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from runtime_app import tasks
from runtime_app.models import Activation, Status
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db(transaction=True)

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL looks by itself")


@on_sqlite
def test_a_look_by_primary_keys_does_not_walk_along_the_history() -> None:
    namespace = make_namespace()
    rows = [make_activation(namespace, Status.SUCCESS, listed_at=timezone.now()) for _ in range(200)]
    wanted = Activation.objects.filter(namespace=namespace, pk__in=[row.pk for row in rows[:50]])
    assert "PRIMARY KEY" not in wanted.explain()
    tasks.refresh_statistics()
    connection.close()
    assert "PRIMARY KEY" in wanted.explain()


def test_looking_changes_no_row() -> None:
    make_activation(make_namespace(), Status.PENDING)
    before = list(Activation.objects.values())
    tasks.refresh_statistics()
    tasks.refresh_statistics()
    assert list(Activation.objects.values()) == before
