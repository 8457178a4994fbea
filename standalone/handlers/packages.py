"""`/namespaces/NS/packages`."""

from __future__ import annotations

from starlette.responses import Response

from standalone.entities import actions
from standalone.entities.common import Document
from standalone.entities.packages import (
    COLLECTION,
    RESERVED_NAMES,
    binding_target,
    merged,
    package_item,
    parse_binding,
    with_contents,
)
from standalone.errors import ApiError
from standalone.handlers.paths import own_name, path_name, replaceable, store
from standalone.handlers.shown import shown
from standalone.http.answers import Json
from standalone.http.listing import counted, page_of
from standalone.http.request import ApiRequest
from standalone.names import EntityName
from standalone.store.entities import Change, Entity

CONTENTS_MAXIMUM = 100_000
BINDS_TO_BINDING = "Cannot bind to another package binding."
BINDS_TO_NOTHING = "Binding references a package that does not exist."
BINDS_TO_NO_PACKAGE = "Cannot bind to a resource that is not a package."


async def list_packages(request: ApiRequest) -> Response:
    """Of another namespace only what it publishes; of one that does not exist, nothing."""
    page = page_of(request, COLLECTION)
    documents = await request.runtime.entities.list(request.namespace, COLLECTION, 0, CONTENTS_MAXIMUM)
    if request.namespace != request.identity.namespace:
        documents = [package for package in documents if package["publish"] and not package["binding"]]
    if page.count:
        return Json(counted(COLLECTION, len(documents), page))
    return Json([package_item(package) for package in documents[page.skip : page.skip + page.limit]])


async def get_package(request: ApiRequest) -> Response:
    used = await request.runtime.catalog.package(request.identity, path_name(request))
    found = used.binding or used.package
    document = {**found.document, "parameters": used.parameters}
    return Json(with_contents(shown(request, document), await _contents(request, used.package.name)))


async def put_package(request: ApiRequest) -> Response:
    name = own_name(request)
    if name.name in RESERVED_NAMES:
        raise ApiError(400, f"Package name '{name.name}' is reserved.")
    limits = request.runtime.settings.limits
    body = await request.json_object(limits.request_bytes)
    target = parse_binding(body, name.namespace)
    if target is not None:
        await _check_target(request, target)
    old = await replaceable(request, name, COLLECTION)
    document = merged(name, old.document if old else None, body, target, limits)
    await store(request, Change(name, COLLECTION, document, replaces=old))
    request.runtime.pool.retire(name.path)
    return Json(shown(request, document))


async def delete_package(request: ApiRequest) -> Response:
    name = own_name(request)
    package = await request.runtime.catalog.find_or_404(name, COLLECTION)
    contents = [] if package.document["binding"] else await _contents(request, name)
    if contents and not request.flag("force"):
        amount = f"{len(contents)} {'entity' if len(contents) == 1 else 'entities'}"
        raise ApiError(
            409, f"Package not empty (contains {amount}). Set force param or delete package contents."
        )
    await store(request, *await _deletions(request, name, contents), _deletion(package))
    request.runtime.pool.retire(name.path)
    return Json(shown(request, package.document))


async def _contents(request: ApiRequest, package: EntityName) -> list[Document]:
    return await request.runtime.entities.list(
        package.namespace, actions.COLLECTION, 0, CONTENTS_MAXIMUM, package.name
    )


async def _deletions(request: ApiRequest, package: EntityName, contents: list[Document]) -> list[Change]:
    names = [EntityName(package.namespace, package.name, action["name"]) for action in contents]
    found = [await request.runtime.entities.get(name) for name in names]
    return [_deletion(entity) for entity in found if entity is not None]


def _deletion(entity: Entity) -> Change:
    return Change(entity.name, entity.collection, None, replaces=entity)


async def _check_target(request: ApiRequest, target: EntityName) -> None:
    found = await request.runtime.entities.get(target)
    if found is None:
        raise ApiError(400, BINDS_TO_NOTHING)
    if found.collection != COLLECTION:
        raise ApiError(409, BINDS_TO_NO_PACKAGE)
    if binding_target(found.document) is not None:
        raise ApiError(400, BINDS_TO_BINDING)
    await request.runtime.catalog.package(request.identity, target)
