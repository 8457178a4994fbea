"""`/standalone/alarms/NS/TRIGGER`: what the feeds of `/whisk.system/alarms` call; clients use the feeds.

Answers and errors are those of the original's `alarmWebAction`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from standalone.alarms.schedule import Schedule, changed_schedule, parse_schedule
from standalone.entities.triggers import COLLECTION
from standalone.errors import ApiError, malformed
from standalone.handlers.paths import own_name
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.names import EntityName
from standalone.store.alarms import Alarm

TRIGGER_UNREADABLE = "Trigger authentication request failed."
SUCCESS = {"status": "success"}


async def put_alarm(request: ApiRequest) -> Response:
    kind, parameters = await _told(request)
    schedule = parse_schedule(kind, parameters)
    await request.runtime.scheduler.set(await _trigger(request), schedule)
    return Json(SUCCESS)


async def change_alarm(request: ApiRequest) -> Response:
    _, parameters = await _told(request)
    alarm = await _alarm(request, await _trigger(request))
    await request.runtime.scheduler.set(
        alarm.trigger, changed_schedule(Schedule(**alarm.schedule), parameters)
    )
    return Json(SUCCESS)


async def get_alarm(request: ApiRequest) -> Response:
    return Json(_shown(await _alarm(request, await _trigger(request))))


async def delete_alarm(request: ApiRequest) -> Response:
    """Also of a trigger that is gone already."""
    alarm = await _alarm(request, await _trigger(request, may_be_gone=True))
    await request.runtime.scheduler.remove(alarm.trigger)
    return Json(SUCCESS)


async def _told(request: ApiRequest) -> tuple[str, dict[str, Any]]:
    body = await request.json_object(request.runtime.settings.limits.payload_bytes)
    kind, parameters = body.get("kind"), body.get("parameters")
    if not isinstance(kind, str) or not isinstance(parameters, dict):
        raise malformed("'kind' and 'parameters' must be given")
    return kind, parameters


async def _trigger(request: ApiRequest, may_be_gone: bool = False) -> EntityName:
    """The trigger that is named, if the key that the feed was given may read it."""
    try:
        name = own_name(request)
        if not may_be_gone:
            await request.runtime.catalog.find_or_404(name, COLLECTION)
    except ApiError as error:
        raise ApiError(error.status, TRIGGER_UNREADABLE) from None
    return name


async def _alarm(request: ApiRequest, trigger: EntityName) -> Alarm:
    alarm = await request.runtime.scheduler.get(trigger)
    if alarm is None:
        raise ApiError(404, f"could not find trigger /{trigger.path} in the database")
    return alarm


def _shown(alarm: Alarm) -> dict[str, object]:
    schedule = Schedule(**alarm.schedule)
    changed = datetime.fromtimestamp(schedule.changed_ms // 1000, UTC)
    reason = {"reason": {"kind": "AUTO", "message": schedule.over}} if schedule.over else {}
    return {
        "config": {"name": alarm.trigger.name, "namespace": alarm.trigger.namespace, **schedule.as_told()},
        "status": {
            "active": alarm.next_ms is not None,
            "dateChanged": schedule.changed_ms,
            "dateChangedISO": f"{changed:%Y-%m-%dT%H:%M:%SZ}",
            **reason,
        },
    }
