"""Announcing changes, and noting that somebody watches."""

from __future__ import annotations

import json

import pytest
import redis
from django.db import transaction

from runtime_app.models import Status
from runtime_app.services.backing import redis as panel_redis
from runtime_app.services.live.publishing import changes_channel, is_watched, publish_change, watch
from tests.conftest import wait_until
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis_is_away(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    monkeypatch.setattr("runtime_app.services.live.publishing.redis_client", lambda: gone)


def test_a_change_is_announced_after_commit(redis_server: redis.Redis) -> None:
    activation = make_activation(make_namespace(), Status.PENDING)
    subscription = redis_server.pubsub(ignore_subscribe_messages=True)
    subscription.subscribe(changes_channel(activation.namespace_id))
    subscription.get_message(timeout=1)
    with transaction.atomic():
        publish_change(activation, is_new=True)
        assert subscription.get_message(timeout=0.1) is None
    message = wait_until(lambda: subscription.get_message(timeout=0.1))
    subscription.close()
    assert json.loads(message["data"]) == {"pk": activation.pk, "status": "pending", "new": True}


def test_a_change_that_is_rolled_back_is_not_announced(redis_server: redis.Redis) -> None:
    activation = make_activation(make_namespace(), Status.PENDING)
    subscription = redis_server.pubsub(ignore_subscribe_messages=True)
    subscription.subscribe(changes_channel(activation.namespace_id))
    subscription.get_message(timeout=1)
    with transaction.atomic():
        publish_change(activation)
        transaction.set_rollback(True)
    assert subscription.get_message(timeout=0.2) is None
    subscription.close()


def test_publishing_survives_redis_being_away(redis_is_away: None, caplog: pytest.LogCaptureFixture) -> None:
    publish_change(make_activation(make_namespace(), Status.PENDING))
    assert "not announced" in caplog.text


def test_a_watched_namespace_is_known_as_watched() -> None:
    assert not is_watched(7)
    watch(7)
    assert is_watched(7)
    assert not is_watched(8)


def test_watching_ends_by_itself(redis_server: redis.Redis) -> None:
    watch(7)
    assert 0 < redis_server.ttl(panel_redis.key("watched", 7)) <= 20


def test_nobody_watches_when_redis_is_away(redis_is_away: None) -> None:
    watch(7)
    assert not is_watched(7)
