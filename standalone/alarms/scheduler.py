"""Waits for the next alarm and fires its trigger on the account of the namespace it belongs to."""

from __future__ import annotations

import asyncio
import logging

from standalone.alarms.schedule import Schedule
from standalone.auth import Authenticator
from standalone.clock import new_id, now_ms
from standalone.entities import rules, triggers
from standalone.errors import ApiError
from standalone.execution.activator import Caller
from standalone.firing import Firing
from standalone.names import EntityName
from standalone.store.alarms import Alarm, AlarmStore
from standalone.store.entities import Change, Entity, EntityStore, RevisionConflict

log = logging.getLogger(__name__)
RETRY_SECONDS = 5.0


class Scheduler:
    """Sleeps until an alarm is due, but looks at the clock every `longest_sleep_seconds`."""

    def __init__(
        self,
        alarms: AlarmStore,
        entities: EntityStore,
        authenticator: Authenticator,
        firing: Firing,
        longest_sleep_seconds: float,
    ) -> None:
        self._alarms = alarms
        self._entities = entities
        self._authenticator = authenticator
        self._firing = firing
        self._longest_sleep = longest_sleep_seconds
        self._next: dict[EntityName, Alarm] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._next = {alarm.trigger: alarm for alarm in await self._alarms.all() if alarm.next_ms is not None}
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def set(self, trigger: EntityName, schedule: Schedule) -> Alarm:
        """Fire the trigger by this schedule from now on."""
        alarm = Alarm(trigger, schedule.document(), schedule.next_after(now_ms(), fired_before=False))
        await self._keep(alarm)
        return alarm

    async def get(self, trigger: EntityName) -> Alarm | None:
        return await self._alarms.get(trigger)

    async def remove(self, trigger: EntityName) -> None:
        await self._alarms.delete(trigger)
        self._next.pop(trigger, None)
        self._changed.set()

    async def _keep(self, alarm: Alarm) -> None:
        await self._alarms.put(alarm)
        if alarm.next_ms is None:
            self._next.pop(alarm.trigger, None)
        else:
            self._next[alarm.trigger] = alarm
        self._changed.set()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            await self._sleep()
            for alarm in [alarm for alarm in self._next.values() if (alarm.next_ms or 0) <= now_ms()]:
                await self._ring_safely(alarm)

    async def _sleep(self) -> None:
        """Until the next alarm is due or the alarms have changed."""
        due_ms = min((alarm.next_ms or 0 for alarm in self._next.values()), default=None)
        seconds = self._longest_sleep if due_ms is None else (due_ms - now_ms()) / 1000
        try:
            async with asyncio.timeout(max(0.0, min(seconds, self._longest_sleep))):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _ring_safely(self, alarm: Alarm) -> None:
        """What goes wrong with one alarm (a full disk, say) must not silence all of them."""
        try:
            await self._ring(alarm)
        except Exception:
            log.exception("The alarm of %s failed", alarm.trigger.path)
            await asyncio.sleep(RETRY_SECONDS)

    async def _ring(self, alarm: Alarm) -> None:
        schedule = Schedule(**alarm.schedule)
        trigger = await self._entities.get(alarm.trigger)
        owner = self._authenticator.owner(alarm.trigger.namespace)
        if trigger is None or trigger.collection != triggers.COLLECTION or owner is None:
            await self.remove(alarm.trigger)
            return
        # Written before it fires: after a crash an alarm is rather late by one than fired twice.
        next_ms = schedule.next_after(now_ms(), fired_before=True)
        left = schedule if next_ms is not None else schedule.ended()
        await self._keep(Alarm(alarm.trigger, left.document(), next_ms))
        caller = Caller(owner, new_id())
        try:
            self._firing.count(caller)
            await self._firing.fire(caller, trigger, schedule.payload, {})
        except ApiError as error:
            log.warning("The alarm of %s did not fire: %s", alarm.trigger.path, error.message)
        if schedule.delete_after_fire != "false":
            await self._delete(trigger, with_rules=schedule.delete_after_fire == "rules")

    async def _delete(self, trigger: Entity, with_rules: bool) -> None:
        changes = [Change(trigger.name, trigger.collection, None, replaces=trigger)]
        for path in triggers.rules_of(trigger.document) if with_rules else ():
            namespace, _, name = path.partition("/")
            rule = await self._entities.get(EntityName(namespace, "", name))
            if rule is not None and rule.collection == rules.COLLECTION:
                changes.append(Change(rule.name, rule.collection, None, replaces=rule))
        try:
            await self._entities.apply(*changes)
        except RevisionConflict:
            log.warning("%s was changed while its alarm rang, and is kept.", trigger.name.path)
        await self.remove(trigger.name)
