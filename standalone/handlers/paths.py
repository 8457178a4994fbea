"""From the segments of a path to the name of an entity, and to the entity."""

from __future__ import annotations

from standalone.errors import WRONG_COLLECTION, ApiError, forbidden, not_found
from standalone.http.request import ApiRequest
from standalone.names import EntityName, check_name
from standalone.store.entities import Entity


def entity_name(request: ApiRequest) -> EntityName:
    """The name that the path says; the caller must own its namespace (403)."""
    name = EntityName(request.namespace, _package(request), check_name(request.params["name"]))
    if name.package:
        check_name(name.package)
    if name.namespace != request.identity.namespace:
        raise forbidden(name.path)
    return name


def _package(request: ApiRequest) -> str:
    """From its own segment or, as some clients send it, from an encoded slash in the namespace segment."""
    return request.params.get("package") or request.params["namespace"].partition("/")[2]


async def find(request: ApiRequest, name: EntityName, collection: str) -> Entity | None:
    """The entity or None. ApiError 409 when the name belongs to an entity of another collection."""
    entity = await request.runtime.entities.get(name)
    if entity is not None and entity.collection != collection:
        raise ApiError(409, WRONG_COLLECTION)
    return entity


async def find_or_404(request: ApiRequest, name: EntityName, collection: str) -> Entity:
    entity = await find(request, name, collection)
    if entity is None:
        raise not_found()
    return entity
