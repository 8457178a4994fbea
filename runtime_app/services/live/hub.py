"""Live pages: one Redis subscription for a web process, shared by everybody who watches.

A change is read and rendered once, then handed to every stream of its namespace. Whatever Redis does not tell
(it was away, or the publisher could not reach it) is found in the database by the regular look there.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections
from django.utils import timezone
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from runtime_app.models import Activation, Namespace
from runtime_app.services.backing.database import BROKEN
from runtime_app.services.backing.redis import CONNECT_SECONDS, key
from runtime_app.services.live.changes import (
    MAX_CHANGES,
    OVERLAP,
    Changes,
    Cursor,
    notes_on,
    rewired_last,
)
from runtime_app.services.live.event_stream import encode_changes, encode_rewired
from runtime_app.services.live.feeds import Feed, Watcher
from runtime_app.services.live.fragments import ROWS
from runtime_app.services.live.publishing import watch

logger = logging.getLogger(__name__)

# Changes that come together are read together.
GATHER_SECONDS = 0.05
LOOK_SECONDS = 2.0
# While Redis tells, the database is only asked for what a publisher could not announce.
CALM_LOOK_SECONDS = 10.0
WATCH_SECONDS = 10.0
PING_SECONDS = 5.0

T = TypeVar("T")


class Hub:
    """The streams of one event loop, and what feeds them while there are any."""

    def __init__(self) -> None:
        self._feeds: dict[int, Feed] = {}
        self._changed: defaultdict[int, set[int]] = defaultdict(set)
        self._rewired: set[int] = set()
        self._wakened = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        # One thread, so that one database connection serves all streams.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._redis_tells = False
        self._is_warned = False

    @asynccontextmanager
    async def watching(self, namespace: Namespace, show: str = ROWS) -> AsyncIterator[Watcher]:
        """Take part in a namespace's changes from now on, as a page that shows `show`."""
        watcher = Watcher(show)
        feed = self._feeds.get(namespace.pk)
        if feed is None:
            cursor = await self.in_database(Cursor.now)
            feed = self._feeds.setdefault(namespace.pk, Feed(namespace, cursor))
        feed.watchers.add(watcher)
        self._start()
        try:
            yield watcher
        finally:
            feed.watchers.discard(watcher)
            self._leave(feed)

    async def in_database(self, work: Callable[..., T], *args: Any) -> T:
        """Run a function that uses the database in the hub's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._database, _with_database, work, args)

    def _start(self) -> None:
        if not self._tasks:
            parts = (self._listen(), self._tell_changes(), self._look(), self._note_watchers())
            self._tasks = [asyncio.create_task(part) for part in parts]

    def _leave(self, feed: Feed) -> None:
        if not feed.watchers:
            self._feeds.pop(feed.namespace.pk, None)
        if not self._feeds:
            for task in self._tasks:
                task.cancel()
            self._tasks = []
            self._redis_tells = False
            self._database.submit(connections.close_all)

    async def _listen(self) -> None:
        """Take in what Redis tells, and come back to it whenever it was away."""
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError) as error:
                if not self._is_warned:
                    logger.warning("Live pages ask the database until Redis is back: %s", error)
                self._is_warned = True
            finally:
                self._redis_tells = False
            if _is_cancelled():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _listen_once(self) -> None:
        client = Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=CONNECT_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        async with client, client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(key("changes", "*"))
            asked = False
            while not _is_cancelled():
                self._redis_tells, self._is_warned = True, False
                message = await subscription.get_message(timeout=PING_SECONDS)
                if message is not None:
                    asked = False
                    self._note(message)
                elif asked:
                    raise ConnectionError(f"Redis has been silent for {PING_SECONDS} s")
                else:
                    await subscription.ping()
                    asked = True

    def _note(self, message: dict[str, Any]) -> None:
        if message["type"] != "pmessage":
            return
        try:
            namespace_pk = int(message["channel"].rpartition(b":")[2])
            told = json.loads(message["data"])
            pk = None if "rewired" in told else int(told["pk"])
        except (ValueError, KeyError, TypeError):
            logger.warning("A message on the channel of changes could not be read: %r", message)
            return
        if namespace_pk not in self._feeds:
            return
        if pk is None:
            self._rewired.add(namespace_pk)
        else:
            self._changed[namespace_pk].add(pk)
        self._wakened.set()

    async def _tell_changes(self) -> None:
        while True:
            await self._wakened.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wakened.clear()
            for namespace_pk in list(self._changed):
                pks, feed = sorted(self._changed.pop(namespace_pk)), self._feeds.get(namespace_pk)
                if feed is not None and not await _logged(self._tell(feed, pks)):
                    feed.is_behind = True
            while self._rewired:
                feed = self._feeds.get(self._rewired.pop())
                if feed is not None:
                    await _logged(self._tell_rewired(feed))

    async def _tell(self, feed: Feed, pks: list[int]) -> None:
        for start in range(0, len(pks), MAX_CHANGES):
            rows = await self.in_database(rows_of, feed.namespace, pks[start : start + MAX_CHANGES])
            await self._tell_rows(feed, rows)

    async def _tell_rows(self, feed: Feed, rows: Sequence[Activation]) -> None:
        fresh = feed.untold(rows)
        if not fresh:
            return
        too_many = len(fresh) > MAX_CHANGES
        notes = notes_on(fresh, feed.cursor)
        feed.move_on(fresh)
        changes = Changes(feed.cursor, too_many=True) if too_many else Changes(feed.cursor, fresh, notes)
        try:
            messages = await self.in_database(encode_changes, feed.namespace, changes, feed.shows)
        except Exception:
            # The next look finds them again.
            feed.forget(fresh)
            raise
        feed.tell(messages)

    async def _tell_rewired(self, feed: Feed) -> None:
        """Tell that the wiring is another one, unless this very change was told."""
        rewired_at = await self.in_database(rewired_last, feed.namespace.pk)
        if rewired_at is not None and (feed.rewired_at is None or rewired_at > feed.rewired_at):
            feed.rewired_at = rewired_at
            feed.tell(dict.fromkeys(feed.shows, encode_rewired(feed.cursor)))

    async def _look(self) -> None:
        """Find in the database what nobody announced."""
        looked = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            is_behind = any(feed.is_behind for feed in self._feeds.values())
            if self._redis_tells and not is_behind and time.monotonic() - looked < CALM_LOOK_SECONDS:
                continue
            looked = time.monotonic()
            for feed in list(self._feeds.values()):
                await _logged(self._look_for(feed))
                await _logged(self._tell_rewired(feed))

    async def _look_for(self, feed: Feed) -> None:
        started = timezone.now()
        # As many more as were told already, so that a busy namespace does not look like a missed one.
        limit = MAX_CHANGES + 1 + feed.told
        await self._tell_rows(
            feed, await self.in_database(rows_changed, feed.namespace, feed.looked_at - OVERLAP, limit)
        )
        feed.looked_at, feed.is_behind = started, False
        feed.forget_before(started - OVERLAP)

    async def _note_watchers(self) -> None:
        while True:
            for namespace_pk in list(self._feeds):
                await _logged(self.in_database(watch, namespace_pk))
            await asyncio.sleep(WATCH_SECONDS)


def rows_of(namespace: Namespace, pks: Sequence[int]) -> list[Activation]:
    """These activations of a namespace, in one query."""
    return list(Activation.objects.for_rows().filter(namespace=namespace, pk__in=pks).order_by("pk"))


def rows_changed(namespace: Namespace, since: datetime, limit: int) -> list[Activation]:
    """What changed at or after a moment, oldest change first."""
    return list(Activation.objects.for_rows().filter(namespace=namespace).changed_since(since)[:limit])


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def _is_cancelled() -> bool:
    """Whether this task is to end: redis-py can lose a cancellation while it connects."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _logged(work: Awaitable[None]) -> bool:
    """Await a step of an endless loop; whether it went well. What fails is logged, and the loop goes on."""
    try:
        await work
    except Exception:
        logger.exception("Live pages missed a step")
        return False
    return True


def _with_database(work: Callable[..., T], args: tuple[Any, ...]) -> T:
    """Read, and once more over a new connection when the one that is kept turns out to be broken."""
    try:
        return work(*args)
    except BROKEN:
        connections.close_all()
    try:
        return work(*args)
    except BROKEN:
        # One that broke stays broken; the next step opens another.
        connections.close_all()
        raise
