"""Makes stored actions ready to run; the code of one revision is in memory once, while somebody needs it."""

from __future__ import annotations

from weakref import WeakValueDictionary

from standalone.catalog import UsableAction
from standalone.entities import parameters
from standalone.entities.actions import API_KEY_ANNOTATION
from standalone.execution.invocation import Executable
from standalone.store.entities import EntityStore

DEFAULT_MAIN = "main"


class Executables:
    def __init__(self, store: EntityStore) -> None:
        self._store = store
        self._known: WeakValueDictionary[tuple[str, str], Executable] = WeakValueDictionary()

    async def prepare(self, used: UsableAction) -> Executable | None:
        """None when the action was replaced or deleted since it was read."""
        known = self._known.get((used.action.name.path, used.revision))
        if known is not None:
            return known
        code = await self._store.code(used.action)
        if code is None:
            return None
        executable = _executable(used, code)
        return self._known.setdefault(executable.key, executable)


def _executable(used: UsableAction, code: str) -> Executable:
    document = used.action.document
    limits = document["limits"]
    return Executable(
        name=used.action.name,
        revision=used.revision,
        version=document["version"],
        kind=document["exec"]["kind"],
        code=code,
        main=document["exec"].get("main") or DEFAULT_MAIN,
        binary=document["exec"]["binary"],
        timeout_ms=limits["timeout"],
        memory_mb=limits["memory"],
        logs_mb=limits["logs"],
        concurrency=limits["concurrency"],
        init_parameters=parameters.init_values(used.parameters),
        provide_api_key=parameters.get(document["annotations"], API_KEY_ANNOTATION, True) is not False,
    )
