"""The live stream through the whole ASGI application, with real Redis: what arrives, and who may listen."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status, User
from runtime_app.services.live import hub as live_service
from runtime_app.services.live.changes import MAX_CHANGES, Cursor
from runtime_app.services.live.event_stream import encode
from runtime_app.services.live.publishing import publish_change
from tests.factories import make_activation, make_namespace, make_user, member
from tests.views.streams import NO_LOOK_SECONDS, changed, run, told_by_redis, watching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def only_what_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """While Redis tells, no look at the database finds what nobody announced."""
    monkeypatch.setattr(live_service, "CALM_LOOK_SECONDS", NO_LOOK_SECONDS)


def test_a_change_arrives_as_a_row_and_as_a_note(viewer: Client, namespace: Namespace) -> None:
    earlier = timezone.now() - timedelta(minutes=1)
    activation = make_activation(namespace, Status.PENDING, listed_at=earlier)

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
