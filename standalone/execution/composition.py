"""Runs compositions: a conductor action says after each step which action is next (docs/conductors.md).

Where that page and the controller's code differ, the code counts (core PrimitiveActions.scala): a next action
that cannot be had is told to the conductor, which may go on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from standalone.catalog import UsableAction
from standalone.entities import parameters
from standalone.errors import ApiError
from standalone.execution import outcome
from standalone.execution.invoker import Finished
from standalone.execution.outcome import Outcome
from standalone.execution.sequence import SequenceRun
from standalone.names import EntityName, parse_qualified

ANNOTATION = "conductor"
FALSY = (None, False, 0, "")
TOO_LONG = "Too many actions in the composition."
FAILED = "Activation failure during composition."


@dataclass
class Count:
    """What a composition and those inside it, in sequences too, have run together."""

    components: int = 0
    conductors: int = 0


@dataclass(frozen=True)
class Steps:
    """How to start the conductor, look an action up, and start it. ApiError when that is not possible."""

    conductor: Callable[[Any], Awaitable[asyncio.Future[Finished]]]
    find: Callable[[EntityName], Awaitable[UsableAction]]
    component: Callable[[UsableAction, Any], Awaitable[asyncio.Future[Finished]]]


def is_conductor(document: dict[str, Any]) -> bool:
    """Whether an action that is no sequence conducts a composition."""
    return parameters.get(document["annotations"], ANNOTATION) not in FALSY


async def run_composition(
    run: SequenceRun, payload: Any, steps: Steps, count: Count, components_maximum: int
) -> Outcome:
    """Run the conductor, what it asks for, the conductor again, until it asks for nothing more."""
    try:
        return await _conduct(run, payload, steps, count, components_maximum)
    except ApiError:
        return outcome.error(outcome.INTERNAL_ERROR, FAILED)


async def _conduct(
    run: SequenceRun, payload: Any, steps: Steps, count: Count, components_maximum: int
) -> Outcome:
    arguments, state = payload, None
    while count.conductors <= 2 * components_maximum:
        count.conductors += 1
        given = {**(arguments if isinstance(arguments, dict) else {}), **state} if state else arguments
        ended = await _follow(run, await steps.conductor(given))
        if not isinstance(ended.result, dict):
            return ended
        chosen, state = _boxed(ended.result, "params", "value"), _boxed(ended.result, "state", "state")
        if "action" not in ended.result:
            return ended if chosen is None else replace(ended, result=chosen)
        if count.components >= components_maximum:
            arguments = {"error": TOO_LONG}
        else:
            arguments = await _component(run, ended.result["action"], chosen or {}, steps, count)
    return outcome.error(outcome.APPLICATION_ERROR, TOO_LONG)


async def _component(run: SequenceRun, wanted: Any, arguments: Any, steps: Steps, count: Count) -> Any:
    """The result of what the conductor wants next, or an object that says why it was not to be had."""
    name = component_name(wanted, run.identity.namespace)
    if name is None:
        return {
            "error": f"Failed to parse action name from json value {json.dumps(wanted)} during composition."
        }
    try:
        used = await steps.find(name)
    except ApiError as error:
        failed = "entitlement check for" if error.status == 403 else "to resolve"
        return {"error": f"Failed {failed} action with name '{name.path}' during composition."}
    if not is_conductor(used.action.document):
        count.components += 1
    return (await _follow(run, await steps.component(used, arguments))).result


async def _follow(run: SequenceRun, finished: asyncio.Future[Finished]) -> Outcome:
    ended = await finished
    run.add(ended.record)
    return ended.outcome


def _boxed(result: dict[str, Any], field: str, box: str) -> dict[str, Any] | None:
    """The object in a field of what the conductor said; anything else in a box, None for no such field."""
    if field not in result:
        return None
    value = result[field]
    return value if isinstance(value, dict) else {box: value}


def component_name(wanted: Any, namespace: str) -> EntityName | None:
    """From `/ns/pkg/name`, `/ns/name`, `pkg/name` or `name`; None for anything else."""
    if not isinstance(wanted, str):
        return None
    qualified = wanted if wanted.startswith("/") or wanted.count("/") > 1 else f"/{namespace}/{wanted}"
    try:
        return parse_qualified(qualified, namespace)
    except ApiError:
        return None
