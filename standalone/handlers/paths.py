"""From the segments of a path to the name of an entity; storing what a handler decided."""

from __future__ import annotations

from standalone.errors import CONCURRENT_CHANGE, RESOURCE_EXISTS, ApiError, forbidden
from standalone.http.request import ApiRequest
from standalone.names import EntityName, check_name
from standalone.store.entities import Change, Entity, RevisionConflict


def path_name(request: ApiRequest) -> EntityName:
    """The name that the path says, in whatever namespace."""
    # A package has its own segment or, as some clients send it, an encoded slash in the namespace segment.
    package = request.params.get("package") or request.params["namespace"].partition("/")[2]
    if package:
        check_name(package)
    return EntityName(request.namespace, package, check_name(request.params["name"]))


def own_name(request: ApiRequest) -> EntityName:
    """The name that the path says; ApiError 403 when its namespace is not the caller's."""
    name = path_name(request)
    if name.namespace != request.identity.namespace:
        raise forbidden(name.path)
    return name


async def replaceable(request: ApiRequest, name: EntityName, collection: str) -> Entity | None:
    """What a PUT would replace; ApiError 409 when there is something and `overwrite` is not set."""
    old = await request.runtime.catalog.find(name, collection)
    if old is not None and not request.flag("overwrite"):
        raise ApiError(409, RESOURCE_EXISTS)
    return old


async def store(request: ApiRequest, *changes: Change) -> None:
    """ApiError 409 when somebody else was faster."""
    try:
        await request.runtime.entities.apply(*changes)
    except RevisionConflict:
        raise ApiError(409, CONCURRENT_CHANGE) from None


async def delete(request: ApiRequest, entity: Entity) -> None:
    await store(request, Change(entity.name, entity.collection, None, replaces=entity))
