"""Schedules: keeping them, and launching what is due, never twice.

A due time is claimed by moving `next_at` on, and its launch is put down in the same transaction. A process
that dies in between leaves neither; two that try at the same moment find that only one could move it. Even
a schedule that is set back launches a time once: its launch key derives from that time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from runtime_app.models import (
    Action,
    Activation,
    AuditEntry,
    Missed,
    Namespace,
    Preset,
    Role,
    Schedule,
    User,
    Verb,
    one_line,
)
from runtime_app.services.launching.cron_times import next_time, next_times
from runtime_app.services.launching.launch import LaunchKeyTakenError, begin, launch

logger = logging.getLogger(__name__)

# A time that is longer ago was missed: beat looks every few seconds.
LATE = timedelta(seconds=60)
DUE_AT_ONCE = 100
PROBLEM_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """What a person typed, checked. Of `at` and `cron` one is set."""

    name: str
    action_path: str
    preset: Preset | None
    parameters: dict[str, Any]
    at: datetime | None
    cron: str
    time_zone: str
    missed: Missed


class ScheduleNameTakenError(Exception):
    """Another schedule of the namespace has this name."""


def save_schedule(
    namespace: Namespace, draft: ScheduleDraft, *, person: User, schedule: Schedule | None = None
) -> Schedule:
    """Create a schedule, or change one. Whoever saves it is whose name its launches are made in.

    Raises:
        ScheduleNameTakenError: the name is taken.
    """
    verb = Verb.SCHEDULE_UPDATED if schedule else Verb.SCHEDULE_CREATED
    kept = schedule or Schedule(namespace=namespace)
    for name in ("name", "action_path", "preset", "at", "cron", "time_zone", "missed"):
        setattr(kept, name, getattr(draft, name))
    kept.parameters = draft.preset.parameters if draft.preset else draft.parameters
    kept.created_by, kept.problem = person, ""
    kept.next_at = following(kept, timezone.now()) if kept.enabled else None
    try:
        with transaction.atomic():
            kept.save()
            _audit(kept, verb, person)
    except IntegrityError as error:
        raise ScheduleNameTakenError from error
    return kept


def set_enabled(schedule: Schedule, enabled: bool, *, person: User) -> None:
    """Let it launch from now on, or not any more. Times meanwhile are not made up for."""
    with transaction.atomic():
        schedule.enabled, schedule.problem = enabled, ""
        schedule.next_at = following(schedule, timezone.now()) if enabled else None
        schedule.save(update_fields=["enabled", "next_at", "problem"])
        _audit(schedule, Verb.SCHEDULE_ENABLED if enabled else Verb.SCHEDULE_DISABLED, person)


def delete_schedule(schedule: Schedule, *, person: User) -> None:
    """Delete it; its launches stay in the history."""
    with transaction.atomic():
        _audit(schedule, Verb.SCHEDULE_DELETED, person)
        schedule.delete()


def run_now(schedule: Schedule, *, person: User, launch_key: UUID) -> Activation | None:
    """Launch it once more, in this person's name; its times stay. None when its action is gone.

    Raises:
        LaunchKeyTakenError: the key was used for something else.
    """
    action = _action(schedule)
    if action is None:
        return None
    return launch(
        action=action,
        person=person,
        parameters=schedule.current_parameters,
        launch_key=launch_key,
        preset=schedule.preset,
        schedule=schedule,
    )


def launch_due() -> int:
    """Put down what is due now; the launch queue sends it. How many launches that were."""
    now = timezone.now()
    due = Schedule.objects.due(now).select_related("namespace", "preset", "created_by")
    return sum(_take(schedule, now) for schedule in due[:DUE_AT_ONCE])


def following(schedule: Schedule, after: datetime) -> datetime | None:
    """The first time after `after`; None when there is none."""
    if schedule.cron:
        return next_time(schedule.cron, schedule.zone, after)
    return schedule.at if schedule.at is not None and schedule.at > after else None


def upcoming(schedule: Schedule, after: datetime) -> list[datetime]:
    """The next times after `after`, as many as are shown."""
    if schedule.cron:
        return next_times(schedule.cron, schedule.zone, after)
    return [schedule.at] if schedule.at is not None and schedule.at > after else []


def _take(schedule: Schedule, now: datetime) -> bool:
    """Claim the due time of a schedule and put its launch down. False when nothing was launched."""
    due = schedule.next_at
    if due is None:
        return False
    is_missed = now - due > LATE
    skips = is_missed and schedule.missed == Missed.SKIP
    obstacle, disables = _obstacle(schedule)
    problem = obstacle or (f"Skipped: Overtime was not running at {_moment(schedule, due)}." if skips else "")
    launches = not problem
    changes: dict[str, Any] = {
        "problem": one_line(problem, PROBLEM_CHARACTERS),
        "next_at": None if disables else following(schedule, _resumes(due, now, is_missed, skips)),
        "enabled": not disables,
        **({"last_at": due} if launches else {}),
    }
    with transaction.atomic():
        claimed = Schedule.objects.filter(pk=schedule.pk, next_at=due, enabled=True).update(**changes)
        return claimed == 1 and launches and _put_down(schedule, due)


def _resumes(due: datetime, now: datetime, is_missed: bool, skips: bool) -> datetime:
    """After which moment the next time is looked for: what is not late yet is launched as usual."""
    if skips:
        return now - LATE
    return now if is_missed else due


def _obstacle(schedule: Schedule) -> tuple[str, bool]:
    """Why it cannot launch, and whether that disables it: nobody may launch by what he saved earlier."""
    person = schedule.created_by
    if person is None or not person.is_active:
        return "Disabled: whoever saved it has left. Save it again to launch in your name.", True
    role = schedule.namespace.role_of(person)
    if role is None or not role.includes(Role.OPERATOR):
        sentence = f"Disabled: {person.shown_name} may not launch here any more."
        return f"{sentence} Save it again to launch in your name.", True
    if _action(schedule) is None:
        return f"Not launched: there is no action “{schedule.action_path}” any more.", False
    return "", False


def _put_down(schedule: Schedule, due: datetime) -> bool:
    """The waiting activation for a due time; False when it is there already."""
    action, person = _action(schedule), schedule.created_by
    if action is None or person is None:
        return False
    try:
        _, is_new = begin(
            launch_key=schedule.key_for(due),
            person=person,
            parameters=schedule.current_parameters,
            verb=Verb.LAUNCHED,
            namespace=schedule.namespace,
            action_path=action.path,
            kind=action.kind,
            version=action.version,
            timeout_ms=action.timeout_ms,
            memory_mb=action.memory_mb,
            preset=schedule.preset,
            schedule=schedule,
        )
    except LaunchKeyTakenError:
        logger.warning("Schedule %s has launched something else at %s already.", schedule.pk, due)
        return False
    return is_new


def _action(schedule: Schedule) -> Action | None:
    actions = Action.objects.present().filter(namespace=schedule.namespace, path=schedule.action_path)
    return actions.select_related("namespace").first()


def _moment(schedule: Schedule, moment: datetime) -> str:
    return f"{moment.astimezone(schedule.zone):%Y-%m-%d %H:%M} ({schedule.time_zone})"


def _audit(schedule: Schedule, verb: Verb, person: User) -> None:
    AuditEntry.record(
        verb,
        person=person,
        namespace=schedule.namespace,
        target=schedule.name,
        action=schedule.action_path,
    )
