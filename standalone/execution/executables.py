"""Makes stored actions ready to run; the code of one revision is in memory once, while somebody needs it."""

from __future__ import annotations

from weakref import WeakValueDictionary

from standalone.entities import parameters
from standalone.entities.actions import API_KEY_ANNOTATION
from standalone.execution.invocation import Executable
from standalone.store.entities import Entity, EntityStore

DEFAULT_MAIN = "main"


class Executables:
    def __init__(self, store: EntityStore) -> None:
        self._store = store
        self._known: WeakValueDictionary[tuple[str, int], Executable] = WeakValueDictionary()

    async def prepare(self, action: Entity) -> Executable | None:
        """None when the action was replaced or deleted since it was read."""
        known = self._known.get((action.name.path, action.revision))
        if known is not None:
            return known
        code = await self._store.code(action)
        if code is None:
            return None
        executable = _executable(action, code)
        return self._known.setdefault(executable.key, executable)


def _executable(action: Entity, code: str) -> Executable:
    document = action.document
    limits = document["limits"]
    return Executable(
        name=action.name,
        revision=action.revision,
        version=document["version"],
        kind=document["exec"]["kind"],
        code=code,
        main=document["exec"].get("main") or DEFAULT_MAIN,
        binary=document["exec"]["binary"],
        timeout_ms=limits["timeout"],
        memory_mb=limits["memory"],
        logs_mb=limits["logs"],
        concurrency=limits["concurrency"],
        init_parameters=parameters.init_values(document["parameters"]),
        provide_api_key=parameters.get(document["annotations"], API_KEY_ANNOTATION, True) is not False,
    )
