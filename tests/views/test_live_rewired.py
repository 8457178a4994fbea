"""Open pages learn that the wiring of their namespace is another one, by the stream and by polling."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from runtime_app.models import Namespace
from runtime_app.services.live import hub as live_service
from runtime_app.services.live.changes import Cursor
from runtime_app.services.live.publishing import publish_rewired
from tests.views.streams import NO_LOOK_SECONDS, run, told_by_redis, watching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def only_what_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """While Redis tells, no look at the database finds what nobody announced."""
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", NO_LOOK_SECONDS)


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


def test_polling_tells_of_rewiring_once(viewer: Client, namespace: Namespace) -> None:
    address = f"/n/{namespace.slug}/live/changes/"
    cursor = Cursor.now()
    publish_rewired(namespace.pk)
    answer = viewer.get(address, {"cursor": str(cursor)}).json()
    assert (answer["rewired"], answer["changed"], answer["resync"]) == (True, [], False)
    long_ago = timezone.now() - timedelta(minutes=1)
    Namespace.objects.filter(pk=namespace.pk).update(rewired_at=long_ago)
    assert viewer.get(address, {"cursor": answer["cursor"]}).status_code == 204
