"""`/standalone/alarms/NS/TRIGGER`: what the feeds of `/whisk.system/alarms` call; clients use the feeds."""

from __future__ import annotations

from starlette.responses import Response

from standalone.alarms.schedule import Schedule, parse_schedule
from standalone.entities.triggers import COLLECTION
from standalone.errors import malformed, not_found
from standalone.handlers.paths import own_name
from standalone.http.answers import Json
from standalone.http.request import ApiRequest
from standalone.store.alarms import Alarm


async def put_alarm(request: ApiRequest) -> Response:
    name = own_name(request)
    body = await request.json_object(request.runtime.settings.limits.payload_bytes)
    kind, parameters = body.get("kind"), body.get("parameters")
    if not isinstance(kind, str) or not isinstance(parameters, dict):
        raise malformed("'kind' and 'parameters' must be given")
    schedule = parse_schedule(kind, parameters)
    await request.runtime.catalog.find_or_404(name, COLLECTION)
    return Json(_shown(await request.runtime.scheduler.set(name, schedule)))


async def get_alarm(request: ApiRequest) -> Response:
    alarm = await request.runtime.scheduler.get(own_name(request))
    if alarm is None:
        raise not_found()
    return Json(_shown(alarm))


async def delete_alarm(request: ApiRequest) -> Response:
    """Clients delete before they create, so a missing alarm is as good as a deleted one."""
    await request.runtime.scheduler.remove(own_name(request))
    return Json({})


def _shown(alarm: Alarm) -> dict[str, object]:
    schedule = Schedule(**alarm.schedule)
    return {
        "config": {"name": alarm.trigger.name, "namespace": alarm.trigger.namespace, **schedule.as_told()},
        "status": {"active": alarm.next_ms is not None, "next": alarm.next_ms},
    }
