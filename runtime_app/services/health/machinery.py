"""What the panel runs on, looked at now: database, Redis, workers, beat, queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseFault
from django.db.migrations.executor import MigrationExecutor
from redis import RedisError

from runtime_app.services.backing.redis import redis_client
from runtime_app.services.health.system import SystemState, live_workers, system_state

# So many waiting tasks mean that the workers do not keep up.
LONG_QUEUE = 100
DATABASE_AWAY = "The database does not answer. Nothing can be shown, launched or collected until it is back."
BEAT_SILENT = (
    "Beat, the clock, is silent. What is waited for is still collected, "
    "but nothing new is looked for until it is back."
)


@dataclass(frozen=True, slots=True)
class Machinery:
    """One look. Milliseconds are None where nothing answered; `queued`: tasks that wait for a worker."""

    database_ms: float | None
    redis_ms: float | None
    system: SystemState
    workers: tuple[str, ...]
    queued: int | None

    @property
    def has_workers(self) -> bool:
        """Whether a worker is alive, even if it has no time for the heartbeat."""
        return bool(self.workers) or self.system.worker_is_alive

    @property
    def is_behind(self) -> bool:
        """Whether more tasks wait than workers get done."""
        return self.queued is not None and self.queued >= LONG_QUEUE

    @property
    def beat_is_alive(self) -> bool | None:
        """Beat sends heartbeats, workers run them. None: without workers in time nobody can know."""
        if self.system.worker_is_alive:
            return True
        return None if not self.workers or self.is_behind else False

    @property
    def heartbeat_at(self) -> datetime | None:
        """When a worker last ran what beat had sent."""
        return self.system.worker_seen_at

    @property
    def problems(self) -> list[str]:
        """What is wrong and what it means, a sentence each; the cause only, not what follows from it."""
        if self.database_ms is None:
            return [DATABASE_AWAY]
        if self.redis_ms is None or not self.has_workers:
            return [self.system.sentence]
        if self.is_behind:
            return [
                f"The workers are behind: {self.queued} tasks wait. Results come later than usual; "
                "a higher OVERTIME_CONCURRENCY or another worker helps."
            ]
        return [BEAT_SILENT] if self.beat_is_alive is False else []


def look() -> Machinery:
    """How everything is, for a few quick questions. Never raises."""
    redis_ms = ping_redis()
    system = system_state() if redis_ms is not None else SystemState(redis_answers=False, worker_seen_at=None)
    try:
        workers, queued = (live_workers(), queue_depth()) if redis_ms is not None else ((), None)
    except RedisError:
        workers, queued = (), None
    return Machinery(ping_database(), redis_ms, system, workers, queued)


def ping_database() -> float | None:
    """Milliseconds that the database takes to answer; None when it does not."""
    return _timed(_select_one, DatabaseFault)


def ping_redis() -> float | None:
    """Milliseconds that Redis takes to answer; None when it does not."""
    return _timed(redis_client().ping, RedisError)


def queue_depth() -> int:
    """Tasks that wait for a worker. Raises redis.RedisError."""
    return int(str(redis_client().llen(settings.CELERY_TASK_DEFAULT_QUEUE)))


def migrations_are_applied() -> bool:
    """Whether the database has the form that this code expects; False when it does not answer."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseFault:
        return False


def _timed(ask: Callable[[], object], trouble: type[Exception]) -> float | None:
    began = perf_counter()
    try:
        ask()
    except trouble:
        return None
    return (perf_counter() - began) * 1000


def _select_one() -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
