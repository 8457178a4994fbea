"""How many requests the collector may make to a namespace's runtime: a token bucket in Redis.

A request that is under way is never broken off, so the balance may go below zero; then nothing more is asked
until it is above zero again. What people do themselves is never held back by this bucket.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from runtime_app.models import Namespace

from .redis import key, redis_client

BURST_SECONDS = 10.0
KEPT_SECONDS = 3600
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
    """The collector's bucket for one namespace; `rate` is in requests a second."""

    key: str
    rate: float

    def balance(self) -> float:
        """Tokens in the bucket now."""
        return self._take(0)

    def spend(self, requests: int) -> float:
        """Take tokens for requests that were made; the balance afterwards."""
        return self._take(requests)

    def seconds_until_free(self) -> float:
        """How long until something may be asked again; 0 when it may be now."""
        return max(0.0, -self.balance() / self.rate)

    def _take(self, wanted: int) -> float:
        burst = self.rate * BURST_SECONDS
        return float(redis_client().eval(_TAKE, 1, self.key, self.rate, burst, wanted, KEPT_SECONDS))


def budget_for(namespace: Namespace) -> Budget:
    """The bucket, sized from the namespace's limits and `OVERTIME_REQUESTS_PER_SECOND`, whichever is less."""
    allowed = namespace.limit("invocationsPerMinute", 0) / 60 * COLLECTORS_SHARE
    most = float(settings.OVERTIME_REQUESTS_PER_SECOND)
    rate = min(most, allowed) if allowed else most
    return Budget(key("budget", namespace.pk), max(SLOWEST_PER_SECOND, rate))
