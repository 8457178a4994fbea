"""What the streams of a namespace have been told, and the line in which each waits for more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from runtime_app.models import Activation, Namespace
from runtime_app.services.live.changes import Cursor
from runtime_app.services.live.event_stream import encode_resync
from runtime_app.services.live.fragments import ROWS

# A stream that is this many messages behind is told to load its page anew.
QUEUE_MESSAGES = 100


class Watcher:
    """One stream's place in the line. A slow one loses messages and is told so, instead of filling memory."""

    def __init__(self, show: str = ROWS) -> None:
        self.show = show
        self._messages: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_MESSAGES)

    def offer(self, message: bytes, cursor: Cursor) -> None:
        if self._messages.full():
            while not self._messages.empty():
                self._messages.get_nowait()
            message = encode_resync(cursor)
        self._messages.put_nowait(message)

    async def next(self, seconds: float) -> bytes | None:
        """The next message; None when there was none for `seconds`."""
        try:
            return await asyncio.wait_for(self._messages.get(), seconds)
        except TimeoutError:
            return None


class Feed:
    """What the watchers of one namespace have been told."""

    def __init__(self, namespace: Namespace, cursor: Cursor) -> None:
        self.namespace = namespace
        self.watchers: set[Watcher] = set()
        self.cursor = cursor
        self.looked_at = cursor.changed_at
        # Whether something could not be told, which the next look at the database will find.
        self.is_behind = False
        self.rewired_at: datetime | None = cursor.changed_at
        self._told: dict[int, datetime] = {}

    def untold(self, activations: Sequence[Activation]) -> list[Activation]:
        """Those of which this very change was not told yet."""
        fresh = [row for row in activations if self._told.get(row.pk) != row.changed_at]
        self._told.update((row.pk, row.changed_at) for row in fresh)
        return fresh

    def move_on(self, activations: Sequence[Activation]) -> None:
        """Move the cursor over what is told now; not while who comes back must still hear of something."""
        moved = self.cursor.past(activations)
        self.cursor = replace(moved, changed_at=self.cursor.changed_at) if self.is_behind else moved

    def forget(self, activations: Sequence[Activation]) -> None:
        """These were to be told, and could not be."""
        for row in activations:
            if self._told.get(row.pk) == row.changed_at:
                del self._told[row.pk]

    @property
    def told(self) -> int:
        """How many changes are remembered as told."""
        return len(self._told)

    def forget_before(self, moment: datetime) -> None:
        """Drop what a look at the database cannot find again."""
        self._told = {pk: at for pk, at in self._told.items() if at >= moment}

    @property
    def shows(self) -> set[str]:
        """What the watchers' pages show; see `services/live/fragments.py`."""
        return {watcher.show for watcher in self.watchers}

    def tell(self, messages: Mapping[str, bytes]) -> None:
        """Hand out what was made for each kind of page. Who came later reads the same from the database."""
        for watcher in self.watchers:
            if watcher.show in messages:
                watcher.offer(messages[watcher.show], self.cursor)
