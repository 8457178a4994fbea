"""What every group of calls needs: paths below the namespace, reading into types, and lists by pages."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from runtime_app.openwhisk.errors import Rejected
from runtime_app.openwhisk.fields import JsonObject, ShapeError, as_int, as_list, as_object
from runtime_app.openwhisk.hosts import API_PREFIX
from runtime_app.openwhisk.names import OWN_NAMESPACE, quote_name
from runtime_app.openwhisk.replies import Reply
from runtime_app.openwhisk.transport import Transport

logger = logging.getLogger(__name__)

# OpenWhisk accepts 200 a page, Adobe 50; nobody gives fewer than 30 when more exist.
LARGEST_PAGE = 200
SMALLEST_PAGE = 30
_RANGE_ERROR = re.compile(r"not in the range of 0 to (\d+)")

T = TypeVar("T")
Params = Mapping[str, str]
Reader = Callable[[object], T]


class Calls:
    """Base of the groups. `page_limit` is the largest list page this server accepts, once that is known."""

    def __init__(self, transport: Transport, namespace: str, page_limit: int | None = None) -> None:
        self._transport = transport
        self.namespace = namespace
        self.page_limit = page_limit

    def _path(self, rest: str, namespace: str | None = None) -> str:
        owner = namespace or self.namespace
        quoted = OWN_NAMESPACE if owner == OWN_NAMESPACE else quote_name(owner)
        return f"{API_PREFIX}/namespaces/{quoted}/{rest}"

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        most_bytes: int | None = None,
    ) -> Reply:
        """Send, and raise the error that the answer stands for. `most_bytes` replaces the usual cap."""
        reply = self._transport.send(method, path, params=params, body=body, most_bytes=most_bytes)
        reply.raise_for_error()
        return reply

    def _get(self, path: str, read: Reader[T], params: Params | None = None) -> T:
        return read_reply(self._send("GET", path, params=params), read)

    def _put(self, path: str, body: JsonObject, overwrite: bool, read: Reader[T]) -> T:
        params = {"overwrite": "true"} if overwrite else None
        return read_reply(self._send("PUT", path, params=params, body=body), read)

    def _page(self, path: str, limit: int | None, params: Params, read: Reader[T]) -> T:
        """One page. `limit` None asks for the largest that the server accepts, and remembers it."""
        if limit is not None:
            return self._get(path, read, {**params, "limit": str(limit)})
        try:
            return self._get(path, read, {**params, "limit": str(self.page_limit or LARGEST_PAGE)})
        except Rejected as error:
            accepted = _RANGE_ERROR.search(error.message)
            if self.page_limit is not None or accepted is None:
                raise
            self.page_limit = int(accepted[1])
        return self._page(path, self.page_limit, params, read)

    def _pages(
        self, path: str, params: Params, read: Reader[list[T]], key: Callable[[T], object]
    ) -> Iterator[T]:
        """Every item once, page after page by `skip`.

        Entities that appear while we read shift the pages, so items may come twice; a server that ignores
        `skip` brings nothing new and ends the loop. A page shorter than what we asked for is no end by
        itself, because a server may cap silently, and an early end would make the rest look deleted.
        """

        def read_and_count(data: object) -> tuple[list[T], int]:
            return read(data), len(as_list(data))

        seen: set[object] = set()
        skip, count = 0, SMALLEST_PAGE
        while count >= SMALLEST_PAGE:
            page, count = self._page(path, None, {**params, "skip": str(skip)}, read_and_count)
            fresh = {key(item): item for item in page if key(item) not in seen}
            yield from fresh.values()
            if page and not fresh:
                return
            seen.update(fresh)
            skip += count

    def _count(self, path: str, collection: str, params: Params) -> int:
        def read(data: object) -> int:
            return as_int(as_object(data).get(collection), collection)

        return self._get(path, read, {**params, "count": "true"})


def read_reply(reply: Reply, read: Reader[T]) -> T:
    """Parse and read; a ShapeError becomes a BadReply that carries the body."""
    data = reply.json()
    try:
        return read(data)
    except ShapeError as exc:
        raise reply.bad(f"sent something that OpenWhisk would not: {exc}.") from exc


def every(read: Reader[T]) -> Reader[list[T]]:
    """A reader of lists, all or nothing: an entity left out would look deleted."""
    return lambda data: [read(item) for item in as_list(data)]


def readable(read: Reader[T]) -> Reader[list[T]]:
    """A reader of lists that logs what it cannot read: one broken record must not hide its neighbours."""

    def read_items(data: object) -> list[T]:
        items = []
        for item in as_list(data):
            try:
                items.append(read(item))
            except ShapeError as exc:
                logger.warning("skipped a list item that OpenWhisk would not send: %s: %.2000r", exc, item)
        return items

    return read_items
