"""The panel's one Redis connection pool for a process."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from redis import Redis

KEY_PREFIX = "overtime"
CONNECT_SECONDS = 1
ANSWER_SECONDS = 3


@cache
def redis_client() -> Redis:
    """The shared client. It connects lazily and is safe to use from several threads.

    Calls raise `redis.RedisError` when Redis is away; who can do without Redis catches it.
    """
    return Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        decode_responses=True,
    )


def key(*parts: object) -> str:
    """A key in the panel's own name space, e.g. `overtime:watched:3`."""
    return ":".join([KEY_PREFIX, *map(str, parts)])
