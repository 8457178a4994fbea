"""The `exec` of a sequence: the names of its components (core Exec.scala, SequenceActions.scala)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from standalone.errors import ApiError, malformed
from standalone.names import MALFORMED_NAME, EntityName, parse_qualified

KIND = "sequence"
PARAMETER = "_actions"
NO_COMPONENT = "No component specified for the sequence."
MISSING_COMPONENT = "Sequence component does not exist."
CYCLIC = "Sequence may not refer to itself."
TOO_LONG = "Too many actions in the sequence."
Document = dict[str, Any]
Find = Callable[[EntityName], Awaitable[tuple[EntityName, Document] | None]]


def parse_components(value: Any, namespace: str) -> list[EntityName]:
    """From the list of names in a PUT body, `_` resolved."""
    if value is None:
        raise malformed("'components' must be defined for sequence kind")
    if not isinstance(value, list):
        raise malformed("'components' must be an array")
    if not all(isinstance(item, str) for item in value):
        raise malformed(MALFORMED_NAME)
    if not value:
        raise ApiError(400, NO_COMPONENT)
    return [parse_qualified(item, namespace) for item in value]


def exec_document(components: list[EntityName]) -> Document:
    return {"kind": KIND, "components": [f"/{name.path}" for name in components]}


def components_of(document: Document) -> list[EntityName]:
    """The components of a stored action; none when it is not a sequence."""
    if document["exec"]["kind"] != KIND:
        return []
    return [parse_qualified(text, "") for text in document["exec"]["components"]]


async def check_components(
    sequence: EntityName, components: list[EntityName], find: Find, length_maximum: int
) -> None:
    """ApiError 400 when a component is missing, the sequence would contain itself, or is too long in all.

    `find` answers the action behind a name, by its own name: through a binding it has others.
    """
    await _count_actions((sequence,), components, find, length_maximum)


async def _count_actions(
    around: tuple[EntityName, ...], components: list[EntityName], find: Find, allowed: int
) -> int:
    """How many actions the components come to. `around`: the sequences that they lie in, one in another."""
    total = 0
    for name in components:
        if name in around:
            raise ApiError(400, CYCLIC)
        found = await find(name)
        if found is None:
            raise ApiError(400, MISSING_COMPONENT)
        own_name, document = found
        if own_name in around:
            raise ApiError(400, CYCLIC)
        inner = components_of(document)
        if len(around) > allowed:
            raise ApiError(400, TOO_LONG)
        total += await _count_actions((*around, own_name), inner, find, allowed) if inner else 1
        if total > allowed:
            raise ApiError(400, TOO_LONG)
    return total
