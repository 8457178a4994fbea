"""A browser's event stream, through the whole ASGI application, and changes for it to tell of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client
from django.utils import timezone

from controlpanel.asgi import application
from runtime_app.models import Activation, Namespace, Status
from runtime_app.services.live import hub as live_service
from runtime_app.services.live.publishing import publish_change

# Whether something arrives, not how soon: that what is announced is told at once, tests show by putting
# off the looks at the database that would find it later.
WAIT_SECONDS = 30.0
NO_LOOK_SECONDS = 600.0


@dataclass(frozen=True)
class Event:
    """A server-sent event as a browser reads it."""

    name: str
    data: str
    id: str


class Stream:
    """One browser's event stream."""

    def __init__(self, communicator: ApplicationCommunicator) -> None:
        self.communicator = communicator
        self.text = ""
        self.ended = False

    async def read(self, seconds: float) -> None:
        message = await self.communicator.receive_output(seconds)
        self.text += message.get("body", b"").decode()
        self.ended = not message.get("more_body", False)

    async def next(self, name: str, seconds: float = WAIT_SECONDS) -> Event:
        """The next event of this name; others are passed over. Fails when none comes in time."""
        async with asyncio.timeout(seconds):
            while True:
                block, separator, rest = self.text.partition("\n\n")
                if separator:
                    self.text = rest
                    event = parse(block)
                    if event.name == name:
                        return event
                else:
                    await self.read(seconds)

    async def end(self, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not self.ended:
                await self.read(seconds)


def parse(block: str) -> Event:
    fields: dict[str, list[str]] = {}
    for line in block.split("\n"):
        key, _, value = line.partition(": ")
        fields.setdefault(key, []).append(value)
    first = {key: values[0] for key, values in fields.items()}
    return Event(first.get("event", ""), "\n".join(fields.get("data", [])), first.get("id", ""))


@asynccontextmanager
async def watching(
    client: Client, namespace: Namespace, query: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[Stream]:
    """A stream that is open: its greeting has arrived."""
    communicator = await requested(client, namespace, query, headers)
    start = await communicator.receive_output(WAIT_SECONDS)
    assert start["status"] == 200
    stream = Stream(communicator)
    await stream.next("")  # retry
    try:
        yield stream
    finally:
        await communicator.send_input({"type": "http.disconnect"})
        await communicator.wait(WAIT_SECONDS)


async def requested(
    client: Client, namespace: Namespace, query: str = "", headers: dict[str, str] | None = None
) -> ApplicationCommunicator:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    sent = {"host": "testserver", "cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": f"/n/{namespace.slug}/live/",
        "raw_path": b"",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request", "body": b"", "more_body": False})
    return communicator


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Do the work in an event loop of its own."""
    asyncio.run(work())  # type: ignore[arg-type]


async def changed(activation: Activation, status: Status, *, announced: bool = True) -> None:
    """Let an activation change, as a worker does."""

    def change() -> None:
        Activation.objects.filter(pk=activation.pk).update(status=status, changed_at=timezone.now())
        activation.refresh_from_db()
        if announced:
            publish_change(activation)

    await sync_to_async(change)()


async def told_by_redis() -> None:
    """Wait until the hub has subscribed."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not live_service.hub()._redis_tells:
            await asyncio.sleep(0.01)
