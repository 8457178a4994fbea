"""`/namespaces/NS/rules`. A rule's status is kept in its trigger, so most writes change both in one go."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from standalone.entities import triggers
from standalone.entities.common import Document
from standalone.entities.rules import COLLECTION, end_name, merged, parse_status, rule_item, with_status
from standalone.errors import ApiError, forbidden
from standalone.handlers.lists import own_list
from standalone.handlers.paths import own_name, replaceable, store
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.names import EntityName
from standalone.store.entities import Change, Entity

NO_TRIGGER = "Only rules with existing triggers can be activated"


async def list_rules(request: ApiRequest) -> Response:
    return await own_list(request, COLLECTION, rule_item)


async def get_rule(request: ApiRequest) -> Response:
    rule = await request.runtime.catalog.find_or_404(own_name(request), COLLECTION)
    return Json(with_status(rule.document, await _trigger_document(request, rule)))


async def put_rule(request: ApiRequest) -> Response:
    name = own_name(request)
    limits = request.runtime.settings.limits
    body = await request.json_object(limits.request_bytes)
    old = await replaceable(request, name, COLLECTION)
    document = merged(name, old.document if old else None, body, limits)
    trigger = await _existing_trigger(request, end_name(document["trigger"]))
    await _require_action(request, end_name(document["action"]))
    previous = await _trigger(request, old) if old else None
    status = with_status(old.document, _document(previous))["status"] if old else triggers.ACTIVE
    linked = triggers.with_rule(trigger.document, name, document["action"], status)
    changes = [
        Change(name, COLLECTION, document, old),
        Change(trigger.name, triggers.COLLECTION, linked, trigger),
    ]
    if previous is not None and previous.name != trigger.name:
        changes.append(_unlinked(previous, name))
    await store(request, *changes)
    return Json({**document, "status": status})


async def delete_rule(request: ApiRequest) -> Response:
    """What is deleted is inactive, whatever it was before."""
    rule = await request.runtime.catalog.find_or_404(own_name(request), COLLECTION)
    trigger = await _trigger(request, rule)
    changes = [Change(rule.name, COLLECTION, None, rule)]
    if trigger is not None:
        changes.append(_unlinked(trigger, rule.name))
    await store(request, *changes)
    return Json({**rule.document, "status": triggers.INACTIVE})


async def set_rule_status(request: ApiRequest) -> Response:
    """The original answers the bare text `OK`, which clients ignore."""
    name = own_name(request)
    status = parse_status(await request.json_object(request.runtime.settings.limits.request_bytes))
    rule = await request.runtime.catalog.find_or_404(name, COLLECTION)
    trigger = await _trigger(request, rule)
    if trigger is None:
        if status == triggers.ACTIVE:
            raise ApiError(404, NO_TRIGGER)
        return PlainTextResponse("OK")
    linked = triggers.with_rule(trigger.document, name, rule.document["action"], status)
    await store(request, Change(trigger.name, triggers.COLLECTION, linked, trigger))
    return PlainTextResponse("OK")


async def _trigger(request: ApiRequest, rule: Entity) -> Entity | None:
    """The trigger that the rule leads from, while that exists."""
    found = await request.runtime.entities.get(end_name(rule.document["trigger"]))
    return found if found is not None and found.collection == triggers.COLLECTION else None


async def _trigger_document(request: ApiRequest, rule: Entity) -> Document | None:
    return _document(await _trigger(request, rule))


def _document(trigger: Entity | None) -> Document | None:
    return trigger.document if trigger else None


def _unlinked(trigger: Entity, rule: EntityName) -> Change:
    return Change(trigger.name, triggers.COLLECTION, triggers.without_rule(trigger.document, rule), trigger)


async def _existing_trigger(request: ApiRequest, name: EntityName) -> Entity:
    if name.namespace != request.identity.namespace:
        raise forbidden(name.path)
    found = await request.runtime.entities.get(name)
    if found is None or found.collection != triggers.COLLECTION:
        raise ApiError(400, f"trigger /{name.path} does not exist")
    return found


async def _require_action(request: ApiRequest, name: EntityName) -> None:
    try:
        await request.runtime.catalog.action(request.identity, name)
    except ApiError as error:
        if error.status == 403:
            raise
        raise ApiError(400, f"action /{name.path} does not exist") from error
