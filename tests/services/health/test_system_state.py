"""Whether the panel is well, in sentences."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from runtime_app.services.health import system as health
from runtime_app.services.health.system import record_heartbeat, system_state


def test_a_fresh_heartbeat_means_all_is_well() -> None:
    record_heartbeat()
    state = system_state()
    assert state.is_well
    assert state.sentence == ""


def test_before_the_first_heartbeat_it_says_so() -> None:
    state = system_state()
    assert not state.is_well
    assert "No worker has reported yet" in state.sentence


@pytest.mark.usefixtures("clock")
def test_a_silent_worker_is_said_with_the_seconds(redis_server: redis.Redis) -> None:
    redis_server.set(health.HEARTBEAT_KEY, (timezone.now() - timedelta(seconds=40)).timestamp())
    state = system_state()
    assert not state.is_well
    assert "silent for 40 s" in state.sentence


def test_redis_being_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(health, "redis_client", lambda: gone)
    state = system_state()
    assert not state.is_well
    assert "Redis does not answer" in state.sentence
