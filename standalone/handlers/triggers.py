"""`/namespaces/NS/triggers`."""

from __future__ import annotations

from starlette.responses import Response

from standalone.entities.common import list_item
from standalone.entities.triggers import COLLECTION, merged
from standalone.handlers.invoke import activation_answer
from standalone.handlers.lists import own_list
from standalone.handlers.paths import delete, own_name, replaceable, store
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.store.entities import Change


async def list_triggers(request: ApiRequest) -> Response:
    return await own_list(request, COLLECTION, list_item)


async def get_trigger(request: ApiRequest) -> Response:
    trigger = await request.runtime.catalog.find_or_404(own_name(request), COLLECTION)
    return Json(trigger.document)


async def put_trigger(request: ApiRequest) -> Response:
    name = own_name(request)
    limits = request.runtime.settings.limits
    body = await request.json_object(limits.request_bytes)
    old = await replaceable(request, name, COLLECTION)
    document = merged(name, old.document if old else None, body, limits)
    await store(request, Change(name, COLLECTION, document, replaces=old))
    return Json(document)


async def delete_trigger(request: ApiRequest) -> Response:
    """Its rules stay, and lead from nothing."""
    trigger = await request.runtime.catalog.find_or_404(own_name(request), COLLECTION)
    await delete(request, trigger)
    return Json(trigger.document)


async def fire_trigger(request: ApiRequest) -> Response:
    name = own_name(request)
    runtime = request.runtime
    payload = await request.json_object(runtime.settings.limits.payload_bytes)
    runtime.firing.count(request.caller)
    trigger = await runtime.catalog.find_or_404(name, COLLECTION)
    activation_id = await runtime.firing.fire(request.caller, trigger, payload, request.http.headers)
    if activation_id is None:
        return Response(status_code=204)
    return activation_answer(202, {"activationId": activation_id}, activation_id)
