"""Finds the handler for a path. Segments are matched still encoded: an encoded slash stays inside its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.responses import Response

from standalone.errors import ROUTE_MISSING, ApiError
from standalone.http.request import ApiRequest

Handler = Callable[[ApiRequest], Awaitable[Response]]
Entry = tuple[tuple[str, ...], dict[str, Handler]]
REST = "{rest*}"


@dataclass(frozen=True)
class Route:
    """`pattern` as in `/a/{name}`; one that ends in a slash matches only paths that do.

    `{rest*}` at the end takes whatever follows, with its leading slash and still encoded, as `rest`.
    """

    method: str
    pattern: str
    handler: Handler

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.pattern.split("/")[1:])


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[Entry]] = {}
        self._open_ended: list[Entry] = []
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        segments = route.segments
        if segments[-1] == REST:
            entries, segments = self._open_ended, segments[:-1]
        else:
            entries = self._by_length.setdefault(len(segments), [])
        for known, handlers in entries:
            if known == segments:
                handlers[route.method] = route.handler
                return
        entries.append((segments, {route.method: route.handler}))

    def find(self, method: str, raw_path: str) -> tuple[Handler, dict[str, str]]:
        """The handler and the decoded parameters. ApiError 404 for no such path, 405 for no such method.

        Where no handler wants them, HEAD is answered as GET.
        """
        handlers, params = self._match(raw_path)
        handler = handlers.get(method) or (handlers.get("GET") if method == "HEAD" else None)
        if handler is None:
            supported = ", ".join(handlers)
            raise ApiError(
                405, f"HTTP method not allowed, supported methods: {supported}", {"Allow": supported}
            )
        return handler, params

    def _match(self, raw_path: str) -> tuple[dict[str, Handler], dict[str, str]]:
        parts = raw_path.split("/")[1:]
        candidates = [parts, parts[:-1]] if len(parts) > 1 and not parts[-1] else [parts]
        for found in candidates:
            for segments, handlers in self._by_length.get(len(found), ()):
                params = _params(segments, found)
                if params is not None:
                    return handlers, params
        for segments, handlers in self._open_ended:
            params = _params(segments, parts[: len(segments)])
            if params is not None:
                rest = parts[len(segments) :]
                return handlers, {**params, "rest": "".join(f"/{part}" for part in rest)}
        raise ApiError(404, ROUTE_MISSING)


def _params(segments: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    params = {}
    if len(parts) < len(segments):
        return None
    for segment, part in zip(segments, parts, strict=True):
        if segment.startswith("{"):
            if not part:
                return None
            params[segment[1:-1]] = unquote(part)
        elif segment != part:
            return None
    return params
