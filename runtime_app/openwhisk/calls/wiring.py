"""Calls on triggers, rules and packages.

Sources: docs/rest_api.md; core Triggers.scala, Rules.scala, Packages.scala.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.calls.base import Calls, every, read_reply
from runtime_app.openwhisk.fields import JsonObject
from runtime_app.openwhisk.names import OWN_NAMESPACE, ActionPath, quote_name
from runtime_app.openwhisk.types import FireReceipt, Parameter, RemotePackage, RemoteRule, RemoteTrigger
from runtime_app.openwhisk.types.activations import activation_id_of


class TriggerCalls(Calls):
    """An update replaces the whole lists that are given and keeps those that are None."""

    def list_triggers(self, *, limit: int | None = None, skip: int = 0) -> list[RemoteTrigger]:
        """One page, last changed first, without parameters and rules."""
        return self._page(self._path("triggers"), limit, {"skip": str(skip)}, every(RemoteTrigger.from_json))

    def iter_triggers(self) -> Iterator[RemoteTrigger]:
        return self._pages(
            self._path("triggers"), {}, every(RemoteTrigger.from_json), lambda trigger: trigger.name
        )

    def get_trigger(self, name: str) -> RemoteTrigger:
        return self._get(self._trigger(name), RemoteTrigger.from_json)

    def put_trigger(
        self,
        name: str,
        *,
        parameters: Sequence[Parameter] | None = None,
        annotations: JsonObject | None = None,
        overwrite: bool = False,
    ) -> RemoteTrigger:
        body = _parameters_and_annotations(parameters, annotations)
        return self._put(self._trigger(name), body, overwrite, RemoteTrigger.from_json)

    def delete_trigger(self, name: str) -> None:
        """Its rules stay, and read as inactive from then on."""
        self._send("DELETE", self._trigger(name))

    def fire_trigger(self, name: str, payload: JsonObject | None = None) -> FireReceipt:
        """Fire once. The receipt has no id when no rule is active (HTTP 204)."""
        reply = self._send("POST", self._trigger(name), body=payload or {})
        if reply.status == 204:
            return FireReceipt(None)
        if reply.activation_id is not None:
            return FireReceipt(reply.activation_id)
        return FireReceipt(read_reply(reply, lambda data: activation_id_of(fields.as_object(data))))

    def _trigger(self, name: str) -> str:
        return self._path(f"triggers/{quote_name(name)}")


class RuleCalls(Calls):
    def list_rules(self, *, limit: int | None = None, skip: int = 0) -> list[RemoteRule]:
        """One page, last changed first; their `status` is None, `get_rule` knows it."""
        return self._page(self._path("rules"), limit, {"skip": str(skip)}, every(RemoteRule.from_json))

    def iter_rules(self) -> Iterator[RemoteRule]:
        return self._pages(self._path("rules"), {}, every(RemoteRule.from_json), lambda rule: rule.name)

    def get_rule(self, name: str) -> RemoteRule:
        return self._get(self._rule(name), RemoteRule.from_json)

    def put_rule(
        self, name: str, *, trigger: str | ActionPath, action: str | ActionPath, overwrite: bool = False
    ) -> RemoteRule:
        """Wire `trigger` to `action`; a new rule is active at once. Rejected when one of them is missing."""
        ends = {"trigger": ActionPath.parse(trigger).qualified, "action": ActionPath.parse(action).qualified}
        return self._put(self._rule(name), {**ends}, overwrite, RemoteRule.from_json)

    def delete_rule(self, name: str) -> None:
        self._send("DELETE", self._rule(name))

    def set_rule_status(self, name: str, *, active: bool) -> None:
        """The answer is the text `OK`, or nothing: it is not read."""
        self._send("POST", self._rule(name), body={"status": "active" if active else "inactive"})

    def _rule(self, name: str) -> str:
        return self._path(f"rules/{quote_name(name)}")


class PackageCalls(Calls):
    def list_packages(self, *, limit: int | None = None, skip: int = 0) -> list[RemotePackage]:
        """One page, last changed first, without parameters, actions and feeds."""
        return self._page(self._path("packages"), limit, {"skip": str(skip)}, every(RemotePackage.from_json))

    def iter_packages(self) -> Iterator[RemotePackage]:
        return self._pages(
            self._path("packages"), {}, every(RemotePackage.from_json), lambda package: package.name
        )

    def get_package(self, name: str | ActionPath) -> RemotePackage:
        """A path with a namespace reads another one's shared package. A binding shows what it stands for."""
        return self._get(self._package(name), RemotePackage.from_json)

    def put_package(
        self,
        name: str,
        *,
        parameters: Sequence[Parameter] | None = None,
        annotations: JsonObject | None = None,
        publish: bool | None = None,
        binding: ActionPath | None = None,
        overwrite: bool = False,
    ) -> RemotePackage:
        """`publish` shares the package with other namespaces; None keeps what it was.

        `binding` makes it stand for that package. A package cannot become a binding (Conflict).
        """
        body = _parameters_and_annotations(parameters, annotations)
        if binding is not None:
            body["binding"] = {"namespace": binding.namespace or OWN_NAMESPACE, "name": binding.name}
        if publish is not None:
            body["publish"] = publish
        return self._put(self._package(name), body, overwrite, RemotePackage.from_json)

    def delete_package(self, name: str, *, force: bool = False) -> None:
        """Conflict when it still holds actions, unless `force` deletes them too."""
        self._send("DELETE", self._package(name), params={"force": "true"} if force else None)

    def _package(self, name: str | ActionPath) -> str:
        if isinstance(name, ActionPath):
            return self._path(f"packages/{quote_name(name.name)}", name.namespace)
        return self._path(f"packages/{quote_name(name)}")


def _parameters_and_annotations(
    parameters: Sequence[Parameter] | None, annotations: JsonObject | None
) -> JsonObject:
    body: JsonObject = {}
    if parameters is not None:
        body["parameters"] = [parameter.to_json() for parameter in parameters]
    if annotations is not None:
        body["annotations"] = fields.annotation_list(annotations)
    return body
