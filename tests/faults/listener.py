"""A page that stays open: it hears of changes over its stream, and comes back as often as that ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from types import TracebackType

import requests

from tests.panel import Panel

CONNECT_SECONDS = 5
# Pings come every five seconds.
SILENT_SECONDS = 20
AGAIN_SECONDS = 0.3


class Listener:
    """`with Listener(panel) as page:` keeps the stream of the guest namespace open, as live.js does."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.statuses: dict[int, str] = {}
        self.cursor = ""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        # A session is not made for several threads.
        self.session = requests.Session()
        self.session.cookies.update(panel.session.cookies)

    def __enter__(self) -> Listener:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.thread.join()

    def shows(self, statuses: dict[int, str]) -> bool:
        """Whether it was told at least this."""
        return statuses.items() <= self.statuses.items()

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                for event, data in self._events():
                    self._take(event, data)
                    if self.over.is_set():
                        return
            except (requests.RequestException, ValueError):
                pass
            self.over.wait(AGAIN_SECONDS)

    def _events(self) -> Iterator[tuple[str, str]]:
        """Events of one stream as name and data; a ping is one without either."""
        answer = self.session.get(
            f"{self.panel.product.url}/n/guest/live/",
            params={"cursor": self.cursor, "show": "none"},
            stream=True,
            timeout=(CONNECT_SECONDS, SILENT_SECONDS),
        )
        with answer:
            answer.raise_for_status()
            fields = {}
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                    continue
                self.cursor = fields.get("id", self.cursor)
                yield fields.get("event", ""), fields.get("data", "")
                fields = {}

    def _take(self, event: str, data: str) -> None:
        if event == "changed":
            told = json.loads(data)
            self.statuses[told["pk"]] = told["status"]
        elif event == "resync":
            # A page would be loaded anew.
            rows = self.panel.rows("SELECT id, status FROM runtime_app_activation")
            self.statuses |= dict(rows)
