"""Alarms: which trigger fires when next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from standalone.names import EntityName
from standalone.store.database import Database


@dataclass(frozen=True)
class Alarm:
    """`next_ms` None: over, kept to be read."""

    trigger: EntityName
    schedule: dict[str, Any]
    next_ms: int | None


class AlarmStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, alarm: Alarm) -> None:
        values = (alarm.trigger.namespace, alarm.trigger.name, json.dumps(alarm.schedule), alarm.next_ms)
        await self._database.write(
            lambda connection: connection.execute("INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?)", values)
        )

    async def delete(self, trigger: EntityName) -> None:
        key = (trigger.namespace, trigger.name)
        await self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM alarms WHERE namespace = ? AND trigger_name = ?", key
            )
        )

    async def get(self, trigger: EntityName) -> Alarm | None:
        found = [alarm for alarm in await self.all() if alarm.trigger == trigger]
        return found[0] if found else None

    async def all(self) -> list[Alarm]:
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT namespace, trigger_name, schedule, next FROM alarms"
            ).fetchall()
        )
        return [Alarm(EntityName(row[0], "", row[1]), json.loads(row[2]), row[3]) for row in rows]
