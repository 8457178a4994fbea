"""Wiring for tests: on the real runtime, as rows with how fires and calls ended, and a large namespace."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from runtime_app.models import Activation, Namespace, RuleOutcome, Status
from runtime_app.openwhisk import ActionSpec, OpenWhiskClient
from runtime_app.services.collecting.cycles import collect_namespace
from tests.factories import make_action, make_activation, make_rule, make_trigger
from tests.waiting import wait_until

ECHO = "exports.main = (args) => { delete args.__ow_headers; return { got: args }; };"
COLLECT_SECONDS = 60.0
PASSED = RuleOutcome.Status.PASSED
OUTCOMES = (Status.SUCCESS, Status.SUCCESS, Status.SUCCESS, Status.APPLICATION_ERROR, Status.TIMED_OUT)


def put_action(client: OpenWhiskClient, path: str, code: str = ECHO) -> None:
    client.put_action(path, ActionSpec(kind="nodejs:20", code=code), overwrite=True)


def wire_upstream(
    client: OpenWhiskClient, *, trigger: str = "upload", action: str = "resize", rule: str = ""
) -> None:
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


def wire(namespace: Namespace) -> None:
    """The trigger `upload`, the rule `upload-resize` and the action `resize`, as rows alone."""
    make_trigger(namespace)
    make_action(namespace)
    make_rule(namespace)


def fire_rule(
    namespace: Namespace,
    rule: str = "upload-resize",
    *,
    trigger: str = "upload",
    outcome: RuleOutcome.Status = PASSED,
    status: Status = Status.SUCCESS,
    hours_ago: float = 0,
) -> Activation:
    """A fire of the trigger, what the rule did, and the action's activation when it passed."""
    moment = timezone.now() - timedelta(hours=hours_ago)
    fire = make_activation(namespace, action_path=trigger, kind="trigger", listed_at=moment, payload=False)
    started: str | None = None
    if outcome == PASSED:
        link = {"fired_by": fire, "rule_name": rule}
        started = make_activation(namespace, status, listed_at=moment, payload=False, **link).activation_id
    RuleOutcome.objects.create(
        fire=fire, rule_name=rule, action_path="resize", status=outcome, activation_id=started or ""
    )
    return fire


def call_url(
    namespace: Namespace,
    url: str = "hook",
    starts: str = "resize",
    *,
    status: Status | None = Status.SUCCESS,
    hours_ago: float = 0,
) -> Activation:
    """The run of a web action that has started another, which ended like this (None: it has no row)."""
    moment = timezone.now() - timedelta(hours=hours_ago)
    started = uuid4().hex
    if status is not None:
        row = make_activation(namespace, status, action_path=starts, listed_at=moment, payload=False)
        started = row.activation_id or started
    result = {"statusCode": 202, "body": {"activationId": started}, "activationId": started}
    return make_activation(namespace, action_path=url, listed_at=moment, result=result)


def wire_two_hundred(namespace: Namespace) -> None:
    """60 triggers, 80 rules and 60 actions, some failing, off, broken or not wired; each rule fired once."""
    for number in range(60):
        make_trigger(namespace, name=f"orders-{number:02}")
        make_action(namespace, path=f"billing/report-{number:02}")
    for number in range(80):
        trigger, action = f"orders-{number * 7 % 53:02}", f"billing/report-{number * 11 % 62:02}"
        rule = f"rule-{number:02}"
        make_rule(namespace, name=rule, trigger_name=trigger, action_path=action, is_active=number % 9 != 0)
        fire_rule(namespace, rule, trigger=trigger, status=OUTCOMES[number % len(OUTCOMES)])
