"""A person at the panel, without a browser: signed in, launching, and looking into the database."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import psycopg
import requests

from runtime_app.openwhisk import ActionLimits, ActionSpec, OpenWhiskClient
from tests.product import RunningProduct
from tests.waiting import Patience, wait_until

ANSWER_SECONDS = 20
# Processes are killed meanwhile, and take their time to come back.
LAUNCH_SECONDS = 180
RETRY_SECONDS = 0.3
OBSERVER = "tests"


class Panel:
    """`product` must be running and its sign-in link unused."""

    def __init__(self, product: RunningProduct, auth: str) -> None:
        self.product = product
        self.session = product.signed_in()
        self.upstream = OpenWhiskClient(product.standalone_url, auth, "guest")

    def create_action(self, name: str, source: str, *, timeout_ms: int = 60_000) -> int:
        """Create a Node.js action upstream, let the panel sync, and return its primary key here."""
        limits = ActionLimits(timeout_ms=timeout_ms, memory_mb=256, logs_mb=1, concurrency=1)
        spec = ActionSpec(kind="nodejs:default", code=source, limits=limits)
        self.upstream.put_action(name, spec, overwrite=True)
        self.post("actions/sync/")
        rows = wait_until(lambda: self.rows("SELECT id FROM runtime_app_action WHERE path = ?", name))
        return int(rows[0][0])

    def launch(self, action_pk: int, parameters: dict[str, Any], key: UUID | None = None) -> UUID:
        """Launch as an impatient person does: when the page does not answer, press the same button again."""
        key = key or uuid4()
        data = {"launch_key": str(key), "parameters": json.dumps(parameters)}
        patience = Patience(LAUNCH_SECONDS, at_once=ANSWER_SECONDS)
        last: Exception | None = None
        while not patience.is_over:
            try:
                answer = self.post(f"actions/{action_pk}/launch/", **data)
            except (requests.ConnectionError, requests.Timeout, requests.HTTPError) as error:
                last = error
                time.sleep(RETRY_SECONDS)
            else:
                leads_to = answer.headers.get("Location", "")
                assert "/activations/" in leads_to, f"{answer.status_code} led to {leads_to or 'nowhere'}"
                return key
        raise AssertionError(
            f"the panel did not come back: {last}\nWhat it printed last:\n{self.product.last_lines()}"
        )

    def post(self, path: str, **data: str) -> requests.Response:
        """A form of the guest namespace, sent without following where it leads."""
        url = f"{self.product.url}/n/guest/{path}"
        token = next(cookie.value for cookie in self.session.cookies if "csrf" in cookie.name)
        headers = {"X-CSRFToken": token or "", "Referer": url}
        answer = self.session.post(
            url, data=data, headers=headers, allow_redirects=False, timeout=ANSWER_SECONDS
        )
        answer.raise_for_status()
        return answer

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the product's database says now. `?` stands for a value; keys come as SQLite keeps them."""
        if not (url := self.product.postgres_url):
            file = self.product.home / "overtime.sqlite3"
            with closing(sqlite3.connect(file, timeout=ANSWER_SECONDS)) as connection:
                return connection.execute(query, values).fetchall()
        # By a name of its own, so that whoever ends the product's connections can leave this one alone.
        with psycopg.connect(url, application_name=OBSERVER) as postgres:
            found = postgres.execute(query.replace("?", "%s").encode(), values).fetchall()
        return [tuple(item.hex if isinstance(item, UUID) else item for item in row) for row in found]
