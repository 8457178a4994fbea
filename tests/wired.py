"""A trigger tied to actions on the real runtime, and the records brought home as a worker would."""

from __future__ import annotations

from runtime_app.models import Activation, Namespace, Status
from runtime_app.openwhisk import ActionSpec, OpenWhiskClient
from runtime_app.services.collecting.cycles import collect_namespace
from tests.waiting import wait_until

ECHO = "exports.main = (args) => { delete args.__ow_headers; return { got: args }; };"
COLLECT_SECONDS = 20.0


def put_action(client: OpenWhiskClient, path: str, code: str = ECHO) -> None:
    client.put_action(path, ActionSpec(kind="nodejs:20", code=code), overwrite=True)


def wire(client: OpenWhiskClient, *, trigger: str = "upload", action: str = "resize", rule: str = "") -> None:
    """Action, trigger and rule, all on the runtime."""
    put_action(client, action)
    client.put_trigger(trigger, overwrite=True)
    client.put_rule(rule or f"{trigger}-{action}", trigger=trigger, action=action)


def collect_until_final(namespace: Namespace) -> None:
    """Collect until nothing is awaited any more; fails when something stays pending."""
    wait_until(lambda: _nothing_pending(namespace), COLLECT_SECONDS)


def _nothing_pending(namespace: Namespace) -> bool:
    pending = Activation.objects.filter(namespace=namespace, status=Status.PENDING)
    if not pending.exists():
        return True
    # A test does not wait for the pauses between two polls.
    pending.update(next_poll_at="2020-01-01T00:00:00Z")
    collect_namespace(namespace.pk)
    return not pending.exists()
