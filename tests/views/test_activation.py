"""The page of one activation, whatever state it is in and whatever came back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace, Status
from runtime_app.services.collecting.jobs import FEW
from tests.factories import make_action, make_activation, make_namespace, make_user

pytestmark = pytest.mark.django_db


def address(activation: Activation, rest: str = "") -> str:
    return f"/n/{activation.namespace.slug}/activations/{activation.pk}/{rest}"


def page(client: Client, activation: Activation) -> str:
    answer = client.get(address(activation))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("status", list(Status))
def test_every_state_explains_itself(viewer: Client, namespace: Namespace, status: Status) -> None:
    html = page(viewer, make_activation(namespace, status))
    assert status.label in html
    assert status.explanation in html


@pytest.mark.parametrize("status", list(Status))
def test_a_fire_is_called_a_fire(viewer: Client, namespace: Namespace, status: Status) -> None:
    html = page(viewer, make_activation(namespace, status, kind="trigger", started_at=None))
    head, facts = html[html.index("<h1>") :], html[html.index('id="facts-title"') :]
    assert status.explanation_of_fire in head
    assert "<dt>Fired by</dt>" in facts
    assert "aunch" not in head[: head.index("</header>")]


def test_what_a_rule_has_started_says_so_once(viewer: Client, namespace: Namespace) -> None:
    fire = make_activation(namespace, kind="trigger", action_path="upload")
    started = make_activation(namespace, fired_by=fire, rule_name="upload-resize")
    html = page(viewer, started)
    facts = html[html.index('id="facts-title"') :]
    assert facts.count("upload-resize") == 2  # In words, and beside the launcher's picture.
    assert f"/activations/{fire.pk}/trace/" in facts


def test_start_and_end_are_told_by_the_clock(viewer: Client, namespace: Namespace) -> None:
    html = page(viewer, make_activation(namespace))
    facts = html[html.index('id="facts-title"') :]
    assert facts.count("data-clock") == 3
    assert facts.count("data-relative") == 1


def test_a_pending_one_says_when_it_ends_and_when_it_is_asked_for(
    viewer: Client, namespace: Namespace
) -> None:
    for _ in range(3):
        make_activation(
            namespace, duration_ms=60_000, wait_ms=0, listed_at=timezone.now() - timedelta(days=1)
        )
    html = page(viewer, make_activation(namespace, Status.PENDING, polls=7))
    assert "Asked 7 times" in html
    assert "The last 3 successful runs took 1m 00s" in html
    assert 'data-title-state="pending"' in html


@pytest.mark.parametrize(
    ("seconds", "error", "words"),
    [(30, "", ""), (90, "", "let it wait"), (90, "It does not answer.", "cannot ask the runtime")],
)
def test_a_slow_one_says_why_that_may_be(
    viewer: Client, namespace: Namespace, seconds: int, error: str, words: str
) -> None:
    make_activation(namespace, duration_ms=60_000, wait_ms=0)
    Namespace.objects.update(last_error=error)
    accepted_at = timezone.now() - timedelta(seconds=seconds)
    html = page(viewer, make_activation(namespace, Status.PENDING, accepted_at=accepted_at))
    said = html[html.index("data-shown-from=") : html.index("Its time limit is")]
    assert ("hidden>" in said) is (not words)
    assert words in said


def test_the_facts_count_on_while_it_is_under_way(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace, Status.PENDING, polls=7)
    assert 'hx-trigger="every 5s"' in page(viewer, activation)
    Activation.objects.filter(pk=activation.pk).update(polls=8)
    assert "Asked 8 times" in viewer.get(address(activation, "facts/")).content.decode()
    assert activation.report(Status.SUCCESS)
    assert "every 5s" not in viewer.get(address(activation, "facts/")).content.decode()


def test_one_of_a_crowd_is_asked_for_with_the_others(viewer: Client, namespace: Namespace) -> None:
    crowd = [make_activation(namespace, Status.PENDING, polls=7) for _ in range(FEW + 1)]
    html = page(viewer, crowd[0])
    assert "Asked for together with the others that run here" in html
    assert "7 times" not in html
    assert crowd[1].report(Status.SUCCESS)
    assert "Asked 7 times" in viewer.get(address(crowd[0], "facts/")).content.decode()


def test_without_a_history_nothing_is_predicted(viewer: Client, namespace: Namespace) -> None:
    assert "successful run" not in page(viewer, make_activation(namespace, Status.PENDING))


def test_a_cold_start_is_marked(viewer: Client, namespace: Namespace) -> None:
    assert "Cold start" in page(viewer, make_activation(namespace, init_ms=210))


def test_it_can_be_read_in_a_terminal(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace)
    html = page(viewer, activation)
    assert f"aio rt activation get {activation.activation_id}" in html
    assert f"{namespace.api_host}/api/v1/namespaces/_/activations/{activation.activation_id}" in html
    assert namespace.auth not in html


def test_htmx_gets_the_body_only(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace)
    part = viewer.get(address(activation), headers={"HX-Request": "true"}).content.decode()
    assert part.count(f'id="activation-body-{activation.pk}"') == 1
    assert "<html" not in part


def test_the_way_back_keeps_the_filters(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace)
    history = f"/n/{namespace.slug}/activations/"
    came_from = f"http://testserver{history}?status=success"
    html = viewer.get(address(activation), headers={"Referer": came_from}).content.decode()
    assert f'href="{history}?status=success"' in html


def test_the_page_takes_a_fixed_number_of_queries(
    viewer: Client, namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_action(namespace)
    activation = make_activation(namespace, Status.PENDING, launched_by=make_user("grace"))
    viewer.get(address(activation))
    # Session, person, namespace, role; cursor, activation, payload, action, durations; whom to ask, others;
    # whether it is one of a crowd.
    with django_assert_num_queries(12):
        viewer.get(address(activation))


@pytest.mark.parametrize("rest", ["", "facts/", "logs/", "download/result/"])
def test_a_stranger_gets_404(client: Client, namespace: Namespace, rest: str) -> None:
    client.force_login(make_user("stranger"))
    assert client.get(address(make_activation(namespace), rest)).status_code == 404


@pytest.mark.parametrize("rest", ["", "logs/", "download/result/"])
def test_an_activation_of_another_namespace_is_404(viewer: Client, namespace: Namespace, rest: str) -> None:
    foreign = make_activation(make_namespace())
    assert viewer.get(f"/n/{namespace.slug}/activations/{foreign.pk}/{rest}").status_code == 404


@pytest.mark.parametrize("rest", ["download/everything/", "logs/?start=-1", "logs/?start=ten"])
def test_nonsense_in_the_address_is_404(viewer: Client, namespace: Namespace, rest: str) -> None:
    assert viewer.get(address(make_activation(namespace), rest)).status_code == 404


@pytest.mark.parametrize("rest", ["", "facts/", "logs/", "download/result/"])
def test_reading_is_not_posting(viewer: Client, namespace: Namespace, rest: str) -> None:
    assert viewer.post(address(make_activation(namespace), rest)).status_code == 405


def test_a_launch_that_waits_for_room_says_why_and_is_no_error(viewer: Client, namespace: Namespace) -> None:
    html = page(viewer, make_activation(namespace, Status.QUEUED, error="2 launches run at once."))
    assert "2 launches run at once." in html
    assert "activation-error" not in html
