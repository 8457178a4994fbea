"""Stores web actions and calls them as anybody would."""

from __future__ import annotations

import json
import time
from typing import Any

import requests

from tests.standalone.client import ANSWER_SECONDS, Client

EXPORTED = {"key": "web-export", "value": True}


class Web:
    """Stores web actions and calls them without credentials."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.base = f"{client.server.url}/api/v1/web/guest/default"

    def create(self, code: str, *annotations: tuple[str, Any], **fields: Any) -> str:
        name = f"web-{time.time_ns()}"
        extra = [{"key": key, "value": value} for key, value in annotations]
        self.client.put_action(name, code, annotations=[EXPORTED, *extra], **fields)
        return name

    def returning(self, result: Any) -> str:
        return self.create(f"const main = () => ({json.dumps(result)})")

    def call(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        return requests.request(method, f"{self.base}/{path}", timeout=ANSWER_SECONDS, **options)
