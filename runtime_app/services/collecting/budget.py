"""Token buckets in Redis, and how many requests the collector may make to a namespace's runtime.

A request that is under way is never broken off, so the balance may go below zero; then nothing more is asked
until it is above zero again. What people do themselves is never held back by the collector's bucket;
launches have buckets of their own (`launching/room.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from time import time

from django.conf import settings

from runtime_app.models import Namespace
from runtime_app.services.backing.redis import key, redis_client

BURST_SECONDS = 10.0
# Runtimes count by the minute: where theirs allows twice as much, a minute may be saved up for a busy one.
SAVED_SECONDS = 60.0
KEPT_SECONDS = 3600
SECONDS_PER_MINUTE = 60
# Half of the invocations a namespace allows: the other half is for people, should the runtime count alike.
COLLECTORS_SHARE = 0.5
SLOWEST_PER_SECOND = 0.2

# Refills by the server's clock, takes ARGV[3] tokens, and answers the balance as text (Lua numbers are cut).
_TAKE = """
local clock = redis.call('time')
local now = clock[1] + clock[2] / 1000000
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('hmget', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
local at = tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate) - wanted
redis.call('hset', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('expire', KEYS[1], ARGV[4])
return tostring(tokens)
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """One bucket; `rate` is in requests a second, and it holds those of `burst_seconds`."""

    key: str
    rate: float
    burst_seconds: float = BURST_SECONDS

    def balance(self) -> float:
        """Tokens in the bucket now."""
        return self._take(0)

    def spend(self, requests: int) -> float:
        """Take tokens for requests that were made, and count them; the balance afterwards."""
        minute = self._minute(int(time()) // SECONDS_PER_MINUTE)
        with redis_client().pipeline(transaction=False) as pipeline:
            pipeline.eval(_TAKE, 1, self.key, self.rate, self.burst, requests, KEPT_SECONDS)
            pipeline.incrby(minute, requests)
            pipeline.expire(minute, KEPT_SECONDS)
            pipeline.incrby(self._total, requests)
            return float(pipeline.execute()[0])

    def asked_per_minute(self) -> float:
        """Requests in the last 60 s: this minute's, and a share of the last one's, as if evenly spread."""
        minute, seconds = divmod(time(), SECONDS_PER_MINUTE)
        counts = redis_client().mget(self._minute(int(minute)), self._minute(int(minute) - 1))
        current, last = (int(str(count)) if count else 0 for count in counts)
        return current + last * (1 - seconds / SECONDS_PER_MINUTE)

    def asked_in_all(self) -> int:
        """Requests since Redis began to count; it begins anew when it is emptied."""
        return int(str(redis_client().get(self._total) or 0))

    def seconds_until_free(self) -> float:
        """How long until something may be asked again; 0 when it may be now."""
        return max(0.0, -self.balance() / self.rate)

    def take(self) -> bool:
        """Take one token if there is one, whoever else takes at the same moment."""
        if self.spend(1) >= 0:
            return True
        self.spend(-1)
        return False

    @property
    def burst(self) -> float:
        """How many tokens the bucket holds at the most; never less than the one that anything takes."""
        return max(1.0, self.rate * self.burst_seconds)

    @property
    def _total(self) -> str:
        return f"{self.key}:asked"

    def _minute(self, minute: int) -> str:
        return f"{self.key}:asked:{minute}"

    def _take(self, wanted: int) -> float:
        return float(redis_client().eval(_TAKE, 1, self.key, self.rate, self.burst, wanted, KEPT_SECONDS))


def budget_for(namespace: Namespace) -> Budget:
    """The bucket, sized from the namespace's limits and `OVERTIME_REQUESTS_PER_SECOND`, whichever is less."""
    allowed = namespace.limit("invocationsPerMinute", 0) / 60 * COLLECTORS_SHARE
    most = float(settings.OVERTIME_REQUESTS_PER_SECOND)
    rate = min(most, allowed) if allowed else most
    burst_seconds = BURST_SECONDS if allowed and allowed < 2 * rate else SAVED_SECONDS
    return Budget(key("budget", namespace.pk), max(SLOWEST_PER_SECOND, rate), burst_seconds)
