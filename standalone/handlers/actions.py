"""`/namespaces/NS/actions`: list, read, store, delete. Invoking is in `invoke.py`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from standalone.entities import packages, sequences
from standalone.entities.actions import COLLECTION, list_item, merged, with_code
from standalone.errors import ApiError
from standalone.handlers.lists import list_of, own_list
from standalone.handlers.paths import delete, own_name, path_name, replaceable, store
from standalone.handlers.shown import shown
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.names import EntityName, check_name
from standalone.store.entities import Change

NO_WRITES_THROUGH_BINDINGS = "Operation not permitted on package binding."


async def list_actions(request: ApiRequest) -> Response:
    return await own_list(request, COLLECTION, list_item)


async def list_package_actions(request: ApiRequest) -> Response:
    """A path that ends in a slash: the actions of one package."""
    name = EntityName(request.namespace, "", check_name(request.params["package"]))
    found = (await request.runtime.catalog.package(request.identity, name)).package.name
    return await list_of(request, found.namespace, COLLECTION, list_item, found.name)


async def get_action(request: ApiRequest) -> Response:
    used = await request.runtime.catalog.action(request.identity, path_name(request))
    document = {**used.action.document, "parameters": used.parameters}
    if request.flag("code", default=True):
        return Json(with_code(shown(request, document), await request.runtime.entities.code(used.action)))
    # Only the form without code knows of bindings (core WhiskActionMetaData).
    bound = {"binding": used.binding.path} if used.binding else {}
    return Json({**shown(request, document), **bound})


async def put_action(request: ApiRequest) -> Response:
    name = own_name(request)
    runtime = request.runtime
    body = await request.json_object(runtime.settings.limits.request_bytes)
    await _check_package(request, name)
    old = await replaceable(request, name, COLLECTION)
    document, code = merged(name, old.document if old else None, body, runtime.action_rules)
    if body.get("exec") is not None:
        await _check_sequence(request, name, document)
    await store(request, Change(name, COLLECTION, document, replaces=old, code=code))
    runtime.pool.retire(name.path)
    stored = await runtime.catalog.find_or_404(name, COLLECTION)
    return Json(with_code(shown(request, document), code or await runtime.entities.code(stored)))


async def delete_action(request: ApiRequest) -> Response:
    name = own_name(request)
    await _check_package(request, name)
    action = await request.runtime.catalog.find_or_404(name, COLLECTION)
    code = await request.runtime.entities.code(action)
    await delete(request, action)
    request.runtime.pool.retire(name.path)
    return Json(with_code(shown(request, action.document), code))


async def _check_package(request: ApiRequest, name: EntityName) -> None:
    """The package of an action that is written must exist, and be no binding."""
    if not name.package:
        return
    owner = EntityName(name.namespace, "", name.package)
    package = await request.runtime.catalog.find_or_404(owner, packages.COLLECTION)
    if package.document["binding"]:
        raise ApiError(400, NO_WRITES_THROUGH_BINDINGS)


async def _check_sequence(request: ApiRequest, name: EntityName, document: dict[str, Any]) -> None:
    async def find(component: EntityName) -> tuple[EntityName, dict[str, Any]] | None:
        try:
            found = await request.runtime.catalog.action(request.identity, component)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return found.action.name, found.action.document

    length = request.runtime.settings.limits.sequence_length
    await sequences.check_components(name, sequences.components_of(document), find, length)
