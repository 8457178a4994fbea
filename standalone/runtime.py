"""Puts the parts together. Handlers reach every part through the one `Runtime` of the server."""

from __future__ import annotations

import logging
import time

from standalone import clock
from standalone.alarms.scheduler import Scheduler
from standalone.auth import Authenticator
from standalone.catalog import Catalog
from standalone.entities.actions import ActionRules
from standalone.execution.activator import Activator
from standalone.execution.executables import Executables
from standalone.execution.guard import Guard
from standalone.execution.invoker import Invoker
from standalone.execution.launcher import WORK_FOLDER, Launcher
from standalone.execution.pool import Pool
from standalone.firing import Firing
from standalone.kinds import available_kinds
from standalone.retention import Retention
from standalone.settings import Settings
from standalone.steering.faults import Faults
from standalone.steering.lagging import LaggingActivations
from standalone.store.activations import ActivationStore, RunJournal
from standalone.store.alarms import AlarmStore
from standalone.store.apis import ApiStore
from standalone.store.database import Database
from standalone.store.entities import EntityStore
from standalone.store.schema import empty_tables
from standalone.system.install import install
from standalone.throttle import throttles

log = logging.getLogger(__name__)
DATABASE_FILE = "standalone.sqlite3"
# How late alarms notice that the clock was set by hand, and by steering.
LONGEST_SLEEP_SECONDS, STEERED_SLEEP_SECONDS = 3600.0, 0.2


class Runtime:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.kinds = available_kinds(settings.node, settings.python, settings.profile.families)
        self.authenticator = Authenticator(settings.namespaces)
        self._database = Database(settings.data / DATABASE_FILE)
        self.entities = EntityStore(self._database)
        self.catalog = Catalog(self.entities)
        self.faults = Faults() if settings.steering else None
        self.activations = _activations(self._database, self.faults)
        self.apis = ApiStore(self._database)
        self._journal = RunJournal(self._database)
        self._guard = Guard(settings.data / WORK_FOLDER)
        self._launcher = Launcher(settings, self._guard)
        self.pool = Pool(settings, self._launcher)
        self._retention = Retention(
            self.activations, sorted(settings.namespaces), settings.profile.retention_days
        )
        self._invoker = Invoker(self.pool, self.activations, self._journal)
        self.throttles = limited = throttles(settings.profile)
        self.activator = Activator(
            self.catalog,
            Executables(self.entities),
            self._invoker,
            limited,
            settings.limits.sequence_length,
        )
        self.firing = Firing(self.activator, self.activations, limited)
        self.scheduler = Scheduler(
            AlarmStore(self._database),
            self.entities,
            self.authenticator,
            self.firing,
            STEERED_SLEEP_SECONDS if settings.steering else LONGEST_SLEEP_SECONDS,
        )
        self.action_rules = ActionRules(self.kinds, settings.limits, settings.profile.provide_api_key)

    async def start(self) -> None:
        """Open the store and turn what an earlier server left under way into records.

        sqlite3.Error or OSError when the data folder cannot be used.
        """
        self._database.open()
        self._launcher.prepare()
        self._guard.start()
        recovered = await self._journal.recover()
        if recovered:
            log.warning("Runs that were under way when the server last ended, recorded now: %d.", recovered)
        await install(self.entities, self.action_rules)
        if self.faults is not None:
            _tell_time_wrongly(self.faults)
        self._retention.start()
        await self.scheduler.start()

    async def reset(self) -> None:
        """As after a first start: what runs is ended, everything stored forgotten, the limits' counts too."""
        await self.scheduler.stop()
        await self._invoker.end_all()
        await self._database.write(empty_tables)
        self.entities.forget()
        self.throttles.forget()
        await install(self.entities, self.action_rules)
        await self.scheduler.start()

    async def stop(self) -> None:
        """Kill and record what runs, then close."""
        self._retention.stop()
        await self.scheduler.stop()
        await self._invoker.stop()
        self._guard.stop()
        self._database.close()


def _activations(database: Database, faults: Faults | None) -> ActivationStore:
    return ActivationStore(database) if faults is None else LaggingActivations(database, faults)


def _tell_time_wrongly(faults: Faults) -> None:
    clock.tell_time_by(lambda: time.time_ns() + faults.skew_ms() * clock.MILLISECOND)
