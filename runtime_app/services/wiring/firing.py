"""Firing a trigger: a row first, then one request, exactly as launches go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from runtime_app.models import TRIGGER_KIND, Activation, Preset, Trigger, User, Verb
from runtime_app.services.launching.launch import begin, leave_or_wait

# The trigger's own record is written when its rules have been asked, which takes seconds at most.
RECORD_WITHIN_MS = 60_000


def fire(
    *,
    trigger: Trigger,
    person: User,
    payload: dict[str, Any],
    launch_key: UUID,
    preset: Preset | None = None,
) -> Activation:
    """Fire a trigger once per `launch_key`, however often it is called.

    Trouble upstream raises nothing: the status and error of the fire's row tell. `Status.NO_RULE` means that
    the platform took it and no active rule was listening.

    Raises:
        LaunchKeyTakenError: the key was used for something else.
    """
    activation, is_new = begin(
        launch_key=launch_key,
        person=person,
        parameters=payload,
        verb=Verb.FIRED,
        namespace=trigger.namespace,
        action_path=trigger.name,
        kind=TRIGGER_KIND,
        version=trigger.version,
        timeout_ms=RECORD_WITHIN_MS,
        preset=preset,
    )
    if is_new:
        leave_or_wait(activation)
    return activation
