"""`{% json_tree %}`: a JSON value as nested `<details>`. Values come from strangers' code: all is escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NODE_LIMIT = 300
DEPTH_LIMIT = 20
OPEN_DEPTH = 2
STRING_LIMIT = 2000

# Direction overrides would let a value rewrite the line around it; lone surrogates cannot be sent as UTF-8.
UNSAFE_TEXT = re.compile("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible_text(text: str) -> str:
    """The text with direction overrides and lone surrogates spelled out as `\\uXXXX`."""
    return UNSAFE_TEXT.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


@register.filter
def pretty_json(value: Any) -> str:
    """The value as indented JSON text, safe to send; the template escapes it."""
    return visible_text(json.dumps(value, indent=2, ensure_ascii=False))


@register.simple_tag
def json_tree(value: Any, label: str = "Result") -> SafeString:
    """The value as a tree that opens and closes without scripts, at most `NODE_LIMIT` values of it."""
    tree = _Tree()
    body = tree.render(value, depth=0)
    note = (
        _note(f"Shown are the first {NODE_LIMIT} values. Copy or download has all of them.")
        if tree.cut
        else ""
    )
    return format_html(
        '<div class="json-tree" tabindex="0" role="region" aria-label="{}">{}{}</div>', label, body, note
    )


def _note(text: str) -> SafeString:
    return format_html('<div class="json-tree__note">{}</div>', text)


class _Tree:
    """One rendering: counts the values it has written, and notes whether some were left out."""

    def __init__(self) -> None:
        self.left = NODE_LIMIT
        self.cut = False

    def render(self, value: Any, depth: int) -> SafeString:
        if isinstance(value, dict):
            return self._container(value, "{}", len(value), "key", depth)
        if isinstance(value, list):
            return self._container(value, "[]", len(value), "item", depth)
        return _scalar(value)

    def _container(self, value: Any, brackets: str, count: int, noun: str, depth: int) -> SafeString:
        if not count:
            return format_html("<span>{}</span>", brackets)
        if depth >= DEPTH_LIMIT:
            self.cut = True
            return format_html('<span class="json-tree__note">{}</span>', "… nested too deeply to draw")
        return format_html(
            "<details{}><summary>{} {} {}{} {}</summary><ul>{}</ul></details>",
            mark_safe(" open") if depth < OPEN_DEPTH else "",
            brackets[0],
            count,
            noun,
            "" if count == 1 else "s",
            brackets[1],
            format_html_join("", "<li>{}{}</li>", self._entries(value, depth)),
        )

    def _entries(self, value: Any, depth: int) -> Iterator[tuple[SafeString, SafeString]]:
        pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for key, item in pairs:
            if self.left <= 0:
                self.cut = True
                return
            self.left -= 1
            yield _key(key), self.render(item, depth + 1)


def _key(key: str | None) -> SafeString:
    if key is None:
        return mark_safe("")
    return format_html('<span class="json-tree__key">{}</span>: ', visible_text(str(key)))


def _scalar(value: Any) -> SafeString:
    if isinstance(value, str):
        return _string(value)
    kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else "word"
    return format_html('<span class="json-tree__{}">{}</span>', kind, json.dumps(value))


def _string(text: str) -> SafeString:
    shown = visible_text(json.dumps(text[:STRING_LIMIT], ensure_ascii=False))
    if len(text) <= STRING_LIMIT:
        return format_html('<span class="json-tree__string">{}</span>', shown)
    rest = f" … {len(text) - STRING_LIMIT:,} more characters"
    return format_html(
        '<span class="json-tree__string">{}</span><span class="json-tree__note">{}</span>', shown, rest
    )
