"""Whether the panel itself is well, in sentences for the people who look at it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from redis import RedisError

from runtime_app.services.backing.redis import key, redis_client

logger = logging.getLogger(__name__)

HEARTBEAT_KEY = key("worker-seen")
WORKERS_KEY = key("workers")
SILENT_AFTER = timedelta(seconds=15)
HEARTBEAT_KEPT_SECONDS = 24 * 3600
NOTE_WORKER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SystemState:
    """What of the panel's own machinery is running."""

    redis_answers: bool
    worker_seen_at: datetime | None

    @property
    def worker_is_alive(self) -> bool:
        """Whether a worker ran the heartbeat that beat sends, so that both are alive."""
        return self.worker_seen_at is not None and timezone.now() - self.worker_seen_at < SILENT_AFTER

    @property
    def is_well(self) -> bool:
        """Whether results are being collected."""
        return self.redis_answers and self.worker_is_alive

    @property
    def sentence(self) -> str:
        """What is wrong and what it means; empty when all is well."""
        if not self.redis_answers:
            return "Redis does not answer. Jobs go on; their results are collected when it is back."
        if self.worker_is_alive:
            return ""
        if self.worker_seen_at is None:
            return "No worker has reported yet. Results are collected as soon as one is running."
        silent = int((timezone.now() - self.worker_seen_at).total_seconds())
        return (
            f"The worker has been silent for {silent} s. "
            "Jobs go on; their results are collected when it is back."
        )


def record_heartbeat() -> None:
    """Note that a worker is alive; run by a worker because beat said so."""
    redis_client().set(HEARTBEAT_KEY, timezone.now().timestamp(), ex=HEARTBEAT_KEPT_SECONDS)


def note_worker(name: str) -> None:
    """Note that a worker is alive, however busy its threads are; called every NOTE_WORKER_SECONDS."""
    now = timezone.now().timestamp()
    try:
        with redis_client().pipeline(transaction=False) as pipeline:
            pipeline.zadd(WORKERS_KEY, {name: now})
            pipeline.zremrangebyscore(WORKERS_KEY, "-inf", now - HEARTBEAT_KEPT_SECONDS)
            pipeline.execute()
    except RedisError as error:
        logger.warning("Redis does not answer the worker: %s", error)


def forget_predecessors(name: str) -> None:
    """Of workers with this name in front of their process id, only the one that starts now is alive.

    Where two run under one name, the other is known again when it says so next.
    """
    try:
        client = redis_client()
        known = [str(each) for each in client.zrange(WORKERS_KEY, 0, -1)]
        if earlier := [each for each in known if each.startswith(f"{name} (")]:
            client.zrem(WORKERS_KEY, *earlier)
    except RedisError as error:
        logger.warning("Redis does not answer the worker: %s", error)


def forget_worker(name: str) -> None:
    """Note that a worker has ended in peace; of one that was killed SILENT_AFTER tells."""
    try:
        redis_client().zrem(WORKERS_KEY, name)
    except RedisError as error:
        logger.warning("Redis does not answer the worker: %s", error)


def live_workers() -> tuple[str, ...]:
    """The names of the workers that are alive. Raises redis.RedisError."""
    since = (timezone.now() - SILENT_AFTER).timestamp()
    return tuple(sorted(str(name) for name in redis_client().zrangebyscore(WORKERS_KEY, since, "+inf")))


def system_state() -> SystemState:
    """How the panel is, at the cost of one Redis call."""
    try:
        seen = redis_client().get(HEARTBEAT_KEY)
    except RedisError:
        return SystemState(redis_answers=False, worker_seen_at=None)
    at = datetime.fromtimestamp(float(str(seen)), tz=timezone.get_default_timezone()) if seen else None
    return SystemState(redis_answers=True, worker_seen_at=at)
