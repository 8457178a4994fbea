"""The sample that an empty namespace offers: the long job of Adobe's guide "Asynchronous Calls"."""

from __future__ import annotations

from runtime_app.models import Action, Namespace, User
from runtime_app.openwhisk import Conflict
from runtime_app.services.authoring.actions import create_action
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.sync import sync_action
from runtime_app.services.connecting.limits import action_ranges, default_kind

SAMPLE_NAME = "my-worker"
SAMPLE_WAIT_SECONDS = 20
SAMPLE_TIMEOUT_MS = 120_000

SAMPLE_CODE = """\
// A job that takes its time: it waits, says so in its log, and returns.
// Launch it with {"seconds": 90} to watch it outlive any web request.
function main(args) {
  const seconds = Number(args.seconds);
  console.log(`Started; the work will take ${seconds} s.`);

  return new Promise((resolve) => {
    setTimeout(() => {
      console.log("Done.");
      resolve({
        statusCode: 200,
        body: { payload: `Hello from the long running job! It took ${seconds} s.` },
      });
    }, seconds * 1000);
  });
}

exports.main = main;
"""


def sample_draft(namespace: Namespace) -> ActionDraft:
    """The guide's worker, within what the namespace allows."""
    ranges = action_ranges(namespace)
    return ActionDraft(
        path=SAMPLE_NAME,
        kind=default_kind(namespace),
        code=SAMPLE_CODE,
        timeout_ms=min(SAMPLE_TIMEOUT_MS, ranges.timeout_ms.most),
        memory_mb=ranges.memory_mb.usual,
        logs_mb=ranges.logs_mb.usual,
        parameters={"seconds": SAMPLE_WAIT_SECONDS},
    )


def create_sample(namespace: Namespace, *, person: User) -> tuple[Action, bool]:
    """The sample action, and whether it is new: one of its name that is there already is left as it is.

    Raises:
        OpenWhiskError: the runtime refused it or could not be reached.
    """
    try:
        return create_action(namespace, sample_draft(namespace), person=person), True
    except Conflict:
        action = sync_action(namespace, SAMPLE_NAME)
        if action is None:  # The name belongs to a trigger, rule or package.
            raise
        return action, False
