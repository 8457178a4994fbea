"""APIs as Swagger documents: adding and removing routes, and finding the one for a request.

`wsk` takes no document without an `operationId` and the fields of `x-openwhisk` in each operation
(openwhisk-client-go, whisk/api.go); their content is that of core/routemgmt/common/apigw-utils.js.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from standalone.errors import ApiError, malformed
from standalone.gateway import invocations
from standalone.names import EntityName, check_name
from standalone.web.address import DEFAULT_EXTENSION, DEFAULT_PACKAGE, EXTENSIONS

METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
EXTENSION = "x-openwhisk"
Document = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """The web action behind a route, and the secret that it wants to hear from the gateway, if any."""

    action: EntityName
    extension: str
    secret: Any

    def url(self, api_host: str) -> str:
        action = self.action
        path = f"{action.namespace}/{action.package or DEFAULT_PACKAGE}/{action.name}.{self.extension}"
        return f"{api_host}/api/v1/web/{path}"

    @property
    def takes_path(self) -> bool:
        """Whether the path of a request is passed on: without it there is no `__ow_path`."""
        return self.extension == DEFAULT_EXTENSION


@dataclass(frozen=True)
class Route:
    path: str
    method: str
    parameters: Any = None
    """What the client says of those in the path."""

    @property
    def operation_id(self) -> str:
        """`getBooksIsbn` for `get` and `/books/{isbn}`."""
        words = re.sub(r"[^0-9A-Za-z_-]", " ", self.path)
        return self.method + re.sub(r"\w\S*", lambda word: word[0].capitalize(), words).replace(" ", "")


def new_document(base_path: str, title: str | None) -> Document:
    return {
        "swagger": "2.0",
        "info": {"title": title or base_path, "version": "1.0.0"},
        "basePath": base_path,
        "paths": {},
        invocations.CONFIGURATION: invocations.new_configuration(),
    }


def with_route(document: Document, route: Route, target: Target, api_host: str) -> Document:
    action = target.action
    url = target.url(api_host)
    operation = {
        "operationId": route.operation_id,
        **({"parameters": route.parameters} if route.parameters else {}),
        EXTENSION: {
            "url": url,
            "namespace": action.namespace,
            "package": action.package,
            "action": action.name,
        },
        "responses": {"default": {"description": "Default response"}},
    }
    methods = {**document["paths"].get(route.path, {}), route.method: operation}
    changed = {**document, "paths": {**document["paths"], route.path: methods}}
    target_url = f"{url}$(request.path)" if target.takes_path else url
    return invocations.with_invocation(changed, route.operation_id, target_url, target.secret)


def without_routes(document: Document, path: str | None, method: str | None) -> Document:
    """Remove one route, all of a path, or (path None) everything."""
    kept: Document = {}
    for known, methods in document["paths"].items():
        if path not in (None, known):
            kept[known] = methods
            continue
        rest = {verb: operation for verb, operation in methods.items() if method not in (None, verb)}
        if rest:
            kept[known] = rest
    left = {**document, "paths": kept}
    return invocations.without_invocations(left, [_id_of(found) for _, found in _operations(left)])


def check_document(value: Any, api_host: str) -> Document:
    """A whole Swagger document given by a client, with what `wsk` wants to see in it.

    ApiError 400 when its routes cannot be served. Operations without an action are kept and never served.
    """
    if not isinstance(value, dict) or not isinstance(value.get("paths"), dict):
        raise malformed("The API must be a Swagger document with 'basePath' and 'paths'.")
    base_path = parse_path(value.get("basePath"))
    info = value["info"] if isinstance(value.get("info"), dict) else {"title": base_path, "version": "1.0.0"}
    document = {"swagger": "2.0", **value, "basePath": base_path, "info": info}
    for route, operation in _operations(document):
        parse_path(route.path)
        target = _target(document, operation)
        if target is not None:
            operation[EXTENSION].setdefault("url", target.url(api_host))
            operation.setdefault("operationId", route.operation_id)
    return document


def parse_path(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("/"):
        raise ApiError(400, f"The path '{value}' must begin with a slash.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise malformed("The path must be valid Unicode.") from None
    return value.rstrip("/") or "/"


def parse_method(value: Any) -> str:
    method = str(value).lower()
    if method not in METHODS:
        raise ApiError(400, f"The method '{value}' is not one of {', '.join(sorted(METHODS))}.")
    return method


def parse_extension(value: Any) -> str:
    if value is None:
        return "json"
    if not isinstance(value, str) or value not in EXTENSIONS:
        raise ApiError(400, f"The response type '{value}' is not one of {', '.join(EXTENSIONS)}.")
    return value


def find_route(document: Document, path: str, method: str) -> tuple[Target, dict[str, str]] | None:
    """The target for a request path below the base path, and the values of its path parameters."""
    for route, operation in _operations(document):
        values = _match(route.path, path)
        if values is not None and route.method == method:
            target = _target(document, operation)
            return (target, values) if target else None
    return None


def _operations(document: Document) -> Iterator[tuple[Route, Document]]:
    """Literal paths before those with parameters."""
    for path, methods in sorted(document["paths"].items(), key=lambda item: item[0].count("{")):
        if not isinstance(methods, dict):
            raise malformed(f"The path '{path}' has no methods.")
        for method, operation in methods.items():
            if method.lower() in METHODS:
                yield Route(path, method.lower()), operation


def _match(pattern: str, path: str) -> dict[str, str] | None:
    wanted, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    if len(wanted) != len(given):
        return None
    values = {}
    for segment, part in zip(wanted, given, strict=True):
        if segment.startswith("{") and segment.endswith("}"):
            values[segment[1:-1]] = part
        elif segment != part:
            return None
    return values


def _target(document: Document, operation: Any) -> Target | None:
    if not isinstance(operation, dict):
        raise malformed("Each operation must be an object.")
    if EXTENSION not in operation:
        return None
    told = operation[EXTENSION]
    if not isinstance(told, dict) or not all(isinstance(told.get(k), str) for k in ("namespace", "action")):
        raise malformed(f"An operation's '{EXTENSION}' must name its action.")
    package = told.get("package") or DEFAULT_PACKAGE
    name = EntityName(
        check_name(told["namespace"]),
        "" if package == DEFAULT_PACKAGE else check_name(str(package)),
        check_name(told["action"]),
    )
    extension = parse_extension(_extension_of(told.get("url")))
    return Target(name, extension, invocations.secret_of(document, _id_of(operation)))


def _id_of(operation: Document) -> str:
    return str(operation.get("operationId"))


def _extension_of(url: Any) -> str | None:
    """The response type is the extension of the action's URL."""
    ending = str(url).rpartition(".")[2] if url else None
    return ending if ending in EXTENSIONS else None
