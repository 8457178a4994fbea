"""Writing many rows in one statement, without a model instance for each.

Django's `bulk_create` asks every field of every row how it wants to be stored, and that takes longer than to
store it. Here all rows travel as one JSON parameter that the database takes apart, and the statement is put
together from the model's columns. Nothing calls `save()` or sends a signal.

Rows are sequences of Python values in the order of `columns`: attribute names, such as `namespace_id`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

Row = Sequence[Any]

# More goes in several statements: results may be large, and PostgreSQL takes 1 GB in a parameter.
STATEMENT_CHARACTERS = 32_000_000
# Their values are stored as they are.
_PLAIN = (models.CharField, models.IntegerField, models.BooleanField, models.ForeignKey)
# PostgreSQL has types for what JSON lacks, and reads their text; SQLite keeps Django's own form of it.
_READ_BY_POSTGRESQL = (models.DateTimeField, models.UUIDField)
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=str)


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], *, returning: Sequence[str] = ()
) -> list[tuple[Any, ...]]:
    """Insert rows. Columns that are not named get their field's default, one value for all rows.

    Returns the `returning` columns of each row, in any order.

    Raises:
        IntegrityError: a row is there already; within `atomic` none was inserted then.
    """
    statement, fields = _insert(model, columns)
    answer = f" RETURNING {', '.join(_names(_fields(model, returning)))}" if returning else ""
    return _run(statement + answer, fields, rows)


def upsert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows; where the first column, a unique one, has a row's value already, change the others."""
    statement, fields = _insert(model, columns)
    key, *others = _names(fields[: len(columns)])
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
    _run(f"{statement} ON CONFLICT ({key}) DO UPDATE SET {changes}", fields, rows)


def update_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    only_if: tuple[str, Collection[str]],
) -> None:
    """Change the rows that the first column, the primary key, names.

    Args:
        only_if: A column and the values of which it must have one; other rows are left alone.
    """
    fields, table = _fields(model, columns), connection.ops.quote_name(model._meta.db_table)
    key, *names = _names(fields)
    key_value, *values = _values(fields)
    changes = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
    condition, allowed = _names(_fields(model, only_if[:1]))[0], sorted(only_if[1])
    places = ", ".join(["%s"] * len(allowed))
    where = f"{table}.{key} = {key_value} AND {table}.{condition} IN ({places})"
    statement = f"UPDATE {table} SET {changes} FROM {_source()} WHERE {where}"  # noqa: S608  only names
    _run(statement, fields, rows, *allowed)


def _insert(model: type[models.Model], columns: Sequence[str]) -> tuple[str, list[Any]]:
    """The statement, and the fields of its rows: the named ones, then all others but an automatic key."""
    named = _fields(model, columns)
    others = [
        field
        for field in model._meta.concrete_fields
        if field not in named and not isinstance(field, models.AutoField)
    ]
    fields = [*named, *others]
    table, names = connection.ops.quote_name(model._meta.db_table), ", ".join(_names(fields))
    # Without a WHERE, SQLite would take the ON of ON CONFLICT for a join's.
    selected = f"SELECT {', '.join(_values(fields))} FROM {_source()} WHERE true"  # noqa: S608  only places
    return f"INSERT INTO {table} ({names}) {selected}", fields


def _fields(model: type[models.Model], columns: Iterable[str]) -> list[Any]:
    return [model._meta.get_field(column) for column in columns]


def _names(fields: Iterable[Any]) -> list[str]:
    return [connection.ops.quote_name(field.column) for field in fields]


def _source() -> str:
    """The rows of the JSON parameter as a table with one column, `value`."""
    if connection.vendor == "postgresql":
        return "jsonb_array_elements(%s::jsonb) AS given(value)"
    return "json_each(%s) AS given"


def _values(fields: Sequence[Any]) -> list[str]:
    """An expression for each column of a row, by its place."""
    if connection.vendor == "postgresql":
        # Without its length a type does not cut what is too long; the column then refuses it.
        types = [str(field.rel_db_type(connection)).partition("(")[0] for field in fields]
        return [f"(given.value->>{place})::{name}" for place, name in enumerate(types)]
    return [f"json_extract(given.value, '$[{place}]')" for place in range(len(fields))]


def _run(statement: str, fields: Sequence[Any], rows: Iterable[Row], *more: str) -> list[tuple[Any, ...]]:
    answers: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for part in _parts(_encoded(fields, rows)):
            cursor.execute(statement, [part, *more])
            answers += cursor.fetchall() if cursor.description else ()
    return answers


def _encoded(fields: Sequence[Any], rows: Iterable[Row]) -> Iterator[str]:
    """Each row as a JSON array of what the database is to store; what it lacks at its end is a default."""
    database = connections[DEFAULT_DB_ALIAS]
    defaults = [field.get_db_prep_save(field.get_default(), database) for field in fields]
    plain = (*_PLAIN, *_READ_BY_POSTGRESQL) if database.vendor == "postgresql" else _PLAIN
    prepared = [place for place, field in enumerate(fields) if not isinstance(field, plain)]
    for row in rows:
        values = [*row, *defaults[len(row) :]]
        for place in prepared:
            if place < len(row):
                values[place] = fields[place].get_db_prep_save(row[place], database)
        yield _ENCODER.encode(values)


def _parts(rows: Iterable[str]) -> Iterator[str]:
    """The rows as JSON arrays of arrays, none much longer than `STATEMENT_CHARACTERS`."""
    part: list[str] = []
    size = 0
    for row in rows:
        if part and size + len(row) > STATEMENT_CHARACTERS:
            yield f"[{','.join(part)}]"
            part, size = [], 0
        part.append(row)
        size += len(row)
    if part:
        yield f"[{','.join(part)}]"
