"""The dashboard: what runs, what came back, and what one click launches."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, Role, Status
from runtime_app.models.statuses import UNFINISHED
from runtime_app.views.dashboard import BUTTONS_SHOWN, RUNNING_SHOWN
from tests.factories import make_action, make_activation, make_namespace, make_preset, make_user, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(last_contact_at=timezone.now())


def address(namespace: Namespace, rest: str = "") -> str:
    return f"/n/{namespace.slug}/{rest}"


def page(client: Client, namespace: Namespace, rest: str = "") -> str:
    answer = client.get(address(namespace, rest))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_what_runs_and_what_came_back(operator: Client, namespace: Namespace) -> None:
    running = make_activation(namespace, Status.PENDING)
    ended = make_activation(namespace, Status.TIMED_OUT)
    html = page(operator, namespace)
    assert f'id="running-{running.pk}"' in html
    assert f'id="outcome-{ended.pk}"' in html


def test_a_running_job_has_a_forecast_once_its_action_has_a_history(
    operator: Client, namespace: Namespace
) -> None:
    make_activation(namespace, Status.PENDING)
    assert "data-expected" not in page(operator, namespace)
    make_activation(namespace, duration_ms=60_000)
    assert "data-expected" in page(operator, namespace)


def test_what_waits_here_hides_nothing_that_runs(operator: Client, namespace: Namespace) -> None:
    now = timezone.now()
    running = make_activation(namespace, Status.PENDING, listed_at=now - timedelta(hours=1))
    for _ in range(RUNNING_SHOWN):
        make_activation(namespace, Status.QUEUED, listed_at=now)
    html = page(operator, namespace)
    assert html.index(f'id="running-{running.pk}"') < html.index("waits</span>")
    assert html.count("waits</span>") == RUNNING_SHOWN - 1
    assert f'<div class="stat__value">{RUNNING_SHOWN}+</div>' in html


def test_the_button_of_a_web_action_tells_what_it_starts(operator: Client, namespace: Namespace) -> None:
    make_action(namespace, path="my-worker")
    make_action(namespace, path="my-worker-url", starts="my-worker")
    html = page(operator, namespace)
    assert html.count("default parameters") == 1
    assert "starts my-worker" in html


def test_presets_launch_with_one_click(operator: Client, namespace: Namespace) -> None:
    make_action(namespace)
    preset = make_preset(namespace, name="Nightly, all regions")
    html = page(operator, namespace)
    assert "Nightly, all regions" in html
    assert f'action="/n/{namespace.slug}/presets/{preset.pk}/launch/"' in html


def test_actions_launch_with_one_click_while_there_is_room(operator: Client, namespace: Namespace) -> None:
    action = make_action(namespace, path="tidy")
    for number in range(BUTTONS_SHOWN - 1):
        make_preset(namespace, action_path="tidy", name=f"p{number}")
    url = f'action="/n/{namespace.slug}/actions/{action.pk}/launch/"'
    assert url in page(operator, namespace)
    make_preset(namespace, action_path="tidy")
    assert url not in page(operator, namespace)


def test_presets_of_vanished_actions_and_of_other_namespaces_are_left_out(
    operator: Client, namespace: Namespace
) -> None:
    make_action(namespace, path="gone", vanished_at=timezone.now())
    make_preset(namespace, action_path="gone", name="Old preset")
    other = make_namespace()
    make_action(other)
    make_preset(other, name="Foreign preset")
    html = page(operator, namespace)
    assert "Old preset" not in html
    assert "Foreign preset" not in html


def test_a_viewer_sees_presets_and_whom_to_ask(client: Client, namespace: Namespace) -> None:
    member(namespace, Role.OPERATOR, name="olga")
    client.force_login(member(namespace))
    make_action(namespace)
    make_preset(namespace, name="Nightly")
    html = page(client, namespace)
    assert "Ask olga" in html
    assert "disabled" in html


def test_the_day_is_summed_up(operator: Client, namespace: Namespace) -> None:
    now = timezone.now()
    for status in (Status.SUCCESS, Status.SUCCESS, Status.APPLICATION_ERROR):
        make_activation(namespace, status, listed_at=now)
    make_activation(namespace, Status.SUCCESS, listed_at=now - timedelta(days=2))
    html = page(operator, namespace)
    assert "Activity: 3 activations" in html
    assert "66 %" in html


def test_an_empty_namespace_offers_the_sample_to_those_who_may_create_it(
    client: Client, namespace: Namespace
) -> None:
    client.force_login(member(namespace, Role.EDITOR))
    assert "Create the sample" in page(client, namespace)
    client.force_login(member(namespace))
    html = page(client, namespace)
    assert "disabled" in html
    assert '<form method="post" action="/n/' not in html


def test_trouble_with_the_runtime_is_said_in_plain_words(operator: Client, namespace: Namespace) -> None:
    namespace.record_error("The runtime at https://example.org does not answer.")
    assert "does not answer" in page(operator, namespace)


def test_a_silent_worker_is_said_in_plain_words(operator: Client, namespace: Namespace) -> None:
    assert "No worker has reported yet" in page(operator, namespace, "status/")


def test_the_status_of_a_namespace_whose_key_is_refused(operator: Client, namespace: Namespace) -> None:
    namespace.record_error("401", key_refused=True)
    assert "refuses the key" in page(operator, namespace, "status/")


def test_the_sections_refresh_alone(operator: Client, namespace: Namespace) -> None:
    make_activation(namespace)
    part = page(operator, namespace, "dashboard/")
    assert "<html" not in part
    assert part.count('id="dashboard-sections"') == 1


def test_the_sentence_about_health_comes_along_with_the_sections(
    operator: Client, namespace: Namespace
) -> None:
    namespace.record_error("It does not answer.")
    assert "failed to answer" in page(operator, namespace)
    assert '<div id="dashboard-health" hx-swap-oob="true"' in page(operator, namespace, "dashboard/")
    namespace.record_contact()
    assert "failed to answer" not in page(operator, namespace, "dashboard/")


def test_what_is_said_of_health_moves_on_while_no_activation_changes(
    operator: Client, namespace: Namespace
) -> None:
    now = timezone.now()
    Namespace.objects.update(
        backfill_from=now, backfill_goal=now - timedelta(days=5), backfilled_to=now - timedelta(days=3)
    )
    assert "60&nbsp;%" in page(operator, namespace, "dashboard/health/")
    Namespace.objects.update(backfilled_to=now - timedelta(days=4))
    assert "80&nbsp;%" in page(operator, namespace, "dashboard/health/")
    Namespace.objects.update(backfilled_to=now - timedelta(days=5))
    part = page(operator, namespace, "dashboard/health/")
    assert "History read back" not in part
    assert "hx-swap-oob" not in part
    assert part.count('id="dashboard-health"') == 1


def test_a_resting_runtime_is_said_with_the_next_try(operator: Client, namespace: Namespace) -> None:
    namespace.record_error("It does not answer.")
    assert "next try <time" in page(operator, namespace, "dashboard/health/")
    namespace.record_throttle("It asks to slow down.", retry_after=90)
    assert "asked for a rest" in page(operator, namespace, "dashboard/health/")
    namespace.record_error("It refuses the key.", key_refused=True)
    assert "next try" not in page(operator, namespace, "dashboard/health/")


def test_the_sections_are_made_once_for_all_and_anew_after_a_change(
    operator: Client, namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with time_machine.travel(timezone.now().replace(second=5), tick=False):
        make_activation(namespace, listed_at=timezone.now() - timedelta(minutes=1))
        first = page(operator, namespace, "dashboard/")
        other = Client()
        other.force_login(member(namespace))
        page(other, namespace, "dashboard/")
        with django_assert_num_queries(5):  # session, person, namespace, role, and whether anything changed
            assert page(other, namespace, "dashboard/") == first
        row = make_activation(namespace, Status.PENDING)
        assert f'id="running-{row.pk}"' in page(other, namespace, "dashboard/")


def test_hostile_text_is_escaped(operator: Client, namespace: Namespace) -> None:
    evil = "<script>alert(1)</script>"
    make_activation(namespace, Status.PENDING, action_path=evil, summary=evil)
    make_activation(namespace, Status.APPLICATION_ERROR, action_path=evil, error=evil)
    assert evil not in page(operator, namespace)


def test_the_number_of_queries_does_not_grow_with_the_rows(
    operator: Client, namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        action = make_action(namespace, path=f"a{number}")
        make_preset(namespace, action_path=action.path)
        make_activation(
            namespace, Status.PENDING, action_path=action.path, launched_by=make_user(f"p{number}")
        )
        make_activation(namespace, action_path=action.path)
    page(operator, namespace)
    # Session, person, namespace, role; cursor, presets, actions, two questions for emptiness; what runs,
    # durations, the day, rows of results; namespaces to switch to. One short walk for each status of what
    # runs, and one glance at the newest rows for what has ended.
    with django_assert_num_queries(14 + len(UNFINISHED) + 1):
        page(operator, namespace)


@pytest.mark.parametrize("rest", ["", "dashboard/", "dashboard/health/", "status/"])
def test_a_stranger_gets_404(client: Client, namespace: Namespace, rest: str) -> None:
    client.force_login(make_user("stranger"))
    assert client.get(address(namespace, rest)).status_code == 404


@pytest.mark.parametrize("rest", ["", "dashboard/", "dashboard/health/", "status/"])
def test_it_is_read_only(operator: Client, namespace: Namespace, rest: str) -> None:
    assert operator.post(address(namespace, rest)).status_code == 405
