"""APIs as Swagger documents: adding and removing routes, and finding the one for a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from standalone.errors import ApiError, malformed
from standalone.names import EntityName, check_name
from standalone.web.address import DEFAULT_PACKAGE, EXTENSIONS

METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
EXTENSION = "x-openwhisk"
Document = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """The web action behind a route, and the secret that it wants to hear from the gateway, if any."""

    action: EntityName
    extension: str
    secret: str | None


def new_document(base_path: str, title: str | None) -> Document:
    return {
        "swagger": "2.0",
        "basePath": base_path,
        "info": {"title": title or base_path, "version": "1.0.0"},
        "paths": {},
    }


def with_route(document: Document, path: str, method: str, target: Target) -> Document:
    action = target.action
    package = action.package or DEFAULT_PACKAGE
    operation = {
        "operationId": f"{action.namespace}/{package}/{action.name}",
        EXTENSION: {
            "namespace": action.namespace,
            "package": package,
            "action": action.name,
            "responsetype": target.extension,
            **({"secureKey": target.secret} if target.secret else {}),
        },
        "responses": {"default": {"description": "Default response"}},
    }
    methods = {**document["paths"].get(path, {}), method: operation}
    return {**document, "paths": {**document["paths"], path: methods}}


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
    return {**document, "paths": kept}


def check_document(value: Any) -> Document:
    """A whole Swagger document given by a client; ApiError 400 when its routes cannot be served."""
    if not isinstance(value, dict) or not isinstance(value.get("paths"), dict):
        raise malformed("The API must be a Swagger document with 'basePath' and 'paths'.")
    base_path = parse_path(value.get("basePath"))
    info = value["info"] if isinstance(value.get("info"), dict) else {"title": base_path, "version": "1.0.0"}
    document = {"swagger": "2.0", **value, "basePath": base_path, "info": info}
    for path, _, operation in _operations(document):
        parse_path(path)
        _target(operation)
    return document


def parse_path(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("/"):
        raise ApiError(400, f"The path '{value}' must begin with a slash.")
    return value.rstrip("/") or "/"


def parse_method(value: Any) -> str:
    method = str(value).lower()
    if method not in METHODS:
        raise ApiError(400, f"The method '{value}' is not one of {', '.join(sorted(METHODS))}.")
    return method


def parse_extension(value: Any) -> str:
    if value is None:
        return "json"
    if value not in EXTENSIONS:
        raise ApiError(400, f"The response type '{value}' is not one of {', '.join(EXTENSIONS)}.")
    return str(value)


def find_route(document: Document, path: str, method: str) -> tuple[Target, dict[str, str]] | None:
    """The target for a request path below the base path, and the values of its path parameters."""
    for known, verb, operation in _operations(document):
        values = _match(known, path)
        if values is not None and verb == method:
            return _target(operation), values
    return None


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Literal paths before those with parameters."""
    for path, methods in sorted(document["paths"].items(), key=lambda item: item[0].count("{")):
        if not isinstance(methods, dict):
            raise malformed(f"The path '{path}' has no methods.")
        for method, operation in methods.items():
            if method.lower() in METHODS:
                yield path, method.lower(), operation


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


def _target(operation: Any) -> Target:
    told = operation.get(EXTENSION) if isinstance(operation, dict) else None
    if not isinstance(told, dict) or not all(isinstance(told.get(k), str) for k in ("namespace", "action")):
        raise malformed(f"Each operation must name its action in '{EXTENSION}'.")
    package = told.get("package") or DEFAULT_PACKAGE
    name = EntityName(
        check_name(told["namespace"]),
        "" if package == DEFAULT_PACKAGE else check_name(str(package)),
        check_name(told["action"]),
    )
    secret = told.get("secureKey")
    extension = told.get("responsetype") or _extension_of(told.get("url"))
    return Target(name, parse_extension(extension), str(secret) if secret else None)


def _extension_of(url: Any) -> str | None:
    """Documents made for Apache's gateway tell the response type by the extension of the backend's URL."""
    ending = str(url).rpartition(".")[2] if url else None
    return ending if ending in EXTENSIONS else None
