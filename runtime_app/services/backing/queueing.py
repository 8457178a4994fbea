"""Handing work to Celery from code that must go on when Redis is away."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import RedisError

logger = logging.getLogger(__name__)


def enqueue(task_name: str, *args: int | str, countdown: float | None = None) -> None:
    """Queue a task by name once the current transaction is committed.

    Never raises when Redis is away: whatever is queued here is also found by a beat task later, which looks
    at the database. `countdown` is in seconds.
    """
    transaction.on_commit(partial(_send, task_name, args, countdown))


def _send(task_name: str, args: tuple[int | str, ...], countdown: float | None) -> None:
    try:
        current_app.send_task(task_name, args=args, countdown=countdown, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("%s%s was not queued, beat will find it: %s", task_name, args, error)
