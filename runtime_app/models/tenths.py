"""Tenths of a second in SQL, by which activations are counted and indexed."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, TextField


class Tenth(Func):
    """In which tenth of a second a moment lies: a text that only tells tenths apart."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        # Where moments are texts, with microseconds behind the twentieth character, unless there are none.
        return self.as_sql(compiler, connection, template="SUBSTR(%(expressions)s, 1, 21)", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        # An index takes only what is the same in every time zone.
        template = "FLOOR(EXTRACT(EPOCH FROM (%(expressions)s) AT TIME ZONE 'UTC') * 10)::text"
        return self.as_sql(compiler, connection, template=template, **extra)
