"""A store whose readers see records later than they were written."""

from __future__ import annotations

import json
from dataclasses import replace

from standalone.clock import now_ms
from standalone.steering.faults import LATE_RECORDS, STALE_LISTS, Faults
from standalone.store.activations import ActivationFilter, ActivationStore
from standalone.store.database import Database


class LaggingActivations(ActivationStore):
    """Late records are nowhere for a while, stale lists leave them out; both from the end of the run on."""

    def __init__(self, database: Database, faults: Faults) -> None:
        super().__init__(database)
        self._faults = faults

    async def get(self, namespace: str, activation_id: str) -> str | None:
        text = await super().get(namespace, activation_id)
        lag_ms = self._faults.lag_ms(LATE_RECORDS, namespace)
        if text is None or not lag_ms:
            return text
        record = json.loads(text)
        ended_ms = record.get("end") or record["start"]
        return text if ended_ms <= now_ms() - lag_ms else None

    async def list(self, chosen: ActivationFilter, skip: int, limit: int, full: bool) -> list[str]:
        return await super().list(self._seen_by_now(chosen), skip, limit, full)

    async def count(self, chosen: ActivationFilter) -> int:
        return await super().count(self._seen_by_now(chosen))

    def _seen_by_now(self, chosen: ActivationFilter) -> ActivationFilter:
        lag_ms = max(self._faults.lag_ms(kind, chosen.namespace) for kind in (LATE_RECORDS, STALE_LISTS))
        return replace(chosen, ended_by=now_ms() - lag_ms) if lag_ms else chosen
