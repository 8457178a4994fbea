"""Schedules: due ones are launched once, whoever looks and whatever dies; missed ones as was chosen."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from runtime_app.models import (
    Activation,
    AuditEntry,
    Membership,
    Missed,
    Namespace,
    Role,
    Schedule,
    Status,
    User,
    Verb,
)
from runtime_app.services.launching.dripping import send_queued
from runtime_app.services.launching.scheduling import (
    ScheduleDraft,
    ScheduleNameTakenError,
    delete_schedule,
    launch_due,
    run_now,
    save_schedule,
    set_enabled,
)
from tests.factories import make_action, make_namespace, make_preset, make_schedule, member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def namespace() -> Namespace:
    made = make_namespace()
    make_action(made)
    return made


@pytest.fixture
def olga(namespace: Namespace) -> User:
    return member(namespace, Role.OPERATOR, "olga")


def seconds_ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def due(namespace: Namespace, person: User, seconds: float = 1, **fields: object) -> Schedule:
    return make_schedule(namespace, created_by=person, next_at=seconds_ago(seconds), **fields)


def draft(**fields: object) -> ScheduleDraft:
    defaults: dict[str, object] = {
        "name": "nightly",
        "action_path": "resize",
        "preset": None,
        "parameters": {"w": 1},
        "at": None,
        "cron": "0 8 * * *",
        "time_zone": "Europe/Berlin",
        "missed": Missed.SKIP,
    }
    return ScheduleDraft(**{**defaults, **fields})  # type: ignore[arg-type]


def test_what_is_due_waits_for_its_turn_in_the_name_of_who_saved_it(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga, parameters={"region": "emea"})
    moment = schedule.next_at
    assert launch_due() == 1
    row = Activation.objects.get()
    assert (row.status, row.launched_by, row.schedule) == (Status.QUEUED, olga, schedule)
    assert row.payload.parameters == {"region": "emea"}
    schedule.refresh_from_db()
    assert schedule.last_at == moment
    assert schedule.next_at is not None
    assert schedule.next_at > timezone.now()
    assert send_queued() == 1


def test_what_is_not_due_or_off_is_left_alone(namespace: Namespace, olga: User) -> None:
    make_schedule(namespace, created_by=olga)
    due(namespace, olga, enabled=False)
    assert launch_due() == 0


def test_a_time_is_launched_once_however_often_one_looks(namespace: Namespace, olga: User) -> None:
    due(namespace, olga)
    assert (launch_due(), launch_due()) == (1, 0)


def test_two_workers_at_the_same_moment_launch_once(namespace: Namespace, olga: User) -> None:
    for _ in range(5):
        due(namespace, olga)
    barrier, launched = threading.Barrier(2), []

    def look() -> None:
        barrier.wait()
        launched.append(launch_due())
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(launched) == 5
    assert Activation.objects.count() == 5


def test_a_schedule_that_is_set_back_does_not_repeat_a_time(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga)
    moment = schedule.next_at
    launch_due()
    Schedule.objects.update(next_at=moment)
    assert launch_due() == 0
    assert Activation.objects.count() == 1


def test_a_launch_that_cannot_be_put_down_leaves_the_time_due(namespace: Namespace, olga: User) -> None:
    """As a process that dies between claiming and launching: both or neither."""
    schedule = due(namespace, olga)
    with connection.execute_wrapper(_refuse_payloads), pytest.raises(ConnectionError):
        launch_due()
    schedule.refresh_from_db()
    assert schedule.last_at is None
    assert not Activation.objects.exists()
    assert launch_due() == 1


def _refuse_payloads(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
    if "INSERT" in sql and "activationpayload" in sql:
        raise ConnectionError("the process dies here")
    return execute(sql, params, many, context)


def test_missed_times_are_skipped_and_said(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga, seconds=3 * 3600, cron="0 0 1 1 *", time_zone="Europe/Berlin")
    assert launch_due() == 0
    schedule.refresh_from_db()
    assert schedule.problem.startswith("Skipped: Overtime was not running at ")
    assert "(Europe/Berlin)" in schedule.problem
    assert schedule.next_at is not None
    assert schedule.next_at > timezone.now()


def test_of_many_missed_times_one_is_made_up_for(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga, seconds=3 * 3600, cron="* * * * *", missed=Missed.RUN_ONCE)
    assert (launch_due(), launch_due()) == (1, 0)
    schedule.refresh_from_db()
    assert schedule.next_at is not None
    assert schedule.next_at > timezone.now() - timedelta(seconds=2)


def test_after_skipping_what_is_only_just_due_is_launched(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga, seconds=3 * 3600, cron="* * * * *")
    assert launch_due() == 0
    schedule.refresh_from_db()
    assert schedule.next_at is not None
    assert abs(schedule.next_at - timezone.now()) <= timedelta(seconds=61)
    Schedule.objects.update(next_at=seconds_ago(1))
    assert launch_due() == 1
    schedule.refresh_from_db()
    assert schedule.problem == ""


def test_a_single_moment_is_over_afterwards(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga, at=seconds_ago(1))
    assert launch_due() == 1
    schedule.refresh_from_db()
    assert schedule.is_over


@pytest.mark.parametrize("change", ["left", "demoted", "inactive"])
def test_whoever_may_not_launch_any_more_launches_nothing_by_schedule(
    namespace: Namespace, olga: User, change: str
) -> None:
    schedule = due(namespace, olga)
    if change == "left":
        olga.delete()
    elif change == "demoted":
        Membership.objects.update(role=Role.VIEWER)
    else:
        User.objects.update(is_active=False)
    assert launch_due() == 0
    schedule.refresh_from_db()
    assert not schedule.enabled
    assert schedule.problem.startswith("Disabled:")
    assert not Activation.objects.exists()


def test_without_its_action_it_waits_for_better_times(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga, action_path="gone")
    assert launch_due() == 0
    schedule.refresh_from_db()
    assert "no action “gone”" in schedule.problem
    assert schedule.enabled
    assert schedule.next_at is not None
    assert schedule.next_at > timezone.now()


def test_a_preset_counts_as_it_is_at_the_time(namespace: Namespace, olga: User) -> None:
    preset = make_preset(namespace, parameters={"w": 1})
    due(namespace, olga, preset=preset)
    preset.parameters = {"w": 2}
    preset.save()
    launch_due()
    row = Activation.objects.get()
    assert (row.preset, row.payload.parameters) == (preset, {"w": 2})


def test_saving_finds_the_next_time_in_its_zone(namespace: Namespace, olga: User) -> None:
    schedule = save_schedule(namespace, draft(), person=olga)
    assert schedule.next_at is not None
    assert f"{schedule.next_at.astimezone(schedule.zone):%H:%M}" == "08:00"
    assert AuditEntry.objects.get().verb == Verb.SCHEDULE_CREATED


def test_a_preset_leaves_its_parameters_behind_when_it_is_deleted(namespace: Namespace, olga: User) -> None:
    preset = make_preset(namespace, parameters={"w": 7})
    schedule = save_schedule(namespace, draft(preset=preset), person=olga)
    preset.delete()
    schedule.refresh_from_db()
    assert schedule.current_parameters == {"w": 7}


def test_a_name_is_taken_once(namespace: Namespace, olga: User) -> None:
    save_schedule(namespace, draft(), person=olga)
    with pytest.raises(ScheduleNameTakenError):
        save_schedule(namespace, draft(), person=olga)


def test_who_changes_it_launches_from_then_on(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga)
    boris = member(namespace, Role.OPERATOR, "boris")
    at = datetime(2099, 1, 1, tzinfo=UTC)
    save_schedule(namespace, draft(at=at, cron=""), person=boris, schedule=schedule)
    schedule.refresh_from_db()
    assert (schedule.created_by, schedule.next_at) == (boris, at)


def test_turned_off_it_has_no_next_time_and_on_again_the_next_one_from_now(
    namespace: Namespace, olga: User
) -> None:
    schedule = due(namespace, olga)
    set_enabled(schedule, False, person=olga)
    assert schedule.next_at is None
    assert launch_due() == 0
    set_enabled(schedule, True, person=olga)
    assert schedule.next_at is not None
    assert schedule.next_at > timezone.now()
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [Verb.SCHEDULE_DISABLED, Verb.SCHEDULE_ENABLED]


def test_deleted_its_launches_stay(namespace: Namespace, olga: User) -> None:
    schedule = due(namespace, olga)
    launch_due()
    delete_schedule(schedule, person=olga)
    assert Activation.objects.get().schedule is None


def test_run_now_is_a_launch_of_whoever_pressed_it_and_leaves_the_times_alone(
    namespace: Namespace, olga: User
) -> None:
    schedule = make_schedule(namespace, created_by=olga)
    boris, key = member(namespace, Role.OPERATOR, "boris"), uuid4()
    row = run_now(schedule, person=boris, launch_key=key)
    assert row is not None
    assert run_now(schedule, person=boris, launch_key=key) == row
    assert (row.launched_by, row.schedule) == (boris, schedule)
    moment = schedule.next_at
    schedule.refresh_from_db()
    assert schedule.next_at == moment
