"""What a part of a name means in the history: found along its index, whatever the size of the table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace
from runtime_app.services.history.paths import paths_in, paths_like, paths_query
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def test_each_path_with_runs_is_named_once(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for path in ("b", "a/x", "b", "ä"):
        make_activation(namespace, action_path=path)
    make_activation(make_namespace(), action_path="theirs")
    with django_assert_num_queries(1):
        assert sorted(paths_in(namespace)) == ["a/x", "b", "ä"]
    assert len(paths_in(namespace, limit=2)) == 2
    assert paths_in(make_namespace()) == []


def test_wildcards_of_sql_are_only_letters(namespace: Namespace) -> None:
    for path in ("a_b", "acb", "a%b"):
        make_activation(namespace, action_path=path)
    assert paths_like(namespace, "_b") == ["a_b"]
    assert paths_like(namespace, "%") == ["a%b"]


def test_the_names_are_found_along_an_index_of_actions(namespace: Namespace) -> None:
    now = timezone.now()
    Activation.objects.bulk_create(
        Activation(namespace=namespace, action_path=f"action-{number % 5}", listed_at=now - timedelta(number))
        for number in range(3_000)
    )
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"{explain} {paths_query()}", [namespace.pk, namespace.pk, 10])
        plan = str(cursor.fetchall())
    assert "history_by_" in plan
    for walk_over_all in ("Seq Scan on runtime_app_activation", "SCAN runtime_app_activation"):
        assert walk_over_all not in plan
    assert len(paths_in(namespace)) == 5
