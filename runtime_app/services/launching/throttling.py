"""Resting after a 429: nothing more leaves before the moment that the runtime asked for.

Launches and fires have limits of their own, so each kind rests by itself. Where the runtime names no moment,
pauses grow until something is taken again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from time import time

from django.utils import timezone

from runtime_app.models import Activation, Namespace
from runtime_app.services.backing.redis import key, redis_client

PAUSES_SECONDS = (2.0, 5.0, 10.0, 20.0, 30.0)
COUNT_KEPT_SECONDS = 600


def begin_rest(activation: Activation, retry_after: float | None) -> float:
    """Note a 429; for how many seconds nothing of its kind is sent. Those that meet one in the same rest
    do not prolong it, unless the runtime says so.

    Raises:
        redis.RedisError: Redis is away.
    """
    until, count = _keys(activation.namespace, fires=activation.is_fire)
    client = redis_client()
    seconds = retry_after
    if not seconds:
        if (left_ms := int(str(client.pttl(until)))) > 0:
            return left_ms / 1000
        times = int(str(client.incr(count)))
        client.expire(count, COUNT_KEPT_SECONDS)
        seconds = PAUSES_SECONDS[min(times, len(PAUSES_SECONDS)) - 1]
    client.set(until, time() + seconds, px=ceil(seconds * 1000))
    return seconds


def note_taken(activation: Activation) -> None:
    """The runtime takes them again, so that the next pause is a short one.

    Raises:
        redis.RedisError: Redis is away.
    """
    redis_client().delete(_keys(activation.namespace, fires=activation.is_fire)[1])


def rests_until(namespace: Namespace, *, fires: bool = False) -> datetime | None:
    """When launches (or fires) are tried again after a 429; None when nothing forbids it.

    Raises:
        redis.RedisError: Redis is away.
    """
    at = redis_client().get(_keys(namespace, fires=fires)[0])
    left = float(str(at)) - time() if at else 0.0
    return timezone.now() + timedelta(seconds=left) if left > 0 else None


def _keys(namespace: Namespace, *, fires: bool) -> tuple[str, str]:
    """Where the end of the rest is kept, and how many 429 there were in a row."""
    kind = "fires" if fires else "launches"
    return key("rest", kind, namespace.pk), key("rest", kind, namespace.pk, "times")
