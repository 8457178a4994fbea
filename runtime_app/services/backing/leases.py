"""Leases in Redis: at most one holder, and a dead holder's lease ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

from runtime_app.services.backing.redis import key, redis_client

# Only the holder may extend or end a lease: the token is compared and the key touched in one step.
_IF_HELD = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call(%s) end return 0"
_EXTEND = _IF_HELD % "'pexpire', KEYS[1], ARGV[2]"
_RELEASE = _IF_HELD % "'del', KEYS[1]"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do something alone, until `seconds` after the last `renew`."""

    key: str
    token: str
    seconds: float

    def renew(self) -> bool:
        """Extend it. False when it has run out, so that somebody else may hold it now: stop then."""
        return bool(redis_client().eval(_EXTEND, 1, self.key, self.token, int(self.seconds * 1000)))


@contextmanager
def lease(name: str, *, seconds: float) -> Iterator[Lease | None]:
    """Take the lease `name` if nobody holds it, else yield None.

    Raises:
        redis.RedisError: Redis is away, so nobody can know who holds it.
    """
    taken = Lease(key("lease", name), token_hex(16), seconds)
    if not redis_client().set(taken.key, taken.token, nx=True, px=int(seconds * 1000)):
        yield None
        return
    try:
        yield taken
    finally:
        redis_client().eval(_RELEASE, 1, taken.key, taken.token)
