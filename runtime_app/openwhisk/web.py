"""Calling the URL of a web action, as anybody on the web does (docs/webactions.md; core WebActions.scala)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from runtime_app.openwhisk.fields import JsonObject
from runtime_app.openwhisk.guarded import AddressCheck
from runtime_app.openwhisk.names import is_activation_id
from runtime_app.openwhisk.replies import Reply
from runtime_app.openwhisk.transport import Timeouts, Transport

SECRET_HEADER = "X-Require-Whisk-Auth"  # noqa: S105  (the header's name)
MOST_BYTES = 1024 * 1024
# What a web action that is still running after 60 s is answered with.
NOT_READY = "Response not yet ready."
NOBODY = "nobody:nobody"


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What the URL answered. `started` is the activation that its body names; `own` the web action's own."""

    status: int
    content_type: str
    text: str
    started: str | None
    own: str | None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_not_ready(self) -> bool:
        """Whether the web action itself took longer than the platform waits."""
        return self.status == 202 and NOT_READY in self.text


def post_to_web_action(
    base_url: str,
    path: str,
    body: JsonObject,
    *,
    auth: str = "",
    secret: str = "",
    read_seconds: float,
    may_call: AddressCheck | None = None,
) -> WebAnswer:
    """POST once to `base_url + path`. `auth` (UUID:KEY) and `secret` are sent only when they are given.

    Every status is an answer. Redirects are not followed.

    Raises:
        Unreachable, BadReply: no usable answer came; see their `may_have_run`.
    """
    transport = Transport(base_url, auth or NOBODY, timeouts=Timeouts(read=read_seconds), may_call=may_call)
    headers = {SECRET_HEADER: secret} if secret else {}
    try:
        reply = transport.send(
            "POST", path, body=body, headers=headers, with_key=bool(auth), most_bytes=MOST_BYTES
        )
    finally:
        transport.close()
    return _answer(reply)


def _answer(reply: Reply) -> WebAnswer:
    text = reply.body.decode("utf-8", "replace")
    content_type = reply.headers.get("Content-Type", "")
    return WebAnswer(reply.status, content_type, text, run_started_by(_parsed(text)), reply.activation_id)


def run_started_by(result: object) -> str | None:
    """The id in `{"activationId": …}`, or in the `body` of what a web action returns, JSON text or not."""
    if not isinstance(result, dict):
        return None
    body = result.get("body")
    inner = _parsed(body) if isinstance(body, str) else body
    for place in (result, inner if isinstance(inner, dict) else {}):
        found = place.get("activationId")
        if isinstance(found, str) and is_activation_id(found):
            return found
    return None


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
