"""From a fire to what it started: keep what a trigger's record says of its rules, and link the activations.

The action's own record has no link back (core Triggers.scala), so the link is made here, when the trigger's
record comes in, from wherever it comes: a fire made here or found by a sweep. The steps of sequences and what
web actions start are awaited in the same way. All of it is idempotent, and the action's record may be here
before the trigger's.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from runtime_app.models import Action, Activation, Origin, RuleOutcome, Status, one_line
from runtime_app.models.lifecycle import GRACE
from runtime_app.openwhisk import RemoteActivation, ShapeError, is_activation_id
from runtime_app.openwhisk import RuleOutcome as OutcomeLine
from runtime_app.openwhisk.web import run_started_by
from runtime_app.services.live.publishing import publish_change

logger = logging.getLogger(__name__)

DEFAULT_TIMEOUT_MS = 60_000
# The words of core Triggers.scala for a rule that is switched off; nothing else in the line tells.
_INACTIVE = re.compile(r"\bis inactive\b")


def note_outcomes(fire: Activation, record: RemoteActivation) -> None:
    """Keep what each rule did, and wait for the activations that they started.

    A log line that is no outcome is left to the trace page, which shows it as text.
    """
    for line in record.logs:
        try:
            said = OutcomeLine.from_log_line(line)
        except ShapeError as error:
            logger.info("Fire %s: %s", fire.activation_id, error)
            continue
        outcome = _keep(fire, said)
        if outcome.activation_id:
            _link(fire, outcome)


def note_components(sequence: Activation, record: RemoteActivation) -> None:
    """Wait for the records of a sequence's components, whose ids are its log lines.

    Those of a composition have no names there, only its conductor knew them: sweeps bring them in.
    """
    action = _action(sequence, sequence.action_path)
    paths = [_own_path(path, sequence) for path in action.components] if action else []
    for activation_id, path in zip(record.logs, paths, strict=False):
        if is_activation_id(activation_id):
            facts = {"cause": sequence.activation_id, "launched_by_id": sequence.launched_by_id}
            component, is_new = _await(sequence, activation_id, path, **facts)
            if not is_new:
                _credit(component, sequence)


def note_started(run: Activation, record: RemoteActivation, path: str) -> None:
    """Wait for the run of the action `path` that a web action's result says it has started.

    Not when its time is long over: a history that is read back leads to records that no longer exist.
    """
    activation_id, worker = run_started_by(record.result), _action(run, path)
    if activation_id is None or worker is None or _deadline(run, worker.timeout_ms) < timezone.now():
        return
    started, is_new = _await(run, activation_id, path, launched_by_id=run.launched_by_id)
    if not is_new:
        _credit(started, run)


def note_whole(component: Activation) -> None:
    """A step of a sequence or composition that was started here was started by the same person."""
    known = Activation.objects.filter(namespace=component.namespace_id, activation_id=component.cause)
    whole = known.exclude(origin=Origin.ELSEWHERE, launched_by=None).first()
    if whole is not None:
        _credit(component, whole)


def _keep(fire: Activation, said: OutcomeLine) -> RuleOutcome:
    if said.success:
        status = RuleOutcome.Status.PASSED
    elif _INACTIVE.search(said.error or ""):
        status = RuleOutcome.Status.INACTIVE
    else:
        status = RuleOutcome.Status.REFUSED
    values = {
        "action_path": one_line(_own_path(said.action, fire), 600),
        "status": status,
        "activation_id": said.activation_id or "",
        "error": one_line(said.error or "", 500),
    }
    name = one_line(said.rule.rpartition("/")[2], 256)
    outcome, _ = RuleOutcome.objects.update_or_create(fire=fire, rule_name=name, defaults=values)
    return outcome


def _link(fire: Activation, outcome: RuleOutcome) -> None:
    """Tie the action's activation to its fire; make its row when the panel has none yet."""
    link = {"fired_by_id": fire.pk, "rule_name": outcome.rule_name}
    facts = {**link, "launched_by_id": fire.launched_by_id}
    activation, is_new = _await(fire, outcome.activation_id, outcome.action_path, **facts)
    unlinked = Activation.objects.filter(pk=activation.pk, fired_by=None)
    if not is_new and unlinked.update(**link, changed_at=timezone.now()):
        _credit(activation, fire)
        activation.refresh_from_db()
        publish_change(activation)


def _credit(activation: Activation, parent: Activation) -> None:
    """Whoever started the parent has started this: a sweep could not know."""
    found_by_sweep = Activation.objects.filter(pk=activation.pk, launched_by=None, origin=Origin.ELSEWHERE)
    found_by_sweep.update(launched_by=parent.launched_by_id, origin=parent.origin)


def _await(parent: Activation, activation_id: str, path: str, **facts: Any) -> tuple[Activation, bool]:
    """The row of an activation that the platform has started, pending if it is new here."""
    action = _action(parent, path)
    timeout_ms = action.timeout_ms if action else DEFAULT_TIMEOUT_MS
    accepted_at = _accepted_at(parent)
    activation, is_new = Activation.objects.get_or_create(
        namespace=parent.namespace,
        activation_id=activation_id,
        defaults={
            **facts,
            "action_path": one_line(path, 513),
            "kind": action.kind if action else "",
            "origin": parent.origin,
            "status": Status.PENDING,
            "timeout_ms": timeout_ms,
            "memory_mb": action.memory_mb if action else 256,
            "listed_at": accepted_at,
            "accepted_at": accepted_at,
            "deadline_at": _deadline(parent, timeout_ms),
            "next_poll_at": timezone.now(),
        },
    )
    if is_new:
        publish_change(activation, is_new=True)
    return activation, is_new


def _accepted_at(parent: Activation) -> datetime:
    """When the platform took what this has started, as near as is known."""
    return parent.started_at or parent.listed_at


def _deadline(parent: Activation, timeout_ms: int) -> datetime:
    """Until when the record of what this has started is waited for."""
    return _accepted_at(parent) + timedelta(milliseconds=timeout_ms) + GRACE


def _action(near: Activation, path: str) -> Action | None:
    return Action.objects.filter(namespace=near.namespace, path=path).first()


def _own_path(qualified: str, near: Activation) -> str:
    """`ns/pkg/name` as cached actions have it: without its namespace when that is the activation's own."""
    namespace, _, path = qualified.removeprefix("/").partition("/")
    return path if namespace in ("_", near.namespace.name) else f"/{namespace}/{path}"
