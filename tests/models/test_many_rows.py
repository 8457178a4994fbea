"""Many rows in one statement: stored as Django itself would store them, all of them or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, ActivationPayload, Namespace, Status, many_rows
from runtime_app.models.many_rows import insert_rows, update_rows, upsert_rows
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db

HOSTILE = {
    "nul": "a\x00b",
    "half": "\ud800",
    "quotes": "'\"\\%s %",
    "big": 10**30,
    "deep": [[[{}]]],
    "é": None,
}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def row_values(namespace: Namespace, **fields: Any) -> dict[str, Any]:
    """The columns of an activation that have no default, and others."""
    return {
        "namespace_id": namespace.pk,
        "activation_id": uuid4().hex,
        "launch_key": uuid4(),
        "action_path": 'it\'s 100 % \\ "ünï" %s',
        "listed_at": datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        "started_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "changed_at": datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=UTC),
        "waits": True,
        "duration_ms": 2**31 - 1,
        "wait_ms": None,
        **fields,
    }


def insert(*rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    return insert_rows(Activation, list(rows[0]), [list(row.values()) for row in rows], returning=["id"])


def stored(model: type[Any], pk: int) -> tuple[Any, ...]:
    """A row as the database has it, without Django's reading of it."""
    with connection.cursor() as cursor:
        key = model._meta.pk.column
        cursor.execute(f"SELECT * FROM {model._meta.db_table} WHERE {key} = %s", [pk])
        names = [column[0] for column in cursor.description]
        return tuple(zip(names, cursor.fetchone(), strict=True))


def test_a_row_is_stored_as_django_stores_it(namespace: Namespace) -> None:
    values = row_values(namespace)
    [(pk,)] = insert(values)
    written = stored(Activation, pk)
    Activation.objects.all().delete()
    expected = stored(Activation, Activation.objects.create(**values).pk)
    assert written[1:] == expected[1:]
    assert written[0][0] == "id"


def test_foreign_json_is_stored_as_django_stores_it(namespace: Namespace) -> None:
    one, other = make_activation(namespace), make_activation(namespace)
    ActivationPayload.objects.all().delete()
    ActivationPayload.objects.create(activation=one, result=HOSTILE, logs=["\x00"], annotations=HOSTILE)
    columns = ["activation_id", "result", "logs", "annotations"]
    upsert_rows(ActivationPayload, columns, [(other.pk, HOSTILE, ["\x00"], HOSTILE)])
    first, second = stored(ActivationPayload, one.pk), stored(ActivationPayload, other.pk)
    assert set(first) ^ set(second) == {("activation_id", one.pk), ("activation_id", other.pk)}
    assert ActivationPayload.objects.get(activation=other).result == HOSTILE


def test_the_answer_names_each_row(namespace: Namespace) -> None:
    rows = [row_values(namespace) for _ in range(30)]
    columns = list(rows[0])
    values = [list(row.values()) for row in rows]
    answer = insert_rows(Activation, columns, values, returning=["activation_id", "id"])
    assert dict(answer) == dict(Activation.objects.values_list("activation_id", "pk"))
    assert len(answer) == 30


def test_a_row_that_is_there_keeps_all_of_them_out(namespace: Namespace) -> None:
    there = row_values(namespace)
    insert(there)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(row_values(namespace), row_values(namespace, activation_id=there["activation_id"]))
    assert Activation.objects.count() == 1


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite keeps text of any length")
def test_text_that_is_too_long_is_refused_not_cut(namespace: Namespace) -> None:
    with pytest.raises(DataError), transaction.atomic():
        insert(row_values(namespace, cause="c" * 33))
    waiting = make_activation(namespace, Status.PENDING)
    with pytest.raises(DataError), transaction.atomic():
        update_rows(Activation, ["id", "cause"], [(waiting.pk, "c" * 33)], only_if=("status", ["pending"]))


def test_only_rows_with_an_allowed_value_change(namespace: Namespace) -> None:
    pending, done = make_activation(namespace, Status.PENDING), make_activation(namespace, Status.SUCCESS)
    stranger = make_activation(namespace, Status.PENDING)
    before, now = done.changed_at, timezone.now() + timedelta(hours=1)
    rows = [(each.pk, "new", None, now) for each in (pending, done)]
    columns = ["id", "summary", "next_poll_at", "changed_at"]
    update_rows(Activation, columns, rows, only_if=("status", {Status.PENDING, Status.UNKNOWN}))
    for each in (pending, done, stranger):
        each.refresh_from_db()
    assert (pending.summary, pending.next_poll_at, pending.changed_at) == ("new", None, now)
    assert (done.summary, done.changed_at) == ("", before)
    assert stranger.summary == ""


def test_what_an_upsert_does_not_name_stays(namespace: Namespace) -> None:
    known = make_activation(namespace, Status.PENDING, parameters={"w": 2})
    bare = make_activation(namespace, Status.PENDING)
    ActivationPayload.objects.filter(activation=bare).delete()
    rows = [(each.pk, {"ok": each.pk}) for each in (known, bare)]
    upsert_rows(ActivationPayload, ["activation_id", "result"], rows)
    found = ActivationPayload.objects.in_bulk()
    assert (found[known.pk].parameters, found[known.pk].result) == ({"w": 2}, {"ok": known.pk})
    assert (found[bare.pk].parameters, found[bare.pk].result) == (None, {"ok": bare.pk})
    assert found[bare.pk].logs == []


def test_rows_take_one_statement_and_none_take_none(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        insert(*[row_values(namespace) for _ in range(1_000)])
    with django_assert_num_queries(0):
        update_rows(Activation, ["id", "summary"], [], only_if=("status", ["pending"]))


def test_what_is_too_large_for_a_statement_takes_several(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_rows, "STATEMENT_CHARACTERS", 1_000)
    rows = [(make_activation(namespace).pk, "x" * size) for size in (400, 500, 2_000, 10)]
    with django_assert_num_queries(3):
        upsert_rows(ActivationPayload, ["activation_id", "result"], rows)
    kept = ActivationPayload.objects.in_bulk()
    assert [(pk, kept[pk].result) for pk, _ in rows] == rows
