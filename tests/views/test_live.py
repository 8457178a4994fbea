"""The live stream through the whole ASGI application, with real Redis, and the same by polling."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.utils import timezone

from runtime_app.models import Activation, Membership, Namespace, Status, User
from runtime_app.services.live import feeds
from runtime_app.services.live import hub as live_service
from runtime_app.services.live.changes import MAX_CHANGES, Cursor
from runtime_app.services.live.event_stream import encode
from runtime_app.services.live.publishing import is_watched, publish_change, publish_rewired
from runtime_app.views import live as live_view
from tests.factories import make_activation, make_namespace, make_user, member
from tests.views.streams import PROMISED_SECONDS, watching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.fixture
def person(namespace: Namespace) -> User:
    return member(namespace)


@pytest.fixture
def viewer(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


async def changed(activation: Activation, status: Status, *, announced: bool = True) -> None:
    """Let an activation change, as a worker does."""

    def change() -> None:
        Activation.objects.filter(pk=activation.pk).update(status=status, changed_at=timezone.now())
        activation.refresh_from_db()
        if announced:
            publish_change(activation)

    await sync_to_async(change)()


async def told_by_redis() -> None:
    """Wait until the hub has subscribed."""
    async with asyncio.timeout(5):
        while not live_service.hub()._redis_tells:
            await asyncio.sleep(0.01)


def test_a_change_arrives_as_a_row_and_as_a_note(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace, Status.PENDING)

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await changed(activation, Status.SUCCESS)
            fragment = await stream.next("fragment")
            assert f'<tr id="activation-row-{activation.pk}" hx-swap-oob="true">' in fragment.data
            assert "Success" in fragment.data
            note = await stream.next("changed")
            assert json.loads(note.data) == {"pk": activation.pk, "status": "success", "new": False}
            assert note.id

    run(work)


def test_a_new_activation_is_announced_as_new(viewer: Client, namespace: Namespace) -> None:
    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            activation = await sync_to_async(make_activation)(namespace, Status.PENDING)
            await sync_to_async(publish_change)(activation, is_new=True)
            assert json.loads((await stream.next("changed")).data)["new"] is True

    run(work)


def test_a_page_about_one_activation_is_told_of_it_and_a_dashboard_only_that_something_changed(
    viewer: Client, namespace: Namespace
) -> None:
    own, other = (make_activation(namespace, Status.PENDING) for _ in range(2))

    async def work() -> None:
        async with (
            watching(viewer, namespace, f"show={own.pk}") as page,
            watching(viewer, namespace, "show=none") as dashboard,
        ):
            await told_by_redis()
            await changed(other, Status.SUCCESS)
            await changed(own, Status.SUCCESS)
            head = (await page.next("fragment")).data
            assert f'id="activation-head-{own.pk}"' in head
            assert "<tr" not in head
            await dashboard.next("changed")
            await dashboard.next("changed")
            assert "fragment" not in dashboard.text

    run(work)


def test_everybody_who_watches_is_told(viewer: Client, namespace: Namespace) -> None:
    other = Client()
    other.force_login(member(namespace))
    activation = make_activation(namespace, Status.PENDING)

    async def work() -> None:
        async with watching(viewer, namespace) as first, watching(other, namespace) as second:
            await told_by_redis()
            await changed(activation, Status.TIMED_OUT)
            one, two = await first.next("fragment"), await second.next("fragment")
            assert one == two

    run(work)


def test_a_fragment_holds_nothing_of_the_person(viewer: Client, namespace: Namespace, person: User) -> None:
    activation = make_activation(namespace, Status.PENDING)

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await changed(activation, Status.SUCCESS)
            html = (await stream.next("fragment")).data
            assert "csrf" not in html
            assert "<form" not in html
            assert person.username not in html

    run(work)


def test_changes_of_other_namespaces_stay_there(viewer: Client, namespace: Namespace) -> None:
    foreign = make_activation(make_namespace(), Status.PENDING)
    own = make_activation(namespace, Status.PENDING)

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await changed(foreign, Status.SUCCESS)
            await changed(own, Status.SUCCESS)
            assert f"activation-row-{own.pk}" in (await stream.next("fragment")).data

    run(work)


@pytest.mark.parametrize("by_header", [True, False])
def test_a_stream_resumes_where_the_last_one_stopped(
    viewer: Client, namespace: Namespace, by_header: bool
) -> None:
    before = make_activation(namespace, changed_at=timezone.now() - timedelta(minutes=1))
    cursor = Cursor.now()
    missed = make_activation(namespace, changed_at=timezone.now())

    async def work() -> None:
        query, headers = ("", {"Last-Event-ID": str(cursor)}) if by_header else (f"cursor={cursor}", {})
        async with watching(viewer, namespace, query, headers) as stream:
            fragment = await stream.next("fragment")
            assert f"activation-row-{missed.pk}" in fragment.data
            assert f"activation-row-{before.pk}" not in fragment.data
            assert json.loads((await stream.next("changed")).data)["new"] is True

    run(work)


def test_who_missed_too_much_loads_the_page_anew(viewer: Client, namespace: Namespace) -> None:
    cursor = Cursor.now()
    now = timezone.now()
    rows = [Activation(namespace=namespace, action_path="a", listed_at=now) for _ in range(MAX_CHANGES + 1)]
    Activation.objects.bulk_create(rows)

    async def work() -> None:
        async with watching(viewer, namespace, f"cursor={cursor}") as stream:
            assert (await stream.next("resync")).id != str(cursor)

    run(work)


@pytest.mark.parametrize("cursor", ["nonsense", "99999999999999999999999999-1", "-", "1-"])
def test_a_cursor_that_is_none_begins_now(viewer: Client, namespace: Namespace, cursor: str) -> None:
    make_activation(namespace)

    async def work() -> None:
        async with watching(viewer, namespace, f"cursor={cursor}") as stream:
            assert (await stream.next("")).id

    run(work)


def test_what_nobody_announced_is_found_in_the_database(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(live_service, "LOOK_SECONDS", 0.1)
    activation = make_activation(namespace, Status.PENDING)

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
    activation = make_activation(namespace, Status.PENDING)
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


async def rewire(namespace: Namespace, *, announced: bool = True) -> None:
    """Let the wiring change, as a colleague or a sync does."""

    def change() -> None:
        if announced:
            publish_rewired(namespace.pk)
        else:
            Namespace.objects.filter(pk=namespace.pk).update(rewired_at=timezone.now())

    await sync_to_async(change)()


def test_pages_are_told_when_the_wiring_is_another_one(viewer: Client, namespace: Namespace) -> None:
    async def work() -> None:
        async with watching(viewer, namespace) as rows, watching(viewer, namespace, "show=none") as nothing:
            await told_by_redis()
            await rewire(namespace)
            assert (await rows.next("rewired")).id
            assert (await nothing.next("rewired")).data == "{}"

    run(work)


def test_rewiring_that_nobody_announced_is_found_in_the_database(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(live_service, "LOOK_SECONDS", 0.1)

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await rewire(namespace, announced=False)
            await stream.next("rewired")

    run(work)


def test_who_was_away_learns_that_the_wiring_is_another_one(viewer: Client, namespace: Namespace) -> None:
    cursor = Cursor.now()
    Namespace.objects.filter(pk=namespace.pk).update(rewired_at=timezone.now())

    async def work() -> None:
        async with watching(viewer, namespace, f"cursor={cursor}") as stream:
            await stream.next("rewired")

    run(work)


def test_the_same_change_is_not_told_twice(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(live_service, "LOOK_SECONDS", 0.05)
    earlier = timezone.now() - timedelta(minutes=1)
    first, second = (make_activation(namespace, Status.PENDING, listed_at=earlier) for _ in range(2))

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            await told_by_redis()
            await changed(first, Status.SUCCESS)
            assert f"row-{first.pk}" in (await stream.next("fragment")).data
            await asyncio.sleep(0.3)  # several looks at the database
            await changed(second, Status.SUCCESS)
            assert f"row-{second.pk}" in (await stream.next("fragment")).data

    run(work)


def test_a_quiet_stream_stays_open_by_pings(
    viewer: Client, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_view, "PING_SECONDS", 0.05)

    async def work() -> None:
        async with watching(viewer, namespace) as stream:
            while ": ping" not in stream.text:
                await stream.read(PROMISED_SECONDS)

    run(work)


def test_workers_learn_that_somebody_watches(viewer: Client, namespace: Namespace) -> None:
    async def work() -> None:
        async with watching(viewer, namespace), asyncio.timeout(PROMISED_SECONDS):
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
            await stream.end(PROMISED_SECONDS)

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


def test_foreign_line_ends_cannot_begin_another_event() -> None:
    encoded = encode("fragment", "a\r\nevent: evil\rid: 7\n\n\u2028b", Cursor(timezone.now(), 1))
    lines = encoded.decode().split("\n")
    assert [line for line in lines if line.startswith("event:")] == ["event: fragment"]
    assert encoded.count(b"\n\n") == 1
    assert b"\r" not in encoded


@pytest.mark.parametrize("path", ["live/", "live/changes/"])
def test_a_stranger_gets_404(client: Client, namespace: Namespace, path: str) -> None:
    client.force_login(make_user("stranger"))
    assert client.get(f"/n/{namespace.slug}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["live/", "live/changes/"])
def test_signing_in_comes_first(client: Client, namespace: Namespace, path: str) -> None:
    assert client.get(f"/n/{namespace.slug}/{path}").status_code == 302


@pytest.mark.parametrize("path", ["live/", "live/changes/"])
def test_it_is_read_only(viewer: Client, namespace: Namespace, path: str) -> None:
    assert viewer.post(f"/n/{namespace.slug}/{path}").status_code == 405


def test_polling_tells_the_same(viewer: Client, namespace: Namespace) -> None:
    address = f"/n/{namespace.slug}/live/changes/"
    start = viewer.get(address).json()
    assert (start["html"], start["changed"]) == ("", [])
    activation = make_activation(namespace, changed_at=timezone.now())
    answer = viewer.get(address, {"cursor": start["cursor"]}).json()
    assert f"activation-row-{activation.pk}" in answer["html"]
    assert answer["changed"] == [{"pk": activation.pk, "status": "success", "new": True}]
    assert answer["rewired"] is False
    assert is_watched(namespace.pk)


def test_polling_tells_of_rewiring_once(viewer: Client, namespace: Namespace) -> None:
    address = f"/n/{namespace.slug}/live/changes/"
    cursor = Cursor.now()
    publish_rewired(namespace.pk)
    answer = viewer.get(address, {"cursor": str(cursor)}).json()
    assert (answer["rewired"], answer["changed"], answer["resync"]) == (True, [], False)
    long_ago = timezone.now() - timedelta(minutes=1)
    Namespace.objects.filter(pk=namespace.pk).update(rewired_at=long_ago)
    assert viewer.get(address, {"cursor": answer["cursor"]}).status_code == 204


def test_polling_for_nothing_new_is_answered_with_nothing(viewer: Client, namespace: Namespace) -> None:
    make_activation(namespace, listed_at=timezone.now() - timedelta(minutes=1))
    answer = viewer.get(f"/n/{namespace.slug}/live/changes/", {"cursor": str(Cursor.now())})
    assert (answer.status_code, answer.content) == (204, b"")


def test_polling_after_too_much_says_so(viewer: Client, namespace: Namespace) -> None:
    cursor, now = Cursor.now(), timezone.now()
    rows = [Activation(namespace=namespace, action_path="a", listed_at=now) for _ in range(MAX_CHANGES + 1)]
    Activation.objects.bulk_create(rows)
    answer = viewer.get(f"/n/{namespace.slug}/live/changes/", {"cursor": str(cursor)}).json()
    assert answer["resync"] is True
    assert answer["html"] == ""
