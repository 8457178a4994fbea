"""Forgets activations that are older than the operator wants to keep them."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from standalone.clock import now_ms
from standalone.store.activations import ActivationStore

log = logging.getLogger(__name__)
CHECK_SECONDS = 3600
DAY_MS = 24 * 60 * 60 * 1000


class Retention:
    def __init__(self, activations: ActivationStore, namespaces: list[str], days: int | None) -> None:
        self._activations = activations
        self._namespaces = namespaces
        self._days = days
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._days is not None:
            self._task = asyncio.get_running_loop().create_task(self._forget_hourly(self._days))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _forget_hourly(self, days: int) -> None:
        while True:
            for namespace in self._namespaces:
                try:
                    await self._forget(namespace, days)
                except sqlite3.Error:
                    log.exception(
                        "Old activations of %s could not be forgotten; tried again in an hour", namespace
                    )
            await asyncio.sleep(CHECK_SECONDS)

    async def _forget(self, namespace: str, days: int) -> None:
        forgotten = await self._activations.forget_before(namespace, now_ms() - days * DAY_MS)
        if forgotten:
            log.info("Forgot %d activations of %s that were older than %d days.", forgotten, namespace, days)
