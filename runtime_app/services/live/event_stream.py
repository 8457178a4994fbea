"""Changes as server-sent events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from runtime_app.models import Namespace
from runtime_app.services.live.changes import Changes, Cursor
from runtime_app.services.live.fragments import Fragments

LINE_END = re.compile("\r\n|\r|\n")


def encode(event: str, data: str, cursor: Cursor) -> bytes:
    """One server-sent event (HTML Standard, 9.2.6), which moves the browser's cursor."""
    # Each of these would end the field, so that foreign text could begin another one.
    lines = "".join(f"data: {line}\n" for line in LINE_END.split(data))
    return f"id: {cursor}\nevent: {event}\n{lines}\n".encode("utf-8", "replace")


def encode_resync(cursor: Cursor) -> bytes:
    """What a page is told that missed too much: load yourself anew."""
    return encode("resync", "{}", cursor)


def encode_rewired(cursor: Cursor) -> bytes:
    """What a page is told when triggers, rules or packages of its namespace have changed."""
    return encode("rewired", "{}", cursor)


def encode_changes(namespace: Namespace, changes: Changes, shows: Iterable[str]) -> dict[str, bytes]:
    """All that streams send for `changes`, by what their pages show; empty bytes when nothing happened."""
    if changes.too_many:
        return dict.fromkeys(shows, encode_resync(changes.cursor))
    fragments = Fragments(namespace, changes.activations)
    notes = [encode("changed", json.dumps(note.as_dict()), changes.cursor) for note in changes.notes]
    notes += [encode_rewired(changes.cursor)] if changes.rewired else []
    return {
        show: b"".join(
            [*(encode("fragment", html, changes.cursor) for html in fragments.for_page(show)), *notes]
        )
        for show in shows
    }
