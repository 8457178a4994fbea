"""APIs of the gateway: one Swagger document for each namespace and base path."""

from __future__ import annotations

import json
from typing import Any

from standalone.store.database import Database


class ApiStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, namespace: str, document: dict[str, Any]) -> None:
        values = (namespace, document["basePath"], json.dumps(document))
        await self._database.write(
            lambda connection: connection.execute("INSERT OR REPLACE INTO apis VALUES (?, ?, ?)", values)
        )

    async def delete(self, namespace: str, base_path: str) -> None:
        key = (namespace, base_path)
        await self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM apis WHERE namespace = ? AND base_path = ?", key
            )
        )

    async def all(self, namespace: str) -> list[dict[str, Any]]:
        """By base path, the longest first: the most specific one answers a request."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT document FROM apis WHERE namespace = ? ORDER BY length(base_path) DESC, base_path",
                (namespace,),
            ).fetchall()
        )
        return [json.loads(row[0]) for row in rows]
