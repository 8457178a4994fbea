"""When a crowd was looked at: kept in Redis for a moment, so that a look changes no row of what still runs.

A look is at neighbours, from one moment of acceptance to another. When Redis is emptied, nothing counts as
looked for, which costs a few requests.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from runtime_app.services.backing.redis import key, redis_client

KEPT_SECONDS = 30


class Looks:
    """The looks at one namespace. Moments are seconds since 1970, by our clock."""

    def __init__(self, namespace_pk: int) -> None:
        self._key = key("looks", namespace_pk)

    def note(self, first: float, last: float, at: float) -> None:
        """What was accepted from `first` to `last` has been looked for `at` this moment."""
        with redis_client().pipeline(transaction=False) as pipeline:
            pipeline.zadd(self._key, {f"{first!r} {last!r} {at!r}": at})
            pipeline.zremrangebyscore(self._key, "-inf", at - KEPT_SECONDS)
            pipeline.expire(self._key, KEPT_SECONDS)
            pipeline.execute()

    def latest(self, accepted: Sequence[float]) -> list[float]:
        """For moments of acceptance in order: when each was last looked for, or when it was accepted."""
        asked = list(accepted)
        for look in redis_client().zrange(self._key, 0, -1):
            first, last, at = (float(part) for part in str(look).split())
            begin, end = bisect_left(accepted, first), bisect_right(accepted, last)
            asked[begin:end] = [at] * (end - begin)
        return asked

    def forget(self) -> bool:
        """Drop them all; whether there were any."""
        return bool(redis_client().delete(self._key))
