"""How other people's data is kept: JSON as text, and text that every database takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

_ENCODER = json.JSONEncoder(separators=(",", ":"))


class JSONTextField(models.TextField):
    """A JSON value kept as ASCII text.

    Unlike `JSONField` it keeps the order of keys and takes `\\u0000` and lone surrogates on PostgreSQL too.
    What is stored in it is shown, never queried.
    """

    description = "JSON kept as text"
    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """What the column's text stands for."""
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        """The text to store. `None` is SQL NULL where the column may be null."""
        return None if value is None and self.null else _ENCODER.encode(value)

    def to_python(self, value: Any) -> Any:
        """Accept what a serializer or a form hands over: the value itself, or its text."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValidationError("This is not valid JSON.") from error

    def value_to_string(self, obj: models.Model) -> str:
        """For fixtures."""
        return json.dumps(self.value_from_object(obj))


def one_line(text: str, limit: int) -> str:
    """Foreign text as one line of at most `limit` characters that any database and page can hold."""
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode()
    line = " ".join(clean.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
