"""Fires triggers: each active rule's action is activated, and the trigger's record tells what became of it.

Source: core/controller Triggers.scala; the record's `logs` hold one JSON string for each rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standalone.clock import new_id, now_ms
from standalone.entities import parameters
from standalone.entities.rules import end_name
from standalone.entities.triggers import ACTIVE, rules_of
from standalone.errors import ApiError
from standalone.execution.activator import Activator, Caller
from standalone.execution.outcome import APPLICATION_ERROR, INTERNAL_ERROR, SUCCESS, Outcome
from standalone.execution.record import response, stored
from standalone.json_text import dumps
from standalone.names import EntityName
from standalone.store.activations import ActivationStore
from standalone.store.entities import Entity
from standalone.throttle import Throttles

HEADERS_PARAMETER = "__ow_headers"


class Firing:
    def __init__(self, activator: Activator, activations: ActivationStore, throttles: Throttles) -> None:
        self._activator = activator
        self._activations = activations
        self._throttles = throttles

    def count(self, caller: Caller) -> None:
        """ApiError 429 when the caller's namespace fires too often."""
        self._throttles.fires.count(caller.identity.namespace)

    async def fire(
        self, caller: Caller, trigger: Entity, payload: dict[str, Any], headers: Mapping[str, str]
    ) -> str | None:
        """The id of the trigger's activation; None, and no record, when no rule is active."""
        rules = rules_of(trigger.document)
        if not any(link["status"] == ACTIVE for link in rules.values()):
            return None
        started_ms = now_ms()
        arguments = {
            **parameters.run_values(trigger.document["parameters"]),
            HEADERS_PARAMETER: dict(headers),
            **payload,
        }
        logs = [dumps(await self._apply(caller, rule, link, arguments)) for rule, link in rules.items()]
        record = _record(caller, trigger, payload, started_ms, logs)
        await self._activations.add(stored(record, trigger.name.local, Outcome(SUCCESS, payload)))
        activation_id: str = record["activationId"]
        return activation_id

    async def _apply(
        self, caller: Caller, rule: str, link: dict[str, Any], arguments: dict[str, Any]
    ) -> dict[str, Any]:
        action = end_name(link["action"])
        if link["status"] != ACTIVE:
            text = f"Rule '{rule}' is inactive, action '{action.path}' was not activated."
            return _failure(APPLICATION_ERROR, rule, action, text)
        try:
            started = await self._activator.activate(caller, action, arguments, durable=True)
        except ApiError as error:
            code = INTERNAL_ERROR if error.status >= 500 else APPLICATION_ERROR
            return _failure(code, rule, action, error.message)
        return {
            "statusCode": SUCCESS,
            "success": True,
            "activationId": started.activation_id,
            "rule": rule,
            "action": action.path,
        }


def _failure(status_code: int, rule: str, action: EntityName, text: str) -> dict[str, Any]:
    return {"statusCode": status_code, "success": False, "rule": rule, "action": action.path, "error": text}


def _record(
    caller: Caller, trigger: Entity, payload: dict[str, Any], started_ms: int, logs: list[str]
) -> dict[str, Any]:
    """A trigger's record has no end, no duration and no annotations."""
    return {
        "activationId": new_id(),
        "namespace": trigger.name.namespace,
        "name": trigger.name.name,
        "subject": caller.identity.subject,
        "version": trigger.document["version"],
        "publish": False,
        "start": started_ms,
        "response": response(Outcome(SUCCESS, payload)),
        "logs": logs,
        "annotations": [],
    }
