"""What machines read: alive, ready, figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.test import AsyncClient, Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from controlpanel.env import Environment
from controlpanel.web import metrics_token
from runtime_app.models import Namespace, Role, Status
from runtime_app.services.collecting.budget import budget_for
from runtime_app.services.health.system import note_worker, record_heartbeat
from tests.factories import make_activation, make_namespace, make_user, member

pytestmark = pytest.mark.django_db

TOKEN = "a token that is long enough"
# What no page would accept: a bare address as host, plain http, another site.
ODD = {"Host": "10.1.2.3:8000", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}


@pytest.fixture
def running() -> None:
    note_worker("worker@here")
    record_heartbeat()


@pytest.fixture
def token(settings: Settings) -> dict[str, str]:
    settings.OVERTIME_METRICS_TOKEN = TOKEN
    return {"Authorization": f"Bearer {TOKEN}"}


def figures(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_alive_needs_nothing(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


def test_ready_says_each_check(client: Client, running: None) -> None:
    answer = client.get("/readyz")
    checks = answer.json()["checks"]
    assert answer.status_code == 200
    assert set(checks) == {"database", "migrations", "redis", "worker", "beat"}
    assert all(check["ok"] for check in checks.values())
    assert checks["redis"]["ms"] >= 0


def test_without_a_worker_it_is_not_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"]["worker"] == {"ok": False, "alive": 0}


def test_without_redis_it_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    monkeypatch.setattr("runtime_app.services.health.machinery.redis_client", lambda: gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"] == {"ok": False, "ms": None}


def test_without_the_database_it_is_not_ready_and_tells_nobody_why(client: Client, running: None) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("password of overtime is hush")

    with connection.execute_wrapper(refuse):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"]["ok"] is False
    assert answer.json()["checks"]["migrations"]["ok"] is False
    assert "hush" not in answer.content.decode()


def test_a_database_without_the_latest_migration_is_not_ready(client: Client, running: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'runtime_app' AND name >= '0008'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == {"ok": False}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_answered_whatever_they_send(
    client: Client, running: None, token: dict[str, str], settings: Settings, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get(path, headers={**ODD, **token})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("max-age=0")
    assert client.post(path, headers=token).status_code == 405


def test_the_asynchronous_server_answers_probes_too(running: None) -> None:
    get = async_to_sync(AsyncClient().get)
    assert get("/healthz", headers=ODD).status_code == 200


def test_figures_tell_that_the_database_is_away(client: Client, token: dict[str, str]) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("away")

    with connection.execute_wrapper(refuse):
        answer = client.get("/metrics", headers=token)
    assert answer.status_code == 200
    found = figures(answer.content.decode())
    assert found["overtime_database_up", ()] == 0
    assert found["overtime_redis_up", ()] == 1


@pytest.mark.usefixtures("clock")
def test_figures_for_who_shows_the_token(client: Client, running: None, token: dict[str, str]) -> None:
    now = timezone.now()
    namespace = make_namespace(
        slug="team", swept_at=now, gap=2, backfill_from=now, backfilled_to=now - timedelta(days=1)
    )
    Namespace.objects.update(backfill_goal=now - timedelta(days=4))
    make_activation(namespace, Status.PENDING, error="Its record is no JSON.")
    make_activation(namespace, ended_at=now - timedelta(seconds=2), changed_at=now)
    budget_for(namespace).spend(5)
    namespace.record_error("It is away.")
    answer = client.get("/metrics", headers=token)
    found = figures(answer.content.decode())
    team = ("namespace", "team")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert found["overtime_waiting", (team, ("status", "pending"))] == 1
    assert found["overtime_unusable_answers", (team,)] == 1
    assert found["overtime_activations_last_day", (team, ("status", "success"))] == 1
    assert found["overtime_collect_lag_seconds", (team, ("quantile", "0.95"))] == pytest.approx(2)
    assert found["overtime_upstream_requests_total", (team,)] == 5
    assert found["overtime_breaker_open", (team,)] == 1
    assert found["overtime_missing_records", (team,)] == 2
    assert found["overtime_backfilled_ratio", (team,)] == 0.25
    assert found["overtime_workers", ()] == 1
    assert found["overtime_queue_depth", ()] == 0


def test_figures_without_redis_leave_out_what_is_not_known(
    client: Client, token: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_namespace()
    gone = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    for name in ("health.machinery", "collecting.budget", "health.system"):
        monkeypatch.setattr(f"runtime_app.services.{name}.redis_client", lambda: gone)
    found = figures(client.get("/metrics", headers=token).content.decode())
    assert found["overtime_redis_up", ()] == 0
    assert not any(name == "overtime_budget_balance" for name, _ in found)


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", f"Basic {TOKEN}", "Bearer ünïcode"])
def test_a_wrong_token_is_refused(client: Client, token: dict[str, str], given: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": given})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_a_token_no_token_is_right(client: Client, settings: Settings) -> None:
    settings.OVERTIME_METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_by_session_figures_are_for_administrators_of_the_panel_only(client: Client) -> None:
    assert client.get("/metrics").status_code == 401
    client.force_login(member(make_namespace(), Role.ADMIN))
    assert client.get("/metrics").status_code == 401
    client.force_login(make_user("root", is_superuser=True))
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(("given", "complaints"), [("", 0), ("short", 1), (TOKEN, 0)])
def test_a_token_that_can_be_guessed_is_refused_at_the_start(given: str, complaints: int) -> None:
    env = Environment({"OVERTIME_METRICS_TOKEN": given})
    assert metrics_token(env) == given
    assert len(env.problems) == complaints
