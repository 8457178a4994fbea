"""How many requests a namespace may make: a counter for each calendar minute, and runs under way.

Source: core/entitlement RateThrottler.scala (the count goes up also for what is refused) and Messages.scala.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from standalone.errors import ApiError
from standalone.profiles import Profile


class RateThrottle:
    """`allowed_per_minute` None allows any number."""

    def __init__(self, allowed_per_minute: int | None) -> None:
        self._allowed = allowed_per_minute
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def forget(self) -> None:
        self._counts.clear()

    def count(self, namespace: str) -> None:
        """Count one request. ApiError 429 when it is one too many in this minute."""
        minute = int(time.time() // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        self._counts[namespace] += 1
        if self._allowed is not None and self._counts[namespace] > self._allowed:
            raise ApiError(
                429,
                f"Too many requests in the last minute (count: {self._counts[namespace]},"
                f" allowed: {self._allowed}).",
            )


class ConcurrencyThrottle:
    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._running: Counter[str] = Counter()

    def begin(self, namespace: str) -> None:
        """Take a place; give it back with `end`. ApiError 429 when all are taken."""
        running = self._running[namespace]
        if running >= self._allowed:
            raise ApiError(
                429, f"Too many concurrent requests in flight (count: {running}, allowed: {self._allowed})."
            )
        self._running[namespace] = running + 1

    def end(self, namespace: str) -> None:
        self._running[namespace] -= 1


@dataclass(frozen=True)
class Throttles:
    invocations: RateThrottle
    fires: RateThrottle
    extra_logging: RateThrottle
    concurrent: ConcurrencyThrottle

    def forget(self) -> None:
        """Begin the minute anew; runs under way still count."""
        for limit in (self.invocations, self.fires, self.extra_logging):
            limit.forget()


def throttles(profile: Profile) -> Throttles:
    limits = profile.limits
    return Throttles(
        RateThrottle(limits.invocations_per_minute),
        RateThrottle(limits.fires_per_minute),
        RateThrottle(profile.extra_logging_per_minute),
        ConcurrencyThrottle(limits.concurrent_invocations),
    )
