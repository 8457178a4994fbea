"""Launching: a row first, then one request, and an honest state whatever becomes of it."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from redis import RedisError

from runtime_app.models import (
    Action,
    Activation,
    ActivationPayload,
    AuditEntry,
    Namespace,
    Preset,
    Schedule,
    Status,
    User,
    Verb,
    summarize,
)
from runtime_app.openwhisk import (
    NOTHING_THERE,
    FireReceipt,
    InvokeReceipt,
    NotFound,
    OpenWhiskError,
    Throttled,
)
from runtime_app.services.backing.database import outlasting
from runtime_app.services.backing.moments import clock
from runtime_app.services.backing.queueing import enqueue
from runtime_app.services.collecting.cycles import schedule_collect
from runtime_app.services.collecting.records import accepted, take_in, take_in_bare_result
from runtime_app.services.connecting.connections import calling
from runtime_app.services.launching.room import hold_for, note_throttled
from runtime_app.services.launching.throttling import note_taken
from runtime_app.services.live.publishing import publish_change

logger = logging.getLogger(__name__)

SEND_SECONDS = 10.0
# A blocking call is answered after 60 s at the latest (OpenWhisk docs/actions.md, "blocking invocations").
BLOCKING_SECONDS = 75.0
# Longer than the request may take: a row that is still `sending` then has lost its sender.
SENDER_LOST_AFTER = timedelta(seconds=SEND_SECONDS + 20)
BLOCKING_SENDER_LOST_AFTER = timedelta(seconds=BLOCKING_SECONDS + 45)
RETRY_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 10, 20, 30))
# With these pauses, about an hour. What only waits for room is not counted: nothing was tried.
MOST_TRIES = 120
# What was held back for want of room is looked at in each round of the drip (see dripping.py).
HOLD = timedelta(seconds=2)
LOGS_AFTER_SECONDS = 2.0
# What two requests with one key must agree in to be one launch.
SAME_LAUNCH = ("namespace", "action_path", "launched_by")


class LaunchKeyTakenError(Exception):
    """The launch key belongs to another person's or another action's launch."""


def launch(
    *,
    action: Action,
    person: User,
    parameters: dict[str, Any],
    launch_key: UUID,
    preset: Preset | None = None,
    waits: bool = False,
    rerun_of: Activation | None = None,
    schedule: Schedule | None = None,
) -> Activation:
    """Launch an action once per `launch_key`, however often it is called.

    A plain launch leaves within this call; one that `waits` (a blocking call, up to 60 s), from a worker. One
    for which the namespace's limits leave no room stays queued, says why, and leaves later.
    Trouble upstream raises nothing: the activation's status and error tell.

    Raises:
        LaunchKeyTakenError: the key was used for something else.
    """
    activation, is_new = begin(
        launch_key=launch_key,
        person=person,
        parameters=parameters,
        verb=Verb.LAUNCHED,
        namespace=action.namespace,
        action_path=action.path,
        kind=action.kind,
        version=action.version,
        timeout_ms=action.timeout_ms,
        memory_mb=action.memory_mb,
        preset=preset,
        waits=waits,
        rerun_of=rerun_of,
        schedule=schedule,
    )
    if is_new:
        leave_or_wait(activation)
    return activation


def leave_or_wait(activation: Activation) -> None:
    """Send a new launch or fire now if the namespace's limits leave room, else let it wait."""
    if (hold := hold_for(activation)) is not None:
        if activation.hold(hold.sentence, until=hold.until or timezone.now() + HOLD):
            publish_change(activation)
    elif activation.waits:
        enqueue("runtime_app.tasks.send_launch", activation.pk)
    else:
        _send(activation)
    activation.refresh_from_db()


def begin(
    *, launch_key: UUID, person: User, parameters: dict[str, Any], verb: Verb, **fields: Any
) -> tuple[Activation, bool]:
    """The queued row of a launch or fire, and whether it is new: the same key gives the same row.

    Raises:
        LaunchKeyTakenError: the key was used for something else.
    """
    now = timezone.now()
    times = {"listed_at": now, "next_poll_at": now}
    values = {**fields, **times, "launched_by": person, "summary": summarize(parameters)}
    with transaction.atomic():
        activation, is_new = Activation.objects.get_or_create(launch_key=launch_key, defaults=values)
        if is_new:
            ActivationPayload.objects.create(activation=activation, parameters=parameters)
            _audit(activation, verb, person)
            publish_change(activation, is_new=True)
    if not is_new and any(getattr(activation, name) != values[name] for name in SAME_LAUNCH):
        raise LaunchKeyTakenError
    return activation, is_new


def cancel(activation: Activation, *, person: User) -> bool:
    """Take back a launch that still waits here. False when it has left meanwhile."""
    if not activation.cancel():
        return False
    _audit(activation, Verb.CANCELLED, person)
    publish_change(activation)
    return True


def send(activation_pk: int) -> None:
    """Send a queued launch or fire, if nobody else has done so; nothing else starts anything.

    At most once: after the row has moved to `sending`, no other caller sends it, and if this process dies the
    row ends as `unknown` instead of being sent again.
    """
    _send(Activation.objects.select_related("namespace", "payload").get(pk=activation_pk))


def _send(activation: Activation) -> None:
    if not activation.claim_for_sending():
        return
    publish_change(activation)
    try:
        receipt = _fire(activation) if activation.is_fire else _invoke(activation)
    except OpenWhiskError as error:
        outlasting(partial(_note_failure, activation, error))
        publish_change(activation)
    else:
        # Nobody could ask for this answer again.
        if isinstance(receipt, FireReceipt):
            outlasting(partial(_note_fire, activation, receipt))
        else:
            outlasting(partial(_note_receipt, activation, receipt))
        # Only after the id is kept: what happens to this process until then makes the launch unknown.
        with suppress(RedisError):
            note_taken(activation)


def _invoke(activation: Activation) -> InvokeReceipt:
    seconds = BLOCKING_SECONDS if activation.waits else SEND_SECONDS
    with calling(activation.namespace, read_timeout=seconds, launches=True) as client:
        return client.invoke(
            activation.action_path,
            activation.payload.parameters or {},
            blocking=activation.waits,
        )


def _fire(activation: Activation) -> FireReceipt:
    with calling(activation.namespace, read_timeout=SEND_SECONDS, launches=True) as client:
        return client.fire_trigger(activation.action_path, activation.payload.parameters or {})


def _note_fire(activation: Activation, receipt: FireReceipt) -> None:
    if receipt.activation_id is not None:
        accepted(activation, receipt.activation_id)
        schedule_collect(activation.namespace_id, seconds=0.2)
    elif activation.reach_nobody():
        publish_change(activation)


def _note_receipt(activation: Activation, receipt: InvokeReceipt) -> None:
    accepted(activation, receipt.activation_id)
    # At Adobe a successful blocking call is stored nowhere: this answer is the only copy.
    if receipt.record is not None:
        take_in(activation.namespace, receipt.record)
    elif receipt.bare_result is not None:
        take_in_bare_result(activation, receipt.bare_result)
    else:
        schedule_collect(activation.namespace_id, seconds=1.0)
        return
    if receipt.record is None or not receipt.record.logs:
        enqueue("runtime_app.tasks.collect_logs", activation.pk, countdown=LOGS_AFTER_SECONDS)


def _note_failure(activation: Activation, error: OpenWhiskError) -> None:
    """What a failed POST means: not taken and worth another try, refused, or unknown."""
    if error.activation_id:
        # The body is lost, but a header named the activation: it can be waited for.
        accepted(activation, error.activation_id)
    elif error.may_have_run:
        logger.warning("Launch %s: the answer was lost: %s\n%s", activation.pk, error, error.body)
        activation.lose_answer(error.message)
    elif error.retryable:
        _wait_or_give_up(activation, error)
    elif isinstance(error, NotFound) and error.message == NOTHING_THERE:
        what = "trigger" if activation.is_fire else "action"
        activation.refuse(f"The {what} {activation.action_path} does not exist on the runtime.")
    else:
        activation.refuse(error.message)


def _wait_or_give_up(activation: Activation, error: OpenWhiskError) -> None:
    if activation.polls >= MOST_TRIES:
        activation.refuse(f"It was tried {MOST_TRIES} times in vain. {error.message}")
        return
    pause = RETRY_PAUSES[min(activation.polls, len(RETRY_PAUSES) - 1)]
    if isinstance(error, Throttled):
        seconds = note_throttled(activation, error.retry_after) or error.retry_after
        pause = timedelta(seconds=seconds) if seconds else pause
    retry_at = timezone.now() + pause
    activation.requeue(f"{error.message} The next try is at {clock(retry_at)}.", retry_at=retry_at)


def end_lost_senders() -> None:
    """End launches whose sender died: whether they run is not known, and nobody sends them again."""
    now = timezone.now()
    lost = Q(waits=False, changed_at__lt=now - SENDER_LOST_AFTER)
    lost |= Q(waits=True, changed_at__lt=now - BLOCKING_SENDER_LOST_AFTER)
    # The other conditions let the database use the index of what is due.
    sending = Activation.objects.filter(
        namespace__in=Namespace.objects.order_by().values("pk"),
        status=Status.SENDING,
        next_poll_at__isnull=False,
    )
    for activation in sending.filter(lost):
        sentence = f"Overtime was stopped while it sent this {activation.noun}, so its answer is lost."
        if activation.lose_answer(sentence):
            publish_change(activation)


def _audit(activation: Activation, verb: Verb, person: User) -> None:
    AuditEntry.record(
        verb,
        person=person,
        namespace=activation.namespace,
        target=activation.action_path,
        activation=activation.pk,
    )
