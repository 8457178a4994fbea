"""Rows for tests: each maker fills in what a test does not care about."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.utils import timezone

from runtime_app.models import (
    Action,
    Activation,
    ActivationPayload,
    BulkLaunch,
    BulkState,
    Membership,
    Namespace,
    Package,
    Preset,
    Role,
    Rule,
    Schedule,
    Status,
    Trigger,
    User,
    summarize,
)
from runtime_app.models.statuses import ACCEPTS_RECORD, REPORTED

PASSWORD = "correct horse battery staple"
AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64
PAYLOAD_FIELDS = frozenset({"parameters", "result", "logs", "annotations", "size"})

_numbers = count(1)


def make_user(name: str = "alice", **fields: Any) -> User:
    """Somebody who can sign in with `PASSWORD`."""
    return User.objects.create_user(name, f"{name}@example.com", PASSWORD, **fields)


def make_namespace(**fields: Any) -> Namespace:
    """A connected namespace at an address that nobody answers."""
    number = next(_numbers)
    auth = fields.pop("auth", AUTH)
    namespace = Namespace(
        **{"slug": f"team-{number}", "name": f"team-{number}", "api_host": "http://127.0.0.1:9", **fields}
    )
    namespace.auth = auth
    namespace.save()
    return namespace


def member(namespace: Namespace, role: Role | str = Role.VIEWER, name: str = "") -> User:
    """A new person with this role in the namespace."""
    user = make_user(name or f"{Role(role).value}-{next(_numbers)}")
    Membership.objects.create(user=user, namespace=namespace, role=role)
    return user


def make_action(namespace: Namespace, **fields: Any) -> Action:
    """A cached Node.js action, by default `resize` with a timeout of two minutes."""
    defaults: dict[str, Any] = {
        "path": "resize",
        "version": "0.0.1",
        "kind": "nodejs:20",
        "timeout_ms": 120_000,
        "memory_mb": 256,
        "logs_mb": 10,
        "synced_at": timezone.now(),
    }
    return Action.objects.create(namespace=namespace, **{**defaults, **fields})


def make_trigger(namespace: Namespace, **fields: Any) -> Trigger:
    """A cached trigger, by default `upload`, without a feed."""
    defaults: dict[str, Any] = {"name": "upload", "version": "0.0.1", "synced_at": timezone.now()}
    return Trigger.objects.create(namespace=namespace, **{**defaults, **fields})


def make_rule(namespace: Namespace, **fields: Any) -> Rule:
    """A cached active rule, by default `upload-resize`, from the trigger `upload` to the action `resize`."""
    defaults: dict[str, Any] = {
        "name": "upload-resize",
        "version": "0.0.1",
        "trigger_name": "upload",
        "action_path": "resize",
        "synced_at": timezone.now(),
    }
    return Rule.objects.create(namespace=namespace, **{**defaults, **fields})


def make_package(namespace: Namespace, **fields: Any) -> Package:
    """A cached package, by default `images`."""
    defaults: dict[str, Any] = {"name": "images", "version": "0.0.1", "synced_at": timezone.now()}
    return Package.objects.create(namespace=namespace, **{**defaults, **fields})


def make_preset(namespace: Namespace, **fields: Any) -> Preset:
    """A preset of the action `resize`."""
    defaults: dict[str, Any] = {"action_path": "resize", "name": f"preset {next(_numbers)}", "parameters": {}}
    return Preset.objects.create(namespace=namespace, **{**defaults, **fields})


def make_bulk(namespace: Namespace, **fields: Any) -> BulkLaunch:
    """A running bulk launch of the action `resize`, without rows."""
    defaults: dict[str, Any] = {"action_path": "resize", "state": BulkState.RUNNING}
    return BulkLaunch.objects.create(namespace=namespace, **{**defaults, **fields})


def make_schedule(namespace: Namespace, **fields: Any) -> Schedule:
    """A schedule of the action `resize`, due at the next full hour, by default every hour."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    defaults: dict[str, Any] = {"name": f"schedule {next(_numbers)}", "action_path": "resize"}
    if not fields.get("at"):
        defaults |= {"cron": "0 * * * *"}
    return Schedule.objects.create(namespace=namespace, **{**defaults, "next_at": hour, **fields})


def make_activation(namespace: Namespace, status: Status | str = Status.SUCCESS, **fields: Any) -> Activation:
    """An activation with its payload; ids and times fit the status unless they are given.

    Parameters, result, logs, annotations and size go to the payload; `payload=False` leaves it out.
    """
    with_payload = fields.pop("payload", True)
    payload = {name: fields.pop(name) for name in PAYLOAD_FIELDS & fields.keys()}
    given = {"summary": summarize(payload.get("parameters")), **_fitting(Status(status), fields), **fields}
    activation = Activation.objects.create(namespace=namespace, status=status, **given)
    if with_payload:
        ActivationPayload.objects.create(activation=activation, **payload)
    return activation


def _fitting(status: Status, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields that an activation in this state has."""
    listed_at: datetime = fields.get("listed_at", timezone.now())
    values: dict[str, Any] = {
        "action_path": "resize",
        "kind": "nodejs:20",
        "version": "0.0.1",
        "timeout_ms": 120_000,
        "listed_at": listed_at,
        "changed_at": listed_at,
    }
    if status in ACCEPTS_RECORD | REPORTED and status not in (Status.SENDING, Status.UNKNOWN):
        values |= {"activation_id": uuid4().hex, "accepted_at": listed_at}
    if status == Status.PENDING:
        values |= {
            "deadline_at": listed_at + timedelta(minutes=3),
            "next_poll_at": listed_at + timedelta(seconds=2),
        }
    if status in REPORTED:
        values |= {
            "started_at": listed_at,
            "ended_at": listed_at + timedelta(milliseconds=1_500),
            "duration_ms": 1_500,
            "wait_ms": 40,
        }
    if status in (Status.QUEUED, Status.SENDING):
        values["next_poll_at"] = listed_at
    return values
