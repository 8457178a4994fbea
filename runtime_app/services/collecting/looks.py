"""When a crowd was looked at, and until when it is tended: in Redis, so that no row of what runs changes.

A look is at neighbours, from one moment of acceptance to another. When Redis is emptied, nothing counts as
looked for and nobody as tending, which costs a few requests.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from runtime_app.services.backing.redis import key, redis_client

KEPT_SECONDS = 30
# How late a cycle may come before beat looks after the crowd itself.
TOO_LATE_SECONDS = 3.0


class Looks:
    """The looks at one namespace. Moments are seconds since 1970, by our clock."""

    def __init__(self, namespace_pk: int) -> None:
        self._key = key("looks", namespace_pk)
        self._tended = _tended(namespace_pk)

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

    def are_there(self) -> bool:
        """Whether anything was looked for lately: then it says more than the due times of rows."""
        return bool(redis_client().exists(self._key))

    def tend(self, seconds: float) -> None:
        """The next cycle comes in so many seconds: until then what is due is nobody else's business."""
        redis_client().set(self._tended, 1, px=int((seconds + TOO_LATE_SECONDS) * 1000))

    def forget(self) -> None:
        """From now on the due times of rows count again."""
        redis_client().delete(self._key, self._tended)


def untended(namespace_pks: Sequence[int]) -> list[int]:
    """Those of these namespaces that have no crowd whose next cycle is arranged."""
    if not namespace_pks:
        return []
    tended = redis_client().mget([_tended(pk) for pk in namespace_pks])
    return [pk for pk, is_tended in zip(namespace_pks, tended, strict=True) if not is_tended]


def _tended(namespace_pk: int) -> str:
    return key("tended", namespace_pk)
