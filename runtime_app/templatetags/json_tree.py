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
    body = tree.render(mark_safe(""), value, depth=0)
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

    def render(self, key: SafeString, value: Any, depth: int) -> SafeString:
        """The value behind its key (empty for the root and for items of lists)."""
        if isinstance(value, dict) and value:
            return self._container(key, value, "{}", "key", depth)
        if isinstance(value, list) and value:
            return self._container(key, value, "[]", "item", depth)
        return format_html("{}{}", key, _scalar(value))

    def _container(self, key: SafeString, value: Any, brackets: str, noun: str, depth: int) -> SafeString:
        if depth >= DEPTH_LIMIT:
            self.cut = True
            return format_html(
                '{}<span class="json-tree__note">{}</span>', key, "… nested too deeply to draw"
            )
        return format_html(
            "<details{}><summary>{}{} {} {}{} {}</summary><ul>{}</ul></details>",
            mark_safe(" open") if depth < OPEN_DEPTH else "",
            key,
            brackets[0],
            len(value),
            noun,
            "" if len(value) == 1 else "s",
            brackets[1],
            format_html_join("", "<li>{}</li>", self._entries(value, depth)),
        )

    def _entries(self, value: Any, depth: int) -> Iterator[tuple[SafeString]]:
        pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for name, item in pairs:
            if self.left <= 0:
                self.cut = True
                return
            self.left -= 1
            yield (self.render(_key(name), item, depth + 1),)


def _key(name: str | None) -> SafeString:
    if name is None:
        return mark_safe("")
    return format_html('<span class="json-tree__key">{}</span>: ', visible_text(str(name)))


def _scalar(value: Any) -> SafeString:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict | list):
        return format_html("<span>{}</span>", "{}" if isinstance(value, dict) else "[]")
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
