"""Web actions that start another action without waiting: Option 1 of Adobe's guide "Asynchronous Calls"."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from runtime_app.models import Action, Namespace, User
from runtime_app.models.actions import REQUIRE_AUTH, STARTS_ANNOTATION
from runtime_app.openwhisk.names import NAME_MAX_LENGTH
from runtime_app.services.authoring.actions import create_action
from runtime_app.services.authoring.drafts import PROVIDE_KEY, ActionDraft
from runtime_app.services.authoring.inheritance import bound_to
from runtime_app.services.connecting.limits import action_ranges, default_kind

SECRET_BYTES = 24
SUFFIX = "-url"
STARTER_TIMEOUT_MS = 60_000

TEMPLATE = """\
// Starts %(shown)s without waiting for it, and answers at once with the id of its activation.
// The result is read later, by that id.
const openwhisk = require("openwhisk"); // part of the Node.js runtime, nothing to install

const HEADERS = { "Content-Type": "application/json" };

async function main(args) {
%(guard)s  // What the platform adds to a web request (__ow_headers, __ow_path, …) is not for the worker.
  const params = Object.fromEntries(Object.entries(args).filter(([key]) => !key.startsWith("__ow_")));

  try {
    const { activationId } = await openwhisk().actions.invoke({
      name: %(name)s,
      blocking: false, // do not wait: the worker may take longer than a web request may
      params,
    });
    // `statusCode` and `body` answer calls of the URL, `activationId` those of URL.json.
    return { statusCode: 202, headers: HEADERS, body: { activationId }, activationId };
  } catch (error) {
    // 404: the worker is gone. 401: this action does not get its key. 429: too many at once.
    const body = { error: error.message };
    return { error: { statusCode: error.statusCode || 502, headers: HEADERS, body } };
  }
}

exports.main = main;
"""
GUARD = """\
  // Link previews and crawlers follow links with GET; only a POST starts the worker.
  if (args.__ow_method !== "post") {
    return { statusCode: 405, headers: { ...HEADERS, Allow: "POST" }, body: { error: "Use POST." } };
  }
"""


class NoNodeError(Exception):
    """The namespace offers no Node.js, which starters are written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterDraft:
    """A web action that starts `worker_path`. `secret` empty: anybody may call it."""

    path: str
    worker_path: str
    code: str
    secret: str = ""


def starter_code(worker_path: str, *, allows_get: bool = False) -> str:
    """Node.js source; the name in it is the worker's, package included."""
    # Line ends and comment ends in a name would leave the comment; OpenWhisk's names have neither.
    name = json.dumps(worker_path, ensure_ascii=False)
    return TEMPLATE % {"shown": worker_path, "name": name, "guard": "" if allows_get else GUARD}


def suggested_path(worker: Action) -> str:
    """The worker's path with `-url`, in the same package, within OpenWhisk's length."""
    name = worker.name[: NAME_MAX_LENGTH - len(SUFFIX)].rstrip() + SUFFIX
    # Nothing can be written into a binding.
    return f"{worker.package}/{name}" if worker.package and not bound_to(worker) else name


def new_secret() -> str:
    """A secret that nobody guesses."""
    return secrets.token_urlsafe(SECRET_BYTES)


def create_starter(namespace: Namespace, draft: StarterDraft, *, person: User) -> Action:
    """Create the web action upstream and keep it.

    Raises:
        NoNodeError: it could not run here.
        Conflict: the name is taken.
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    return create_action(namespace, _action_draft(namespace, draft), person=person)


def starters_of(worker: Action) -> list[Action]:
    """The web actions of its namespace that start it."""
    found = Action.objects.present().for_list(worker.namespace).filter(starts=worker.path)
    return [action for action in found.exclude(pk=worker.pk) if action.is_web]


def _action_draft(namespace: Namespace, draft: StarterDraft) -> ActionDraft:
    kind, ranges = default_kind(namespace, "nodejs"), action_ranges(namespace)
    if not kind.startswith("nodejs"):
        raise NoNodeError
    annotations = {
        "web-export": True,
        "raw-http": False,
        "final": True,
        PROVIDE_KEY: True,
        STARTS_ANNOTATION: draft.worker_path,
    }
    return ActionDraft(
        path=draft.path,
        kind=kind,
        code=draft.code,
        timeout_ms=min(STARTER_TIMEOUT_MS, ranges.timeout_ms.most),
        memory_mb=ranges.memory_mb.usual,
        logs_mb=ranges.logs_mb.usual,
        provides_key=True,
        annotations=annotations | ({REQUIRE_AUTH: draft.secret} if draft.secret else {}),
    )
