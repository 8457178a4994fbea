"""A field for a JSON object that says where a mistake is, by line and column."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, NoReturn

from django import forms
from django.core.exceptions import ValidationError

DEFAULT_BYTES = 1024 * 1024


class JSONObjectField(forms.CharField):
    """Text in, a dict out; empty text is an empty object.

    `max_bytes` is counted as it goes over the wire; `noun` is what the sentences call the object.
    """

    widget = forms.Textarea

    def __init__(
        self, *, max_bytes: int = DEFAULT_BYTES, noun: str = "parameters are", **kwargs: Any
    ) -> None:
        kwargs.setdefault("required", False)
        super().__init__(strip=False, **kwargs)
        self.max_bytes = max_bytes
        self.noun = noun
        self.widget.attrs.setdefault("data-editor", "json")
        self.widget.attrs.setdefault("spellcheck", "false")

    def to_python(self, value: Any) -> Any:
        """Parse; ValidationError with one sentence otherwise."""
        text = super().to_python(value) or ""
        if not text.strip():
            return {}
        parsed = parse_json(text)
        if not isinstance(parsed, dict):
            raise ValidationError(
                f'{self.noun.capitalize()} one JSON object, for example {{"name": "Ada"}}.',
                code="not_an_object",
            )
        self._check_size(parsed)
        return parsed

    def prepare_value(self, value: Any) -> Any:
        """A dict as indented text; text as it was typed."""
        if isinstance(value, dict):
            return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Not asked by any form here, and CharField would compare text with a dict."""
        return True

    def _check_size(self, parsed: dict[str, Any]) -> None:
        text = json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))
        size = len(text.encode("utf-8", "backslashreplace"))
        if size > self.max_bytes:
            raise ValidationError(
                f"The {self.noun} {_size_text(size)} long; {_size_text(self.max_bytes)} is the most.",
                code="too_large",
            )


def parse_json(text: str) -> Any:
    """The value that `text` stands for.

    Raises:
        ValidationError: it is no JSON; the sentence names line and column where there are any.
    """
    try:
        return json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_repeats
        )
    except json.JSONDecodeError as error:
        reason = _reason(error)
        raise ValidationError(
            f"Line {error.lineno}, column {error.colno}: {reason}.",
            code="invalid_json",
            params={"line": error.lineno, "column": error.colno},
        ) from error
    except RecursionError as error:
        raise ValidationError("This is nested too deeply.", code="invalid_json") from error
    except ValueError as error:
        if isinstance(error, ValidationError):
            raise
        raise ValidationError("One of the numbers has too many digits.", code="invalid_json") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValidationError(f"{name} is a number that JSON does not know.", code="invalid_json")


def _finite(text: str) -> float:
    """A float; one beyond the range would become Infinity, which is no JSON."""
    value = float(text)
    if math.isinf(value):
        raise ValidationError(f"{text[:40]} is too large a number.", code="invalid_json")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice is a mistake, of which JSON readers silently drop one half."""
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        repeated = counts.most_common(1)[0][0]
        raise ValidationError(f"The key “{repeated}” stands twice in one object.", code="invalid_json")
    return result


def _reason(error: json.JSONDecodeError) -> str:
    here = error.doc[error.pos : error.pos + 1]
    if here == "'" and error.msg.startswith("Expecting"):
        return 'JSON wants double quotes (") instead of single ones'
    if here == "" and error.msg.startswith("Expecting"):
        return "the text ends too early; a closing bracket or value is missing"
    return next((reason for start, reason in _REASONS if error.msg.startswith(start)), error.msg)


_REASONS = (
    ("Expecting property name", "a key in double quotes belongs here; a comma before } is one too many"),
    ("Illegal trailing comma", "the last comma is one too many"),
    ("Expecting value", "a value belongs here: text in double quotes, a number, true, false, null, { or ["),
    ("Expecting ',' delimiter", "a comma or a closing bracket is missing before this"),
    ("Expecting ':' delimiter", "a colon is missing after the key"),
    ("Extra data", "the JSON has ended before this; remove the rest"),
    ("Unterminated string", "the text that begins here has no closing double quote"),
    ("Invalid control character", "a line break or tab inside a text is written as \\n or \\t"),
    ("Invalid", "this backslash sequence is not known in JSON"),
)


def _size_text(size: int) -> str:
    megabytes = size / (1024 * 1024)
    return f"{megabytes:.2f} MB" if size % (1024 * 1024) else f"{megabytes:.0f} MB"
