"""`/namespaces/NS/actions`: list, read, store, delete. Invoking is in `invoke.py`."""

from __future__ import annotations

from starlette.responses import Response

from standalone.entities.actions import COLLECTION, ActionRules, list_item, merged, with_code
from standalone.errors import CONCURRENT_CHANGE, RESOURCE_EXISTS, ApiError
from standalone.handlers.info import require_own_namespace
from standalone.handlers.paths import entity_name, find, find_or_404
from standalone.http.answers import Json
from standalone.http.listing import counted, page_of
from standalone.http.request import ApiRequest
from standalone.store.entities import RevisionConflict


async def list_actions(request: ApiRequest) -> Response:
    require_own_namespace(request, COLLECTION)
    page = page_of(request, COLLECTION)
    store = request.runtime.entities
    if page.count:
        return Json(counted(COLLECTION, await store.count(request.namespace, COLLECTION), page))
    documents = await store.list(request.namespace, COLLECTION, page.skip, page.limit)
    return Json([list_item(document) for document in documents])


async def get_action(request: ApiRequest) -> Response:
    action = await find_or_404(request, entity_name(request), COLLECTION)
    code = await request.runtime.entities.code(action) if request.flag("code", default=True) else None
    return Json(with_code(action.document, code))


async def put_action(request: ApiRequest) -> Response:
    name = entity_name(request)
    runtime = request.runtime
    body = await request.json_object(runtime.settings.limits.request_bytes)
    old = await find(request, name, COLLECTION)
    if old is not None and not request.flag("overwrite"):
        raise ApiError(409, RESOURCE_EXISTS)
    rules = ActionRules(runtime.kinds, runtime.settings.limits, runtime.settings.provide_api_key)
    document, code = merged(name, old.document if old else None, body, rules)
    try:
        action = await runtime.entities.put(name, COLLECTION, document, code, replaces=old)
    except RevisionConflict:
        raise ApiError(409, CONCURRENT_CHANGE) from None
    runtime.pool.retire(name.path)
    return Json(with_code(document, code or await runtime.entities.code(action)))


async def delete_action(request: ApiRequest) -> Response:
    action = await find_or_404(request, entity_name(request), COLLECTION)
    code = await request.runtime.entities.code(action)
    try:
        await request.runtime.entities.delete(action)
    except RevisionConflict:
        raise ApiError(409, CONCURRENT_CHANGE) from None
    request.runtime.pool.retire(action.name.path)
    return Json(with_code(action.document, code))
