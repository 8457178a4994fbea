"""The life of a live stream: through failures of Redis, through silence, and until it has to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from runtime_app.models import Membership, Namespace, Status, User
from runtime_app.services.live import feeds
from runtime_app.services.live import hub as live_service
from runtime_app.services.live.changes import Cursor
from runtime_app.services.live.publishing import is_watched
from runtime_app.views import live as live_view
from tests.factories import make_activation
from tests.views.streams import NO_LOOK_SECONDS, WAIT_SECONDS, changed, run, told_by_redis, watching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def only_what_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """While Redis tells, no look at the database finds what nobody announced."""
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", NO_LOOK_SECONDS)


def a_minute_ago() -> datetime:
    """A change so long ago is not told again."""
    return timezone.now() - timedelta(minutes=1)


def test_what_nobody_announced_is_found_in_the_database(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(live_service, "LOOK_SECONDS", 0.1)
    activation = make_activation(namespace, Status.PENDING, listed_at=a_minute_ago())

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await changed(activation, Status.SUCCESS, announced=False)
            assert f"activation-row-{activation.pk}" in (await stream.next("fragment")).data

    run(work)


def test_without_redis_the_stream_asks_the_database_and_later_goes_back(
    viewer: Client, namespace: Namespace, redis_server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "LOOK_SECONDS", 0.3)
    activation = make_activation(namespace, Status.PENDING, listed_at=a_minute_ago())
    hub_url, nowhere = settings.REDIS_URL, "redis://127.0.0.1:9/0"

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            monkeypatch.setattr(settings, "REDIS_URL", nowhere)
            await sync_to_async(redis_server.client_kill_filter)(_type="pubsub")
            await changed(activation, Status.TIMED_OUT, announced=False)
            assert "Timed out" in (await stream.next("fragment")).data
            assert not live_service.hub()._redis_tells
            monkeypatch.setattr(settings, "REDIS_URL", hub_url)
            await told_by_redis()

    run(work)


def test_the_same_change_is_not_told_twice(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(live_service, "LOOK_SECONDS", 0.05)
    first, second = (make_activation(namespace, Status.PENDING, listed_at=a_minute_ago()) for _ in range(2))

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await changed(first, Status.SUCCESS)
            assert f"row-{first.pk}" in (await stream.next("fragment")).data
            await asyncio.sleep(0.3)  # several looks at the database
            await changed(second, Status.SUCCESS)
            assert f"row-{second.pk}" in (await stream.next("fragment")).data

    run(work)


@pytest.mark.parametrize("step", ["rows_of", "encode_changes"])
def test_what_could_not_be_told_while_the_database_was_away_is_told_later(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(live_service, "LOOK_SECONDS", 0.1)
    fail_at_first(monkeypatch, step, times=2)
    check_a_change_is_told(viewer, namespace)


def test_a_broken_connection_delays_nothing(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "LOOK_SECONDS", NO_LOOK_SECONDS)
    fail_at_first(monkeypatch, "rows_of", times=1)
    check_a_change_is_told(viewer, namespace)


def check_a_change_is_told(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace, Status.PENDING, listed_at=a_minute_ago())

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await changed(activation, Status.SUCCESS)
            assert f"row-{activation.pk}" in (await stream.next("fragment")).data

    run(work)


def fail_at_first(monkeypatch: pytest.MonkeyPatch, step: str, *, times: int) -> None:
    """Let a step of the hub find the database away so many times."""
    real, failures = getattr(live_service, step), iter(range(times))

    def work(*args: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("away")
        return real(*args)

    monkeypatch.setattr(live_service, step, work)


def test_a_stream_that_cannot_know_who_watches_ends_and_its_browser_comes_back(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> bool:
        raise OperationalError("away")

    monkeypatch.setattr(live_view, "PING_SECONDS", 0.05)
    monkeypatch.setattr(live_view, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(live_view, "may_still_watch", away)

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await stream.end(WAIT_SECONDS)

    run(work)


def test_the_cursor_stays_while_something_is_still_to_be_told(namespace: Namespace) -> None:
    """A stream that comes back with it must hear of that too."""
    began = a_minute_ago()
    feed = feeds.Feed(namespace, Cursor(began, 0))
    later = make_activation(namespace, Status.PENDING, changed_at=timezone.now())
    feed.is_behind = True
    feed.move_on([later])
    assert feed.cursor == Cursor(began, later.pk)
    feed.is_behind = False
    feed.move_on([later])
    assert feed.cursor == Cursor(later.changed_at, later.pk)


def test_a_quiet_stream_stays_open_by_pings(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_view, "PING_SECONDS", 0.05)

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            while ": ping" not in stream.text:
                await stream.read(WAIT_SECONDS)

    run(work)


def test_workers_learn_that_somebody_watches(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "WATCH_SECONDS", NO_LOOK_SECONDS)

    async def work() -> None:
        async with watching(viewer, namespace), asyncio.timeout(WAIT_SECONDS):
            while not await sync_to_async(is_watched)(namespace.pk):
                await asyncio.sleep(0.02)

    run(work)


@pytest.mark.parametrize("loss", ["role", "session", "account", "namespace"])
def test_who_may_not_watch_any_more_is_cut_off(
    viewer: Client, namespace: Namespace, person: User, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    monkeypatch.setattr(live_view, "PING_SECONDS", 0.05)
    monkeypatch.setattr(live_view, "CHECK_SECONDS", 0.1)
    losses: dict[str, Callable[[], Any]] = {
        "role": Membership.objects.all().delete,
        "session": viewer.session.flush,
        "account": lambda: User.objects.filter(pk=person.pk).update(is_active=False),
        "namespace": namespace.delete,
    }

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await sync_to_async(losses[loss])()
            await stream.end(WAIT_SECONDS)

    run(work)


def test_nothing_is_left_running_after_the_last_browser(viewer: Client, namespace: Namespace) -> None:
    async def work() -> None:
        async with watching(viewer, namespace):
            await told_by_redis()
        hub = live_service.hub()
        assert hub._feeds == {}
        assert hub._tasks == []

    run(work)


def test_a_browser_that_does_not_read_is_told_to_load_anew() -> None:
    async def work() -> None:
        watcher = feeds.Watcher()
        cursor = Cursor(timezone.now(), 1)
        for number in range(feeds.QUEUE_MESSAGES + 1):
            watcher.offer(b"%d" % number, cursor)
        assert b"event: resync" in (await watcher.next(1) or b"")
        assert await watcher.next(0.01) is None

    run(work)
