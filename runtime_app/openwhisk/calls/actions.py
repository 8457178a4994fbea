"""Calls on actions, launching included (docs/rest_api.md, Actions; core Actions.scala)."""

from __future__ import annotations

from collections.abc import Iterator

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.calls.base import Calls, Params, every, read_reply
from runtime_app.openwhisk.errors import BadReply
from runtime_app.openwhisk.fields import JsonObject
from runtime_app.openwhisk.names import ActionPath, quote_name
from runtime_app.openwhisk.replies import Reply
from runtime_app.openwhisk.types import (
    ActionSpec,
    ActionSummary,
    InvokeReceipt,
    RemoteAction,
    RemoteActivation,
)
from runtime_app.openwhisk.types.activations import activation_id_of

LONGEST_WAIT_MS = 60_000
WAIT_MARGIN_SECONDS = 15.0
# 48 MB of code (OpenWhisk's exec-size-limit) in JSON, where every line end and quote takes two bytes.
LARGEST_ACTION_BYTES = 100 * 1024 * 1024


class ActionCalls(Calls):
    """Paths are `name`, `pkg/name`, `/ns/pkg/name` or an ActionPath."""

    def list_actions(
        self, *, limit: int | None = None, skip: int = 0, package: str | None = None
    ) -> list[ActionSummary]:
        """One page, last changed first; `limit` None is the largest page the server accepts."""
        return self._page(self._actions(package), limit, {"skip": str(skip)}, every(ActionSummary.from_json))

    def iter_actions(self, *, package: str | None = None) -> Iterator[ActionSummary]:
        """All actions of the namespace, those inside packages included, each once."""
        return self._pages(
            self._actions(package), {}, every(ActionSummary.from_json), lambda action: action.path
        )

    def get_action(self, path: str | ActionPath, *, code: bool = True) -> RemoteAction:
        params = None if code else {"code": "false"}
        return read_reply(self._whole("GET", path, params=params), RemoteAction.from_json)

    def put_action(
        self, path: str | ActionPath, spec: ActionSpec, *, overwrite: bool = False
    ) -> RemoteAction:
        """Create, or with `overwrite` also update; Conflict when it exists and must not be overwritten."""
        params = {"overwrite": "true"} if overwrite else None
        reply = self._whole("PUT", path, params=params, body=spec.to_json())
        return read_reply(reply, RemoteAction.from_json)

    def delete_action(self, path: str | ActionPath) -> None:
        self._whole("DELETE", path)

    def invoke(
        self,
        path: str | ActionPath,
        parameters: JsonObject | None = None,
        *,
        blocking: bool = False,
        wait_ms: int | None = None,
    ) -> InvokeReceipt:
        """Launch once. Without `blocking` the receipt has only the id.

        With it, the server waits `wait_ms` (1 to 60,000; None is its 60 s) and the receipt has the record,
        also of a run that failed (HTTP 502); after a wait in vain it has only the id, and the action runs on.
        An error whose `may_have_run` is true may hide a run; its `activation_id` is the id if one came.
        """
        params = {"blocking": "true" if blocking else "false"}
        if blocking and wait_ms is not None:
            params["timeout"] = str(wait_ms)
        wait_seconds = (wait_ms or LONGEST_WAIT_MS) / 1000 + WAIT_MARGIN_SECONDS
        reply = self._transport.send(
            "POST",
            self._action(path),
            params=params,
            body=parameters or {},
            read_seconds=wait_seconds if blocking else None,
        )
        return _receipt(reply, blocking)

    def _whole(
        self, method: str, path: str | ActionPath, *, params: Params | None = None, body: object = None
    ) -> Reply:
        """A call that is answered with the action and its code, as large as that may be."""
        action = self._action(path)
        return self._send(method, action, params=params, body=body, most_bytes=LARGEST_ACTION_BYTES)

    def _actions(self, package: str | None) -> str:
        """The trailing slash makes it a package's list; without, it would be an action's name."""
        return self._path("actions" if package is None else f"actions/{quote_name(package)}/")

    def _action(self, path: str | ActionPath) -> str:
        action = ActionPath.parse(path)
        return self._path(f"actions/{action.quoted}", action.namespace)


def _receipt(reply: Reply, blocking: bool) -> InvokeReceipt:
    """Tell a failed run (an activation record with status 502) from a failed call (an error object)."""
    if reply.status == 202 and reply.activation_id is not None:
        return InvokeReceipt(reply.activation_id)
    if reply.status < 500 or not _is_record(reply):
        reply.raise_for_error()
    if blocking and reply.status != 202:
        return _blocking_receipt(reply)
    return InvokeReceipt(read_reply(reply, lambda data: activation_id_of(fields.as_object(data))))


def _blocking_receipt(reply: Reply) -> InvokeReceipt:
    data = reply.json()
    if isinstance(data, list) and reply.activation_id is not None:
        return InvokeReceipt(reply.activation_id, bare_result=data)
    record = read_reply(reply, RemoteActivation.from_json)
    return InvokeReceipt(record.activation_id, record)


def _is_record(reply: Reply) -> bool:
    try:
        data = reply.json()
    except BadReply:
        return False
    return isinstance(data, dict) and "activationId" in data and "response" in data
