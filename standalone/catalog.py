"""Finds what a caller may use: actions by name, through packages, published packages and bindings.

Source: core/controller Packages.scala, Actions.scala (`getWhiskActionWithPackage`), PackageCollection.scala.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from standalone.auth import Identity
from standalone.entities import actions, packages, parameters
from standalone.entities.parameters import KeyValues
from standalone.errors import WRONG_COLLECTION, ApiError, forbidden, not_found
from standalone.names import EntityName
from standalone.store.entities import Entity, EntityStore


@dataclass(frozen=True)
class UsablePackage:
    """`package` holds the actions; `binding` is set where the caller came through one."""

    package: Entity
    binding: Entity | None

    @property
    def parameters(self) -> KeyValues:
        own: KeyValues = self.package.document["parameters"]
        return parameters.merge(own, self.binding.document["parameters"]) if self.binding else own

    def action_name(self, name: str) -> EntityName:
        return EntityName(self.package.name.namespace, self.package.name.name, name)


@dataclass(frozen=True)
class UsableAction:
    """`parameters` are those of package, binding and action, the later winning.

    `revision` changes whenever any of the three does.
    """

    action: Entity
    parameters: KeyValues
    binding: EntityName | None
    revision: str

    @property
    def immutable_keys(self) -> set[str]:
        """Parameters that an invocation may not set: those with a value, where the action is `final`."""
        if parameters.get(self.action.document["annotations"], "final") is not True:
            return set()
        return {item["key"] for item in self.parameters if item["value"] is not None}


class Catalog:
    def __init__(self, entities: EntityStore) -> None:
        self._entities = entities

    async def find(self, name: EntityName, collection: str) -> Entity | None:
        """The entity or None. ApiError 409 when the name belongs to an entity of another collection."""
        entity = await self._entities.get(name)
        if entity is not None and entity.collection != collection:
            raise ApiError(409, WRONG_COLLECTION)
        return entity

    async def find_or_404(self, name: EntityName, collection: str) -> Entity:
        entity = await self.find(name, collection)
        if entity is None:
            raise not_found()
        return entity

    async def package(self, caller: Identity, name: EntityName) -> UsablePackage:
        """A package the caller owns or that is published; ApiError 403 or 404 otherwise."""
        found = await self._readable(caller, name)
        target = packages.binding_target(found.document)
        if target is None:
            return UsablePackage(found, None)
        return UsablePackage(await self._readable(caller, target), found)

    async def action(self, caller: Identity, name: EntityName) -> UsableAction:
        """An action the caller may read and run; ApiError 403 or 404 otherwise."""
        if not name.package:
            _require_owner(caller, name)
            action = await self.find_or_404(name, actions.COLLECTION)
            return UsableAction(action, action.document["parameters"], None, str(action.revision))
        used = await self.package(caller, EntityName(name.namespace, "", name.package))
        action = await self.find_or_404(used.action_name(name.name), actions.COLLECTION)
        revisions = [action.revision, used.package.revision, used.binding.revision if used.binding else 0]
        return UsableAction(
            action,
            parameters.merge(used.parameters, action.document["parameters"]),
            used.binding.name if used.binding else None,
            ".".join(map(str, revisions)),
        )

    async def require_usable(self, caller: Identity, names: Iterable[EntityName]) -> None:
        """ApiError 403 for a sequence with components that the caller may not run, which it tells.

        They may have been open when the sequence was made (core Actions.scala, entitleReferencedEntities).
        """
        closed = {name.path for name in names if not await self._is_open(caller, name)}
        if closed:
            raise forbidden(", ".join(sorted(closed)))

    async def _is_open(self, caller: Identity, action: EntityName) -> bool:
        """Whether the caller may use what is there, if anything is."""
        if not action.package:
            return action.namespace == caller.namespace
        try:
            await self.package(caller, EntityName(action.namespace, "", action.package))
        except ApiError as error:
            return error.status != 403
        return True

    async def _readable(self, caller: Identity, name: EntityName) -> Entity:
        if name.namespace == caller.namespace:
            return await self.find_or_404(name, packages.COLLECTION)
        found = await self._entities.get(name)
        if found is None or found.collection != packages.COLLECTION or not found.document["publish"]:
            raise forbidden(name.path)
        return found


def _require_owner(caller: Identity, name: EntityName) -> None:
    if name.namespace != caller.namespace:
        raise forbidden(name.path)
