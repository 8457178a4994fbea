"""Schedules in the browser."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Missed, Namespace, Role, Schedule, Status, User
from tests.factories import (
    make_action,
    make_activation,
    make_namespace,
    make_preset,
    make_schedule,
    make_user,
    member,
)
from tests.upstream import Answer, Upstream

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HX-Request": "true"}
VERBS = ("enable", "disable", "run", "delete")


@pytest.fixture
def namespace(upstream: Upstream) -> Namespace:
    upstream.answers(Answer(202, {"activationId": "a" * 32}))
    made = make_namespace(name="guest", api_host=upstream.url)
    make_action(made)
    return made


@pytest.fixture
def olga(namespace: Namespace) -> User:
    return member(namespace, Role.OPERATOR, "olga")


@pytest.fixture
def operator(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def address(namespace: Namespace, rest: str = "") -> str:
    return f"/n/{namespace.slug}/schedules/{rest}"


def of(schedule: Schedule, verb: str) -> str:
    return address(schedule.namespace, f"{schedule.pk}/{verb}/")


def typed(**changes: Any) -> dict[str, Any]:
    fields = {
        "name": "Nightly",
        "action": "resize",
        "parameters": '{"w": 1}',
        "when": "cron",
        "cron": "0 8 * * 1-5",
        "time_zone": "Europe/Berlin",
        "missed": "run_once",
    }
    return {**fields, **changes}


def test_it_keeps_what_stands_in_the_form(operator: Client, namespace: Namespace, olga: User) -> None:
    html = operator.post(address(namespace, "new/"), typed(), follow=True).content.decode()
    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.time_zone, schedule.missed) == (
        "0 8 * * 1-5",
        "Europe/Berlin",
        Missed.RUN_ONCE,
    )
    assert (schedule.parameters, schedule.created_by, schedule.at) == ({"w": 1}, olga, None)
    assert "Saved the schedule “Nightly”." in html
    assert ", 08:00" in html


def test_a_single_moment_is_meant_in_its_zone(operator: Client, namespace: Namespace) -> None:
    operator.post(address(namespace, "new/"), typed(when="once", cron="", at="2099-07-01T08:00"))
    schedule = Schedule.objects.get()
    assert schedule.at == schedule.next_at == datetime(2099, 7, 1, 6, tzinfo=UTC)


def test_a_preset_brings_its_parameters(operator: Client, namespace: Namespace) -> None:
    preset = make_preset(namespace, parameters={"w": 9})
    operator.post(address(namespace, "new/"), typed(preset=preset.pk))
    schedule = Schedule.objects.get()
    assert (schedule.preset, schedule.parameters) == (preset, {"w": 9})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "A schedule needs a name."),
        ({"action": "gone"}, "This action does not exist any more"),
        ({"action": ""}, "Choose what is to be launched."),
        ({"preset": "404"}, "This preset does not exist any more."),
        ({"parameters": "{"}, "Line 1, column 2"),
        ({"when": "never"}, "Select a valid choice"),
        ({"cron": ""}, "Write the cron"),
        ({"cron": "0 8 * *"}, "five parts"),
        ({"cron": "0 0 31 2 *"}, "never"),
        ({"when": "once", "at": ""}, "Choose the date and time"),
        ({"when": "once", "at": "soon"}, "Write a date and a time"),
        ({"when": "once", "at": "2020-01-01T08:00"}, "This moment has passed"),
        ({"when": "once", "at": "2099-03-29T02:30"}, "The clock there skips this time"),
        ({"time_zone": "Mars/Olympus"}, "This time zone is not known"),
        ({"time_zone": ""}, "needs a time zone"),
        ({"missed": "maybe"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_keeps_what_was_typed(
    operator: Client, namespace: Namespace, changes: dict[str, Any], words: str
) -> None:
    answer = operator.post(address(namespace, "new/"), typed(**{"name": "Kept name", **changes}))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert changes.get("name", "Kept name") in html
    assert not Schedule.objects.exists()


def test_a_preset_of_another_action_is_refused(operator: Client, namespace: Namespace) -> None:
    preset = make_preset(namespace, action_path="other")
    answer = operator.post(address(namespace, "new/"), typed(preset=preset.pk))
    assert "This preset belongs to other" in answer.content.decode()


def test_a_name_is_taken_once(operator: Client, namespace: Namespace) -> None:
    make_schedule(namespace, name="Nightly")
    answer = operator.post(address(namespace, "new/"), typed())
    assert "There is already a schedule of this name" in answer.content.decode()


def test_the_action_leads_to_a_filled_form(operator: Client, namespace: Namespace) -> None:
    action = namespace.actions.get()
    page = operator.get(f"/n/{namespace.slug}/actions/{action.pk}/").content.decode()
    assert address(namespace, "new/?action=resize") in page
    html = operator.get(address(namespace, "new/?action=resize&preset=x")).content.decode()
    assert '<option value="resize" selected>' in html


def test_changing_shows_what_is_kept_and_when_it_comes_next(operator: Client, namespace: Namespace) -> None:
    schedule = make_schedule(
        namespace, name="Morning", cron="0 8 * * *", time_zone="Asia/Kolkata", parameters={"w": 3}
    )
    html = operator.get(of(schedule, "edit")).content.decode()
    assert 'value="Morning"' in html
    assert "Next 5 times, Asia/Kolkata" in html
    assert html.count(", 08:00 IST") == 5
    operator.post(of(schedule, "edit"), typed(name="Evening", cron="0 20 * * *"))
    schedule.refresh_from_db()
    assert (schedule.name, schedule.cron) == ("Evening", "0 20 * * *")


def test_a_single_moment_is_shown_in_its_zone_for_changing(operator: Client, namespace: Namespace) -> None:
    schedule = make_schedule(
        namespace, at=datetime(2099, 7, 1, 6, tzinfo=UTC), time_zone="Europe/Berlin", enabled=False
    )
    assert 'value="2099-07-01T08:00"' in operator.get(of(schedule, "edit")).content.decode()


def test_an_hour_that_comes_twice_says_which_of_them_it_is(operator: Client, namespace: Namespace) -> None:
    query = {"when": "once", "cron": "", "at": "2032-10-31T02:30", "time_zone": "Europe/Berlin"}
    html = operator.get(address(namespace, "times/"), query, headers=HTMX).content.decode()
    assert "Sun 31 Oct 2032, 02:30 CEST" in html


def test_the_next_times_of_what_is_being_typed(operator: Client, namespace: Namespace) -> None:
    query = {"when": "cron", "cron": "30 6 * * *", "time_zone": "America/New_York"}
    html = operator.get(address(namespace, "times/"), query, headers=HTMX).content.decode()
    assert "Next 5 times, America/New_York" in html
    assert html.count(", 06:30 E") == 5
    wrong = operator.get(address(namespace, "times/"), {**query, "cron": "x"}).content.decode()
    assert "five parts" in wrong
    assert "Next" not in wrong


@pytest.mark.parametrize("when", ["cron", "once"])
def test_a_time_that_nobody_has_written_yet_is_no_mistake(
    operator: Client, namespace: Namespace, when: str
) -> None:
    query = {"when": when, "cron": "", "at": "", "time_zone": "UTC"}
    html = operator.get(address(namespace, "times/"), query, headers=HTMX).content.decode()
    assert 'id="schedule-times"' in html
    assert "<p" not in html
    wrong = operator.get(address(namespace, "times/"), {**query, "time_zone": "Mars/Olympus"})
    assert "This time zone is not known" in wrong.content.decode()


def test_turning_off_and_on(operator: Client, namespace: Namespace) -> None:
    schedule = make_schedule(namespace)
    operator.post(of(schedule, "disable"))
    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.next_at) == (False, None)
    html = operator.post(of(schedule, "enable"), follow=True).content.decode()
    assert "is on." in html
    schedule.refresh_from_db()
    assert schedule.next_at is not None


def test_run_now_launches_once_a_click(operator: Client, namespace: Namespace, upstream: Upstream) -> None:
    schedule, key = make_schedule(namespace, parameters={"w": 5}), uuid4()
    for _ in range(2):
        operator.post(of(schedule, "run"), {"launch_key": key})
    row = Activation.objects.get()
    assert (row.status, row.schedule) == (Status.PENDING, schedule)
    assert [asked.body for asked in upstream.posts()] == [{"w": 5}]


def test_run_now_without_an_action_or_a_key_says_so(operator: Client, namespace: Namespace) -> None:
    schedule = make_schedule(namespace, action_path="gone")
    html = operator.post(of(schedule, "run"), {"launch_key": uuid4()}, follow=True).content.decode()
    assert "There is no action “gone” any more" in html
    assert "out of date" in operator.post(of(schedule, "run"), follow=True).content.decode()


def test_deleting(operator: Client, namespace: Namespace) -> None:
    schedule = make_schedule(namespace, name="Old")
    html = operator.post(of(schedule, "delete"), follow=True).content.decode()
    assert "Deleted the schedule “Old”." in html
    assert not Schedule.objects.exists()


def test_its_launches_say_by_which_schedule(operator: Client, namespace: Namespace, olga: User) -> None:
    schedule = make_schedule(namespace, name="Nightly")
    make_activation(namespace, launched_by=olga, schedule=schedule)
    make_activation(namespace, action_path="alone")
    html = operator.get(f"/n/{namespace.slug}/activations/?schedule={schedule.pk}").content.decode()
    assert "by schedule Nightly" in html
    assert "Schedule: Nightly" in html
    assert ">alone<" not in html


def test_the_list_says_what_went_wrong_and_htmx_gets_it_alone(operator: Client, namespace: Namespace) -> None:
    make_schedule(namespace, problem="Skipped: Overtime was not running.")
    html = operator.get(address(namespace), headers=HTMX).content.decode()
    assert "Skipped: Overtime was not running." in html
    assert "<html" not in html


def test_an_empty_list_says_what_schedules_are_for(operator: Client, namespace: Namespace) -> None:
    html = operator.get(address(namespace)).content.decode()
    assert "Nothing is scheduled" in html
    assert html.count(f'href="{address(namespace)}new/"') == 1


def test_many_schedules_cost_no_more_queries(
    operator: Client, namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        make_schedule(namespace, preset=make_preset(namespace), created_by=make_user(uuid4().hex[:8]))
    operator.get(address(namespace))
    with django_assert_max_num_queries(8):
        operator.get(address(namespace), headers=HTMX)


def test_a_viewer_sees_and_does_nothing(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace))
    schedule = make_schedule(namespace)
    assert schedule.name in client.get(address(namespace)).content.decode()
    assert client.get(address(namespace, "new/")).status_code == 403
    assert client.get(of(schedule, "edit")).status_code == 403
    assert {client.post(of(schedule, verb)).status_code for verb in VERBS} == {403}


def test_a_stranger_gets_404(client: Client, namespace: Namespace) -> None:
    client.force_login(make_user())
    schedule = make_schedule(namespace)
    for rest in ("", "new/", "times/", f"{schedule.pk}/edit/"):
        assert client.get(address(namespace, rest)).status_code == 404
    assert {client.post(of(schedule, verb)).status_code for verb in VERBS} == {404}


def test_the_wrong_method_and_a_bad_id_are_refused(operator: Client, namespace: Namespace) -> None:
    schedule = make_schedule(namespace)
    assert {operator.get(of(schedule, verb)).status_code for verb in VERBS} == {405}
    assert operator.post(address(namespace)).status_code == 405
    assert operator.get(address(namespace, "404/edit/")).status_code == 404
