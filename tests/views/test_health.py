"""The Health page: one true sentence first, then the figures behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, Role, Status
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.health import machinery
from runtime_app.services.health.system import note_worker, record_heartbeat
from tests.factories import make_activation, make_namespace, make_user, member

pytestmark = pytest.mark.django_db

GREEN = "Everything is being collected; last check"


@pytest.fixture(autouse=True)
def running() -> None:
    """A worker and beat, as Redis knows them."""
    note_worker("worker@here")
    record_heartbeat()


@pytest.fixture
def namespace() -> Namespace:
    now = timezone.now()
    return make_namespace(name="guest", last_contact_at=now, swept_at=now, deep_swept_at=now)


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(make_user("root", is_superuser=True))
    return client


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every service talks to a port on which nobody answers."""
    gone = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    for name in ("health.machinery", "health.system", "collecting.budget"):
        monkeypatch.setattr(f"runtime_app.services.{name}.redis_client", lambda: gone)
    yield
    gone.close()


def page(client: Client, namespace: Namespace, **headers: str) -> str:
    answer = client.get(f"/n/{namespace.slug}/health/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_green_sentence_comes_first_when_all_is_well(viewer: Client, namespace: Namespace) -> None:
    html = page(viewer, namespace)
    assert GREEN in html
    assert "banner--warn" not in html
    assert html.index(GREEN) < html.index("Pending")


def test_before_the_first_call_it_says_when_it_will_come(client: Client) -> None:
    fresh = make_namespace()
    client.force_login(member(fresh))
    assert "a worker makes the first check" in page(client, fresh)


@pytest.mark.usefixtures("clock")
def test_figures_of_what_waits_and_how_late_results_are(viewer: Client, namespace: Namespace) -> None:
    now = timezone.now()
    make_activation(namespace, Status.PENDING, listed_at=now - timedelta(hours=5))
    make_activation(namespace, Status.QUEUED)
    make_activation(namespace, ended_at=now - timedelta(milliseconds=400), changed_at=now)
    budget_for(namespace).spend(7)
    html = page(viewer, namespace)
    assert "5h 00m" in html
    assert "1 more wait here" in html
    assert "400 ms" in html
    assert ">7</div>" in html
    assert "budget 120" in html


def test_a_refused_key_is_said_with_a_link_for_those_who_may_enter_a_new_one(
    client: Client, namespace: Namespace
) -> None:
    namespace.record_error("The runtime refuses the key.", key_refused=True)
    link, again = f'href="/n/{namespace.slug}/settings/#key-title">Enter a new key', "Try it again"
    client.force_login(member(namespace, Role.ADMIN))
    html = page(client, namespace)
    assert GREEN not in html
    assert link in html
    assert again in html
    client.force_login(member(namespace))
    html = page(client, namespace)
    assert link not in html
    assert again not in html
    assert "An administrator of this namespace can enter a new one, or have it tried again." in html


def test_nobody_is_sent_to_enter_a_key_that_overtime_itself_keeps(
    superuser: Client, namespace: Namespace
) -> None:
    Namespace.objects.update(is_embedded=True, key_refused=True, last_error="It refuses the key.")
    html = page(superuser, namespace)
    assert "Enter a new key" not in html
    assert "until an administrator has it tried again" in html
    assert "Try it again" in html


def test_a_resting_runtime_is_said_with_the_time_of_the_next_try(
    viewer: Client, namespace: Namespace
) -> None:
    namespace.record_error("The runtime does not answer.")
    html = page(viewer, namespace)
    assert "The runtime does not answer. Jobs go on" in html
    assert "next try <time" in html


def test_progress_of_the_history_is_shown_until_it_is_read(viewer: Client, namespace: Namespace) -> None:
    now = timezone.now()
    Namespace.objects.update(
        backfill_from=now, backfill_goal=now - timedelta(days=5), backfilled_to=now - timedelta(days=3)
    )
    assert f"History read back to {now - timedelta(days=3):%A}" in page(viewer, namespace)
    assert "60&nbsp;%" in page(viewer, namespace)
    make_activation(namespace)
    assert "60&nbsp;%" in viewer.get(f"/n/{namespace.slug}/").content.decode()
    Namespace.objects.update(backfilled_to=now - timedelta(days=5))
    assert "History read back to" not in page(viewer, namespace)


def test_a_gap_is_said(viewer: Client, namespace: Namespace) -> None:
    Namespace.objects.update(counted_at=timezone.now(), counted_upstream=12, gap=3)
    html = page(viewer, namespace)
    assert "3 records of the last day are not here yet" in html
    assert "of 12" in html


def test_results_that_are_due_for_long_are_said_to_be_late(viewer: Client, namespace: Namespace) -> None:
    make_activation(namespace, Status.PENDING, next_poll_at=timezone.now() - timedelta(minutes=2))
    assert "come late" in page(viewer, namespace)


def test_a_silent_worker_and_a_silent_beat_are_told_apart(
    viewer: Client, namespace: Namespace, redis_server: redis.Redis
) -> None:
    redis_server.delete("overtime:worker-seen")
    assert "Beat, the clock, is silent" in page(viewer, namespace)
    redis_server.delete("overtime:workers")
    assert "No worker has reported yet" in page(viewer, namespace)


def test_workers_are_named(viewer: Client, namespace: Namespace) -> None:
    note_worker("worker@there")
    html = page(viewer, namespace)
    assert "2 alive" in html
    assert "worker@here, worker@there" in html


def test_a_long_queue_is_no_silent_beat(
    viewer: Client, namespace: Namespace, redis_server: redis.Redis
) -> None:
    redis_server.delete("overtime:worker-seen")
    for _ in range(machinery.LONG_QUEUE):
        redis_server.lpush(settings.CELERY_TASK_DEFAULT_QUEUE, "task")
    html = page(viewer, namespace)
    assert "The workers are behind: 100 tasks wait" in html
    assert "Beat, the clock" not in html


def test_without_redis_the_page_says_so(viewer: Client, namespace: Namespace, redis_away: None) -> None:
    html = page(viewer, namespace)
    assert "Redis does not answer" in html
    assert GREEN not in html


def test_htmx_gets_the_part_only(viewer: Client, namespace: Namespace) -> None:
    html = page(viewer, namespace, HX_Request="true")
    assert "<html" not in html
    assert html.count('id="health"') == 1


def test_strangers_get_404_and_visitors_the_sign_in(client: Client, namespace: Namespace) -> None:
    assert client.get(f"/n/{namespace.slug}/health/").status_code == 302
    client.force_login(make_user("stranger"))
    assert client.get(f"/n/{namespace.slug}/health/").status_code == 404
    assert client.get("/n/nowhere/health/").status_code == 404


def test_nothing_is_posted_here(viewer: Client, superuser: Client, namespace: Namespace) -> None:
    assert viewer.post(f"/n/{namespace.slug}/health/").status_code == 405
    assert superuser.post("/health/").status_code == 405


def test_hostile_errors_are_escaped(viewer: Client, namespace: Namespace) -> None:
    namespace.record_error("<script>alert(1)</script>")
    assert "<script>alert(1)</script>" not in page(viewer, namespace)


def test_administrators_of_the_panel_see_every_namespace(superuser: Client, namespace: Namespace) -> None:
    troubled = make_namespace(name="troubled", last_contact_at=timezone.now())
    troubled.record_error("Its runtime is away.")
    html = superuser.get("/health/").content.decode()
    assert f"/n/{namespace.slug}/health/" in html
    assert f"/n/{troubled.slug}/health/" in html
    assert "troubled: Its runtime is away." in html
    part = superuser.get("/health/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_the_page_over_all_is_not_for_members(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.ADMIN))
    assert client.get("/health/").status_code == 404


def test_queries_do_not_grow_with_what_waits(
    viewer: Client, namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        make_activation(namespace, Status.PENDING)
        make_activation(namespace)
    page(viewer, namespace)
    # The last of them asks whether anybody of the crowd was left alone.
    with django_assert_max_num_queries(10):
        page(viewer, namespace)
