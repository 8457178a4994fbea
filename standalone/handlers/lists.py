"""Lists of stored entities, whole pages or only how many there are."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from standalone.entities.common import Document
from standalone.handlers.info import require_own_namespace
from standalone.http.answers import Json
from standalone.http.listing import counted, page_of
from standalone.http.request import ApiRequest

ListItem = Callable[[Document], Document]


async def own_list(request: ApiRequest, collection: str, item: ListItem) -> Response:
    """What the caller has of a collection; ApiError 403 for another namespace."""
    require_own_namespace(request, collection)
    return await list_of(request, request.namespace, collection, item)


async def list_of(
    request: ApiRequest, namespace: str, collection: str, item: ListItem, package: str | None = None
) -> Response:
    """`item` makes an item of the list from a document; of one package only when given."""
    page = page_of(request, collection)
    entities = request.runtime.entities
    if page.count:
        return Json(counted(collection, await entities.count(namespace, collection, package), page))
    documents = await entities.list(namespace, collection, page.skip, page.limit, package)
    return Json([item(document) for document in documents])
